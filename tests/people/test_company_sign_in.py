"""How staff get in through the company's own provider: what it signs decides, and nothing it leaves out."""

import time

import pytest
import requests
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.test import Client
from joserfc.jwk import ECKey

from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL
from consents.people.models import StaffMember, User
from consents.people.services import staff_members
from tests.world.addresses import addresses
from tests.world.cast import PASSWORD
from tests.world.proofs import give_factor
from tests.world.systems import ISSUER, PLACES, RITA, answering, begin, come_back, make_sign_in

SUPPORT, OFFICE = {"groups": ["shop-support"]}, {"groups": ["shop-support", "privacy-office"]}
# In seconds since 1970; fixed, so that every process names the same tests.
IN_2001, IN_2100 = 1_000_000_000, 4_102_444_800


@pytest.fixture(autouse=True)
def provider(settings):
    settings.PORTAL_SIGN_INS = {"staff": make_sign_in()}
    settings.PORTAL_STAFF_GROUPS = PLACES
    with answering():
        yield


def sign_in(said: dict, client: Client | None = None, **query):
    """Come in through the provider, which says this."""
    client = client or Client()
    response = come_back(client, begin(client, **query), said)
    return client, response


def is_in(client: Client) -> bool:
    return client.get("/admin/").status_code == 200


def test_who_is_new_gets_the_place_of_their_group(db):
    client, response = sign_in(RITA | SUPPORT)

    assert response.url == "/admin/" and is_in(client)
    member = StaffMember.objects.get(user__email="rita@example.com")
    assert (member.role, member.team, member.user.first_name) == ("requester", "Billing Support", "Rita")
    assert Entry.objects.get(event="staff.invited").channel == "sign_in"


def test_nobody_is_kept_out_by_a_sign_up_that_was_begun_with_their_address(db):
    Client().post("/accounts/signup/", {"email": "rita@example.com"})

    client, _ = sign_in(RITA | SUPPORT)

    assert is_in(client)


def test_who_was_invited_is_found_by_address_once_and_then_by_name(world):
    sam = RITA | SUPPORT | {"email": "SAM@example.com"}
    sign_in(sam)
    client, _ = sign_in(sam | {"email": "else@example.com", "email_verified": False})

    assert is_in(client) and client.session["_auth_user_id"] == str(world.sam.pk)
    assert SocialAccount.objects.get().uid != RITA["sub"]


def test_another_group_is_another_place(db):
    sign_in(RITA | SUPPORT)
    sign_in(RITA | OFFICE)

    assert StaffMember.objects.get().role == "privacy_officer"
    assert Entry.objects.filter(event="staff.moved").count() == 1


@pytest.mark.parametrize("groups", [None, [], ["of-another-company"], "of-another-company", [["shop-support"]], {}, 7])
def test_groups_that_are_not_ours_open_nothing(db, groups):
    client, response = sign_in(RITA | {"groups": groups})

    assert response.status_code == 403 and "no part in this portal" in response.content.decode()
    assert not User.objects.exists() and not is_in(client)


def test_who_loses_their_group_is_signed_out_everywhere(db):
    client, _ = sign_in(RITA | SUPPORT)
    assert is_in(client)

    sign_in(RITA | {"groups": []})

    assert not is_in(client)


def test_who_has_left_stays_outside(db):
    client, _ = sign_in(RITA | SUPPORT)
    staff_members.end_staff_membership(member=StaffMember.objects.get(), by=PORTAL)

    assert not is_in(client)
    assert sign_in(RITA | SUPPORT)[1].status_code == 403


def test_it_takes_nobody_elses_account(world):
    """Ada is a customer: her address, confirmed or not, makes nobody Ada."""
    client, response = sign_in(RITA | SUPPORT | {"email": "ada@example.com"})
    assert response.status_code == 403 and "_auth_user_id" not in client.session

    sign_in(RITA | SUPPORT | {"email": "sam@example.com"})
    _, response = sign_in(RITA | SUPPORT | {"sub": "thief", "email": "sam@example.com"})
    assert response.status_code == 403


@pytest.mark.parametrize(
    "said",
    [{"email_verified": False}, {"email_verified": None}, {"email_verified": "yes"}, {"email": None}, {"email": "x"}],
)
def test_an_address_must_be_confirmed(world, said):
    _, response = sign_in(RITA | SUPPORT | {"email": "sam@example.com"} | said)

    assert response.status_code == 403 and "confirmed" in response.content.decode()


@pytest.mark.parametrize(
    "said",
    [
        {"iss": "https://other.example.com"},
        {"aud": "another client"},
        {"aud": ["portal", "another client"]},
        {"aud": ["portal", "another client"], "azp": "another client"},
        {"azp": "another client"},
        {"nonce": "of another session"},
        {"nonce": None},
        {"exp": IN_2001},
        {"exp": None},
        {"iat": IN_2100},
        {"sub": None},
        {"sub": ""},
        {"sub": "x" * 300},
        {"sub": "half \ud83d"},
        {"email": "half\ud83d@example.com"},
        {"given_name": "half \ud83d"},
    ],
    ids=ascii,
)
def test_what_was_said_to_others_or_is_over_counts_for_nothing(db, said):
    _, response = sign_in(RITA | SUPPORT | said)

    assert response.status_code == 403 and "cannot trust" in response.content.decode()
    assert not User.objects.exists()


def test_another_key_signs_nothing(db):
    client = Client()
    other = ECKey.generate_key("P-256", parameters={"kid": "one"})

    assert come_back(client, begin(client), RITA | SUPPORT, key=other).status_code == 403


def test_a_state_counts_once_and_in_its_own_session(db):
    client, thief = Client(), Client()
    asked = begin(client)

    assert come_back(thief, asked, RITA | SUPPORT).status_code == 400
    assert come_back(client, asked | {"state": "made up"}, RITA | SUPPORT).status_code == 400
    assert come_back(client, asked, RITA | SUPPORT).status_code == 302
    assert come_back(client, asked, RITA | SUPPORT).status_code == 400


@pytest.mark.parametrize(("sender", "status"), [(ISSUER, 302), ("https://other.example.com", 403)])
def test_a_code_of_another_provider_counts_for_nothing(db, sender, status):
    client = Client()

    assert come_back(client, begin(client), RITA | SUPPORT, iss=sender).status_code == status


def test_it_asks_with_a_verifier_and_a_nonce(db):
    asked = begin(Client())

    assert asked["code_challenge_method"] == "S256" and len(asked["nonce"]) == 64
    assert set(asked["scope"].split()) == {"openid", "email"}


def test_a_tie_that_was_made_without_the_keys_opens_nothing(world):
    sign_in(RITA | SUPPORT | {"email": "sam@example.com"})
    tie = SocialAccount.objects.get()
    SocialAccount.objects.all()._raw_delete("default")
    SocialAccount.objects.create(provider="staff", uid=tie.uid, user=world.pia.user, extra_data=tie.extra_data)

    client, response = sign_in(RITA | SUPPORT)

    assert response.status_code == 403 and not is_in(client)


@pytest.mark.parametrize(
    "answer",
    [
        requests.ConnectionError(),
        {"issuer": "https://other.example.com"},
        {"issuer": ISSUER},
        {"issuer": ISSUER, "authorization_endpoint": "http://id.example.com/", "token_endpoint": 7, "jwks_uri": ""},
    ],
)
def test_a_provider_that_is_not_itself_gets_a_calm_page(db, answer):
    with answering(**{f"{ISSUER}/.well-known/openid-configuration": answer}):
        response = Client().get("/accounts/oidc/staff/login/")

    assert response.status_code == 503 and "does not answer" in response.content.decode()


@pytest.mark.parametrize("query", ["", "?error=access_denied", "?code=x", "?state=x&code=x"])
def test_coming_back_from_nowhere_is_calm(db, query):
    assert Client().get(f"/accounts/oidc/staff/login/callback/{query}").status_code == 400


def test_no_provider_no_page(db, settings):
    settings.PORTAL_SIGN_INS = {}

    assert Client().get("/accounts/oidc/staff/login/").status_code == 404
    assert "You work here?" not in Client().get("/accounts/login/").content.decode()


def test_the_librarys_own_pages_are_gone(world):
    client, _ = sign_in(RITA | SUPPORT | {"email": "sam@example.com"})
    gone = [path for _name, path in addresses() if "/3rdparty/" in path or "/social/" in path]

    assert len(gone) > 3
    assert {client.get(f"/{path}").status_code for path in gone} == {404}


def test_the_sign_in_page_leads_there_and_back(db):
    page = Client().get("/accounts/login/?next=/admin/people/").content.decode()

    assert (
        "You work here?" in page
        and "Sign in with Example Co" in page
        and "/accounts/oidc/staff/login/?next=%2Fadmin%2Fpeople%2F" in page
    )
    assert sign_in(RITA | SUPPORT, next="/admin/access/accessrequest/")[1].url == "/admin/access/accessrequest/"
    assert sign_in(RITA | SUPPORT, next="https://evil.example/")[1].url == "/admin/"


def test_where_only_the_company_signs_staff_in_a_password_does_not(world, settings):
    settings.PORTAL_SIGN_INS = {"staff": make_sign_in(is_only=True)}
    client = Client()

    response = client.post("/accounts/login/", {"login": "sam@example.com", "password": PASSWORD}, follow=True)

    assert "through your company" in response.content.decode() and not is_in(client)
    assert is_in(sign_in(RITA | SUPPORT | {"email": "sam@example.com"})[0])


# When the test runs: the tests are collected long before.
NOW = "now"


class TestSecondFactor:
    """The provider's counts where the settings say so, in the session it was used in, and only there."""

    @pytest.fixture(autouse=True)
    def required(self, settings):
        settings.PORTAL_STAFF_MFA = "required"

    @pytest.mark.parametrize("said", [{"amr": ["pwd", "mfa"]}, {"acr": "gold"}])
    def test_it_is_not_taken_unless_the_settings_say_so(self, db, said):
        client, _ = sign_in(RITA | SUPPORT | said)

        assert client.get("/admin/", follow=True).request["PATH_INFO"] == "/accounts/2fa/totp/activate/"

    @pytest.mark.parametrize(
        ("said", "opens"),
        [
            ({"amr": ["pwd", "hwk"]}, True),
            ({"acr": "gold"}, True),
            ({"amr": "hwk"}, False),
            ({"amr": ["pwd"], "acr": "tin"}, False),
            ({}, False),
        ],
    )
    def test_what_the_settings_name_counts(self, db, settings, said, opens):
        settings.PORTAL_SIGN_INS = {"staff": make_sign_in(factors=frozenset({"hwk"}), levels=frozenset({"gold"}))}

        client, _ = sign_in(RITA | SUPPORT | said)

        assert is_in(client) == opens

    def test_who_has_a_factor_here_is_asked_for_it_first(self, world):
        give_factor(world.sam.user)

        client, response = sign_in(RITA | SUPPORT | {"email": "sam@example.com"})

        assert response.url.startswith("/accounts/2fa/authenticate/") and not is_in(client)

    def test_it_counts_no_longer_once_the_settings_change(self, db, settings):
        settings.PORTAL_SIGN_INS = {"staff": make_sign_in(factors=frozenset({"hwk"}))}
        client, _ = sign_in(RITA | SUPPORT | {"amr": ["hwk"]})
        settings.PORTAL_SIGN_INS = {"staff": make_sign_in()}

        assert not is_in(client)

    @pytest.mark.parametrize(
        ("said", "status"),
        [
            ({"auth_time": NOW}, 302),
            ({"auth_time": 1_000_000_000}, 403),
            ({}, 403),
            ({"auth_time": NOW, "sub": "olaf-2", "email": "olaf@example.com"}, 403),
        ],
    )
    def test_an_officer_proves_anew_at_the_provider(self, db, settings, said, status):
        settings.PORTAL_SIGN_INS = {"staff": make_sign_in(factors=frozenset({"hwk"}))}
        officer = RITA | OFFICE | {"amr": ["hwk"]}
        said = said | ({"auth_time": int(time.time())} if said.get("auth_time") == NOW else {})
        client, _ = sign_in(officer)

        asked = begin(client, next="/admin/")

        assert (asked["prompt"], asked["max_age"]) == ("login", "0")
        assert come_back(client, asked, officer | said).status_code == status
        proofs = [use for use in client.session["account_authentication_methods"] if use.get("reauthenticated")]
        assert bool(proofs) == (status == 302) and not Authenticator.objects.exists()
