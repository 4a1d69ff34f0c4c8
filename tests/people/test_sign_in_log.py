"""The errors of a sign-in form say which field is meant and what to do."""

import logging
import re
from uuid import uuid4

import pytest
from allauth.utils import get_form_class
from django.conf import settings
from django.core import mail
from django.test import Client
from django.urls import reverse

from consents.accounts.pages import LeadsToRecord, close_unlinked_account
from consents.accounts.sessions import log_sign_out
from consents.ledger.models import Entry
from consents.ledger.rules import Actor
from consents.people.models import User
from consents.rights.customers.forms import WordsForm
from tests.rights.officer_pages import freshly
from tests.world.cast import PASSWORD, ask, make_user, signed_in
from tests.world.passkeys import Device, add_passkey
from tests.world.proofs import by_password_and_code, code_in, last_mail, prove


@pytest.fixture
def lines(caplog):
    caplog.set_level(logging.INFO, "consents.accounts.sessions")
    return lambda: [record.getMessage() for record in caplog.records if record.name == "consents.accounts.sessions"]


def sign_in(email: str, password: str) -> None:
    Client().post("/accounts/login/", {"login": email, "password": password})


def test_a_sign_in_names_the_account_and_the_way(world, lines):
    world.ada.user.set_password(PASSWORD)
    world.ada.user.save(update_fields=["password"])

    sign_in("ada@example.com", PASSWORD)

    ada = f"account {world.ada.user.pk}"
    assert sorted(lines()) == [f"{ada} proved by password", f"{ada} signed in"]


def test_a_failed_one_marks_the_address_however_it_is_spelled(world, lines):
    for email in ("ada@example.com", "ＡＤＡ@example.com", "nobody@example.com"):
        sign_in(email, "not the password of anybody")

    first, again, other = lines()
    assert re.fullmatch("a sign-in to address [0-9a-f]{12} failed", first)
    assert first == again != other


def test_signing_out_names_the_account(world, lines):
    signed_in(world.ada.user).post("/accounts/logout/")

    assert lines()[-1] == f"account {world.ada.user.pk} signed out"
    log_sign_out(None)
    assert len(lines()) == 1


def test_a_wrong_code_names_the_account(world, lines):
    client = Client()
    client.post("/accounts/login/code/", {"email": "ada@example.com"})
    client.post("/accounts/login/code/confirm/", {"code": "not it"})

    assert lines() == [f"account {world.ada.user.pk} was given a wrong code"]


def test_asking_for_what_is_somebody_elses_leaves_its_path(world, caplog):
    path = f"/requests/{ask(world).pk}/"

    assert signed_in(world.ben.user).get(path).status_code == 404
    assert f"Not Found: {path}" in caplog.text


DEVICES = "/accounts/sessions/"


def written() -> list[str]:
    """Every email so far."""
    last_mail()
    return [sent.body for sent in mail.outbox]


def recorded(user: User) -> list[tuple]:
    told = Entry.objects.filter(object=str(user.pk), event__startswith="account.").order_by("id")
    return list(told.values_list("event", "outcome", "actor_kind", "actor", "customer"))


def test_passwords_and_passkeys_are_on_record_without_a_secret(world, ada):
    browser, me = by_password_and_code(ada), ("customer", str(ada.pk), world.ada.customer.id)
    add_passkey(browser, Device())
    passkey = ada.authenticator_set.get(type="webauthn")
    assert "passkey was added" in "".join(written())
    browser.post(f"/accounts/2fa/webauthn/keys/{passkey.pk}/remove/")
    page = browser.get(DEVICES).text
    new = "a longer staple of horses"
    browser.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})

    assert recorded(ada)[0] == ("account.factor_added", "webauthn", *me)
    assert ("account.factor_removed", "webauthn", *me) in recorded(ada)
    assert recorded(ada)[-1] == ("account.password_changed", "", *me)
    assert "A passkey was added to your sign-in." in page and "A passkey was removed from your sign-in." in page
    assert "Your password was changed." in "".join(written())
    assert not Entry.objects.filter(details__contains=new).exists()
    assert "passkey was" not in signed_in(world.ben.user).get(DEVICES).text


def test_new_passwords_are_asked_for_in_the_words_of_other_fields(ada):
    page = by_password_and_code(ada).get("/accounts/password/change/").text

    assert all(f"{words}</label>" in page for words in ("Current password", "New password", "New password again"))
    assert "New Password" not in page


def test_an_account_that_leads_to_no_record_closes_itself(world):
    user = make_user("new@example.com")
    browser = signed_in(user)
    assert browser.get("/accounts/close/").url.startswith("/accounts/reauthenticate/")
    prove(browser)
    assert "no record is linked" in browser.get("/accounts/close/").text
    closed = browser.post("/accounts/close/", {"token": str(uuid4())})

    assert closed.url == "/accounts/login/" and "Your account is closed" in browser.get(closed.url).text
    assert "Your sign-in is closed, as you asked." in last_mail()
    user.refresh_from_db()
    assert user.closed_at and user.email.endswith("@erased.invalid") and browser.get("/").status_code == 302
    assert recorded(user) == [("account.left", "", "customer", str(user.pk), None)]
    close_unlinked_account(user=user, by=Actor("customer", str(user.pk)))
    assert len(recorded(user)) == 1


def test_one_that_leads_to_a_record_is_not_closed_without_it(world):
    for who in (world.ada.user, world.sam.user):
        with pytest.raises(LeadsToRecord):
            close_unlinked_account(user=who, by=Actor("customer", str(who.pk)))


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("account_login", ["Type your email address.", "Type your password."]),
        ("account_signup", ["Type your email address."]),
        ("account_reset_password", ["Type your email address."]),
    ],
)
def test_it_names_each_field_left_empty(world, client, page, words):
    html = client.post(reverse(page), {}).content.decode()
    assert "This field is required" not in html
    for sentence in words:
        assert html.count(sentence) == 2  # in the summary, and at the field


def test_it_does_not_say_whether_the_address_or_the_password_is_wrong(world, client):
    html = client.post(reverse("account_login"), {"login": "no@example.com", "password": "wrong"}).content.decode()
    assert "The email address or the password is not right." in html


def test_it_says_what_to_do_about_a_mailed_code_that_is_wrong(world, client):
    client.post(reverse("account_request_login_code"), {"email": world.ada.user.email})
    html = client.post(reverse("account_confirm_login_code"), {"code": "ABCD-EFGH"}).content.decode()
    assert "This code does not work. Check it, or ask for a new one." in html


def test_an_address_that_nobody_has_is_asked_for_its_code_too(world, client):
    page = client.post(reverse("account_request_login_code"), {"email": "no@example.com"}, follow=True)
    assert "Enter the code we sent you" in page.text


def test_it_names_a_mailed_code_left_empty_and_says_when_one_is_used_up(world, client):
    client.post(reverse("account_request_login_code"), {"email": world.ada.user.email})
    html = client.post(reverse("account_confirm_login_code"), {"code": ""}).content.decode()
    assert html.count("Type the code.") == 2 and "This field is required" not in html

    for _ in range(2):  # the empty one counted too
        page = client.post(reverse("account_confirm_login_code"), {"code": "ABCD-EFGH"}, follow=True)
    assert "no longer works. Ask for a new one." in page.text and "Try again later" not in page.text


@pytest.mark.parametrize(("leads_to", "is_offered"), [("/choices/", True), ("/admin/", False)])
def test_only_customers_are_offered_a_code_by_email(world, client, leads_to, is_offered):
    """None opens an account of staff."""
    page = client.get(reverse("account_login"), {"next": leads_to})
    assert ("Email me a code" in page.text) is is_offered and "Sign in with password" in page.text


def test_a_password_set_anew_is_said_once(world, client):
    client.post(reverse("account_reset_password"), {"email": world.ada.user.email})
    client.post(reverse("account_confirm_password_reset_code"), {"code": code_in(last_mail())})
    passwords = {"password1": "a quiet tent in the rain", "password2": "a quiet tent in the rain"}
    page = client.post(reverse("account_complete_password_reset"), passwords, follow=True)
    assert page.text.count("Your new password is saved") == 2  # the title and the heading
    assert "successfully changed" not in page.text


def test_it_names_the_code_left_empty_at_the_set_up_of_the_app(world):
    client = freshly(world.ada)
    html = client.post(reverse("mfa_activate_totp"), {}).content.decode()
    assert html.count("Type the code.") == 2 and "This field is required" not in html
    wrong = client.post(reverse("mfa_activate_totp"), {"code": "000000"}).content.decode()
    assert wrong.count("This code does not work. Check it, or wait until the app shows the next one.") == 2


def test_a_wrong_password_is_called_so_where_it_is_changed(world):
    world.ada.user.set_password(PASSWORD)
    world.ada.user.save()
    passwords = {
        "oldpassword": "wrong",
        "password1": "a quiet tent in the rain",
        "password2": "a quiet tent in the rain",
    }
    html = freshly(world.ada).post(reverse("account_change_password"), passwords).content.decode()
    assert html.count("This is not your password. Try again.") == 2  # in the summary, and at the field


def test_a_password_left_empty_is_named_where_it_is_asked_for_again():
    form = get_form_class(settings.ACCOUNT_FORMS, "reauthenticate", None)({}, user=None)
    assert form.errors["password"] == ["Type your password."]


def test_words_that_are_too_long_are_called_so_without_a_programmers_words(world):
    form = WordsForm({"words": "x" * 1001})
    assert form.errors["words"] == ["Use at most 1000 characters (now there are 1001)."]
