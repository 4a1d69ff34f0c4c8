"""Somebody at an open browser changes nothing: who has no factor proves by a mailed code that it is still they."""

import time

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core import mail
from django.test import Client

from consents.ledger.rules import PORTAL
from consents.notifications.models import Message
from consents.people.known_browsers import sign_known_users
from consents.people.models import User
from consents.people.proof_codes import is_recently_authenticated
from consents.people.services import staff_members
from tests.world.cast import PASSWORD, ask, signed_in
from tests.world.proofs import PROOF_PAGE as PAGE
from tests.world.proofs import by_password, code_in, give_factor, last_mail, prove, wait

NEW_PASSWORD = "a calm walk by the river"


@pytest.fixture
def browser(world) -> Client:
    """Ada's, left open."""
    return signed_in(world.ada.user)


CHANGES = [
    ("/accounts/email/", {"action_add": "", "email": "thief@example.com"}),
    ("/accounts/password/set/", {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD}),
    ("/accounts/2fa/totp/activate/", {"code": "123456"}),
]


@pytest.mark.parametrize(("page", "form"), CHANGES)
def test_somebody_at_an_open_browser_changes_nothing(world, browser, page, form):
    before = mail.outbox, Message.objects.count()

    response = browser.post(page, form)

    assert response.status_code == 302 and response.url.startswith(PAGE)
    world.ada.user.refresh_from_db()
    assert not world.ada.user.has_usable_password() and not Authenticator.objects.exists()
    assert not EmailAddress.objects.filter(email="thief@example.com").exists()
    assert (mail.outbox, Message.objects.count()) == before


def test_the_mailed_code_lets_on_what_was_wanted(world, browser):
    asked = browser.post(CHANGES[1][0], CHANGES[1][1])

    prove(browser, asked.url)

    world.ada.user.refresh_from_db()
    assert world.ada.user.check_password(NEW_PASSWORD)


@pytest.mark.parametrize("page", ["/my-data/", "/accounts/close/", "/accounts/2fa/totp/activate/"])
def test_a_password_alone_opens_no_data(world, page):
    """It may be stolen elsewhere: what shows data, or changes how one signs in, needs the mailbox or a factor, too."""
    world.ada.user.set_password(PASSWORD)
    world.ada.user.save(update_fields=["password"])
    thief = by_password(world.ada.user)

    assert thief.get("/").status_code == 200
    assert thief.get(page, follow=True).request["PATH_INFO"] == PAGE
    assert thief.get("/accounts/reauthenticate/").url.startswith(PAGE)
    prove(thief)
    assert thief.get(page).status_code == 200


def test_a_proof_lasts_a_few_minutes(browser):
    prove(browser)
    assert browser.get("/accounts/password/set/").status_code == 200
    wait(browser, 301)
    assert browser.get("/accounts/password/set/").url.startswith(PAGE)


def test_who_has_just_signed_in_is_not_asked_again(world):
    client = Client()
    client.post("/accounts/login/code/", {"email": "ada@example.com"})
    client.post("/accounts/login/code/confirm/", {"code": code_in(last_mail())})

    assert client.get("/accounts/password/set/").status_code == 200


def test_a_code_works_once(world, browser):
    browser.post(PAGE, {"send": "1"})
    code = code_in(last_mail())
    assert browser.post(PAGE, {"code": code.lower().replace("-", " ")}).status_code == 302
    wait(browser, 301)

    assert browser.post(PAGE, {"code": code}).status_code == 422


def test_a_code_works_in_the_session_it_was_sent_for_alone(world, browser):
    browser.post(PAGE, {"send": "1"})
    code = code_in(last_mail())

    assert signed_in(world.ada.user).post(PAGE, {"code": code}).status_code == 422


def test_three_wrong_tries_use_a_code_up(browser):
    browser.post(PAGE, {"send": "1"})
    code = code_in(last_mail())
    for _ in range(3):
        assert browser.post(PAGE, {"code": "BCDF-GHJK"}).status_code == 422

    assert browser.post(PAGE, {"code": code}).status_code == 422


def test_a_code_is_too_old_after_ten_minutes(browser):
    browser.post(PAGE, {"send": "1"})
    code = code_in(last_mail())
    session = browser.session
    session["proof_code"] = session["proof_code"] | {"at": time.time() - 601}
    session.save()

    assert browser.post(PAGE, {"code": code}).status_code == 422


def test_the_session_does_not_hold_the_code(browser):
    browser.post(PAGE, {"send": "1"})
    code = code_in(last_mail())

    assert code not in str(dict(browser.session)) and code.replace("-", "") not in str(dict(browser.session))


def test_nobody_is_flooded_with_codes(browser):
    answers = [browser.post(PAGE, {"send": "1"}).status_code for _ in range(4)]

    assert answers == [200, 200, 200, 429]
    assert Message.objects.count() == 3


@pytest.mark.parametrize("code", ["", "\0", "x" * 61, "日本", "BCDF\0GHJK"])
def test_odd_codes_get_a_sentence(browser, code):
    browser.post(PAGE, {"send": "1"})
    assert browser.post(PAGE, {"code": code}).status_code == 422


def test_staff_prove_nothing_by_mail(world):
    assert signed_in(world.sam.user).get(PAGE).url.startswith("/accounts/reauthenticate/")
    assert not Message.objects.exists()


def test_who_has_a_factor_proves_with_it_alone(world, browser):
    give_factor(world.ada.user)

    assert browser.get(PAGE).url.startswith("/accounts/2fa/reauthenticate/")
    assert browser.get("/accounts/reauthenticate/").url.startswith("/accounts/2fa/reauthenticate/")


def test_a_sign_in_begun_with_an_address_that_was_given_up_leads_nowhere(world):
    """The old mailbox has a code; meanwhile its owner has another address."""
    stranger = Client()
    stranger.post("/accounts/login/code/", {"email": "ada@example.com"})
    code = code_in(last_mail())
    EmailAddress.objects.filter(user=world.ada.user).update(email="new@example.com")
    User.objects.filter(pk=world.ada.user.pk).update(email="new@example.com")

    stranger.post("/accounts/login/code/confirm/", {"code": code}, follow=True)

    assert "_auth_user_id" not in stranger.session
    assert not EmailAddress.objects.filter(email="ada@example.com").exists()


def test_who_is_not_signed_in_has_proved_nothing(rf):
    request = rf.get("/")
    request.user = AnonymousUser()

    assert not is_recently_authenticated(request)


def test_it_shows_the_user_of_the_session_whoever_the_browser_is_known_for(world):
    ada = signed_in(world.ada.user)
    ada.cookies[settings.KNOWN_COOKIE_NAME] = sign_known_users([world.ben.user.pk])

    assert ada.get("/").context["user"] == world.ada.user
    assert ada.get("/").context["request"].visitor.customer == world.ada.customer


def test_it_opens_nothing_for_a_known_browser_without_a_session(world):
    stranger = signed_in(world.ada.user)
    stranger.get("/")
    del stranger.cookies[settings.SESSION_COOKIE_NAME]

    assert stranger.get("/").status_code == 302


def test_it_opens_nothing_for_a_session_that_is_none(world):
    ada = signed_in(world.ada.user)
    ada.get("/")
    ada.cookies[settings.SESSION_COOKIE_NAME] = "a" * 32

    assert ada.get("/").status_code == 302


def test_what_ended_counts_at_the_next_click(world):
    ada, sam = signed_in(world.ada.user), signed_in(world.sam.user)
    for client in (ada, sam):
        client.get("/", follow=True)

    User.objects.filter(pk=world.ada.user.pk).update(is_active=False)
    staff_members.end_staff_membership(member=world.sam, by=PORTAL)

    assert ada.get("/").status_code == 302
    assert sam.get("/admin/").status_code == 302


def test_it_counts_what_waits_anew_on_each_page(world):
    ada = signed_in(world.ada.user)
    assert ada.get("/").context["portal"]["nav"][0]["count"] == 0

    ask(world)

    assert ada.get("/choices/").context["portal"]["nav"][0]["count"] == 1
