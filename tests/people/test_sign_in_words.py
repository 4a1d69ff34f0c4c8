"""The errors of a sign-in form say which field is meant and what to do."""

import pytest
from allauth.utils import get_form_class
from django.conf import settings
from django.urls import reverse

from consents.rights.customers.forms import WordsForm
from tests.rights.customer_pages import freshly
from tests.world.cast import PASSWORD
from tests.world.proofs import code_in, last_mail


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
