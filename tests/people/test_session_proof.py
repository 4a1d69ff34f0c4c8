"""A second factor counts in the session it was used in; whatever changes how one signs in ends the other sessions."""

import pytest
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client
from django.urls import reverse

from consents.accounts.adapter import AccountAdapter, keep_recovery_proof
from consents.people.models import User
from tests.world.addresses import addresses
from tests.world.cast import PASSWORD, signed_in
from tests.world.proofs import app_code, by_factor, by_password, give_factor, prove, unused_code, wait

NEW_PASSWORD = "a calm walk by the river"


@pytest.fixture(autouse=True)
def factor_required(settings):
    settings.PORTAL_STAFF_MFA = "required"


def is_signed_in(client: Client) -> bool:
    return client.get("/accounts/2fa/").status_code == 200


@pytest.fixture
def pia(world) -> User:
    give_factor(world.pia.user)
    return world.pia.user


def test_a_session_without_the_factor_stays_outside_once_its_owner_has_one(world):
    thief = by_password(world.sam.user)
    give_factor(world.sam.user)

    response = thief.get("/admin/")

    assert response.status_code == 302
    assert thief.get("/admin/", follow=True).request["PATH_INFO"] == "/accounts/2fa/reauthenticate/"
    assert by_factor(world.sam.user).get("/admin/").status_code == 200


def test_the_factor_opens_the_house_to_the_session_it_is_used_in(world):
    client = by_password(world.sam.user)
    give_factor(world.sam.user)

    asked = client.get("/admin/", follow=True)
    done = client.post(asked.redirect_chain[-1][0], {"code": unused_code(world.sam.user)})

    assert done.url == "/admin/" and client.get("/admin/").status_code == 200


def test_a_factor_that_was_taken_away_opens_nothing_any_longer(pia):
    client = by_factor(pia)
    Authenticator.objects.filter(user=pia).delete()
    totp.TOTP.activate(pia, totp.generate_totp_secret())

    assert client.get("/admin/").status_code == 302


def test_an_officer_proves_it_again_before_changing_anything(pia):
    """Every page of the house, whatever is sent to it."""
    client = by_factor(pia)
    wait(client, 15 * 60 + 1)
    for name, path in addresses():
        if name.startswith("admin:") and name not in ("admin:login", "admin:logout", "admin:jsi18n"):
            response = client.post(f"/{path}", {"x": "y"})
            assert response.status_code in (302, 404), (name, path)
            assert response.status_code == 404 or "/2fa/reauthenticate/" in response.url, (name, path)


def test_what_an_officer_sent_is_done_after_the_proof(pia, world):
    ended = f"/admin/people/staffmember/{world.kim.pk}/change/"
    client = by_factor(pia)
    wait(client, 15 * 60 + 1)
    sent = {"CHANGE_FORM-action": "end_membership", "_selected_action": str(world.kim.pk), "confirm": "1"}

    asked = client.post(ended, sent)
    assert "/2fa/reauthenticate/" in asked.url
    client.post(asked.url, {"code": unused_code(pia)})

    world.kim.refresh_from_db()
    assert world.kim.ended_at


def test_a_password_typed_again_is_no_factor(pia):
    client = by_factor(pia)
    wait(client, 15 * 60 + 1)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})

    assert "/2fa/reauthenticate/" in client.post("/admin/people/claimcode/add/", {"reference": "C-1"}).url


def test_requesters_ask_without_another_code(world):
    give_factor(world.sam.user)
    client = by_factor(world.sam.user)
    wait(client, 15 * 60 + 1)

    assert client.post("/admin/access/accessrequest/add/", {}).status_code != 302


class TestEndingTheOthers:
    @pytest.fixture
    def world(self, real_world):
        """allauth tells of a new factor after the commit."""
        return real_world

    @pytest.fixture
    def here(self, world) -> Client:
        return by_password(world.sam.user)

    @pytest.fixture
    def elsewhere(self, world) -> Client:
        return by_password(world.sam.user)

    @pytest.fixture
    def pia(self, world) -> User:
        give_factor(world.pia.user)
        return world.pia.user

    def test_setting_up_the_factor_ends_them_and_opens_the_house_here(self, world, here, elsewhere):
        here.get("/accounts/2fa/totp/activate/")
        secret = here.session["mfa.totp.secret"]
        here.post("/accounts/2fa/totp/activate/", {"code": app_code(secret)})

        assert Authenticator.objects.filter(user=world.sam.user).exists()
        assert here.get("/admin/").status_code == 200
        assert not is_signed_in(elsewhere)

    @pytest.mark.parametrize("page", ["mfa_deactivate_totp", "mfa_generate_recovery_codes"])
    def test_taking_it_away_and_new_codes_end_them(self, pia, page):
        here, elsewhere = by_factor(pia), by_factor(pia)

        here.post(reverse(page))

        assert is_signed_in(here) and not is_signed_in(elsewhere)

    def test_whoever_proved_by_a_recovery_code_reads_the_new_ones(self, pia):
        """Their phone is lost: they could prove it by nothing else."""
        here = by_factor(pia)

        page = here.post(reverse("mfa_generate_recovery_codes"), follow=True)

        assert unused_code(pia) in page.text and "We only show them now." in page.text

    def test_another_password_ends_them_all(self, here, elsewhere):
        new = {"oldpassword": PASSWORD, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
        here.post("/accounts/password/change/", new)

        assert not is_signed_in(elsewhere)

    def test_a_first_password_ends_the_others(self, world):
        clients = [signed_in(world.ada.user), signed_in(world.ada.user)]
        prove(clients[0])
        clients[0].post("/accounts/password/set/", {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD})

        world.ada.user.refresh_from_db()
        assert world.ada.user.has_usable_password()
        assert not is_signed_in(clients[1])


def test_new_recovery_codes_leave_another_proof_as_it_is(rf, world):
    request, proof = rf.get("/"), {"method": "mfa", "type": "totp", "id": 7, "at": 1.0}
    request.session = SessionStore()
    request.session[AUTHENTICATION_METHODS_SESSION_KEY] = [proof]
    request.session.modified = False
    codes = Authenticator(pk=9, user=world.pia.user, type=Authenticator.Type.RECOVERY_CODES)

    keep_recovery_proof(request, world.pia.user, codes)

    assert request.session[AUTHENTICATION_METHODS_SESSION_KEY] == [proof] and not request.session.modified


def test_who_is_not_signed_in_has_no_way_to_prove_it_again():
    assert AccountAdapter().get_reauthentication_methods(AnonymousUser()) == []
