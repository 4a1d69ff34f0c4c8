"""An outsider who knows an address neither passes the limits with its other spellings nor keeps its owner out."""

import pytest
from allauth.account.models import EmailAddress
from django import forms
from django.apps import apps
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils.module_loading import import_string

from consents.notifications.models import Message
from consents.people.found_customers import AddressField
from consents.people.known_browsers import sign_known_users
from consents.people.models import User
from consents.people.rules import normalize_address
from consents.people.visitors import EMAILS_PER_HOUR
from tests.world.cast import PASSWORD
from tests.world.proofs import by_password, code_in, give_factor, last_mail

SPELLINGS = [
    "Ada@Example.com",
    "\uff41da@example.com",
    "ada@\uff45xample.com",
    "a\u200bda@example.com",
    "ada@exam\u00adple.com",
    "ada\u3164@example.com",
    '"ada"@example.com',
    '"a\\da"@example.com',
    "ada@example\u3002com",
    "ada@example.com.",
    " ada@example.com\u00a0",
]
PAGES = {"code": "account_request_login_code", "reset": "account_reset_password", "sign-up": "account_signup"}


def count_emails() -> int:
    return Message.objects.filter(kind="account").count()


def know(client: Client, user: User) -> Client:
    client.cookies[settings.KNOWN_COOKIE_NAME] = sign_known_users([user.pk])
    return client


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_an_address_has_one_spelling(spelling):
    assert normalize_address(spelling) == "ada@example.com"
    assert normalize_address(normalize_address(spelling)) == "ada@example.com"


@pytest.mark.parametrize("address", ["j\u00fcrgen@example.com", "ada+shop@example.com", "a.da@example.com"])
def test_different_addresses_stay_different(address):
    assert normalize_address(address) == address


def test_a_domain_is_spelled_as_mail_servers_look_it_up():
    assert normalize_address("ada@ex\u00e4mple.com") == normalize_address("ADA@xn--exmple-cua.com")


@pytest.mark.parametrize("page", PAGES)
def test_an_address_gets_few_emails_however_it_is_spelled(world, page):
    for number, spelling in enumerate(SPELLINGS * 2):
        Client(REMOTE_ADDR=f"192.0.2.{number}").post(reverse(PAGES[page]), {"email": spelling})

    assert 0 < count_emails() <= EMAILS_PER_HOUR


def test_all_pages_together_send_an_address_few_emails(world):
    for number, name in enumerate([*PAGES.values()] * 5):
        Client(REMOTE_ADDR=f"192.0.2.{number}").post(reverse(name), {"email": "nobody@example.com"})

    assert 0 < count_emails() <= EMAILS_PER_HOUR


def test_a_new_password_by_code_leaves_the_factor(world):
    """Whoever reads the mailbox gets a password, and not in."""
    give_factor(world.ada.user)
    EmailAddress.objects.get_or_create(user=world.ada.user, email="ada@example.com", verified=True, primary=True)
    browser = Client()
    browser.post(reverse(PAGES["reset"]), {"email": "ada@example.com"})
    assert "nothing changes without it" in last_mail()
    browser.post(reverse("account_confirm_password_reset_code"), {"code": code_in(last_mail())})
    browser.post(reverse("account_complete_password_reset"), {"password1": PASSWORD, "password2": PASSWORD})

    assert User.objects.get(pk=world.ada.user.pk).check_password(PASSWORD)
    assert browser.get("/choices/").status_code == 302
    answer = Client().post(reverse("account_login"), {"login": "ada@example.com", "password": PASSWORD})
    assert answer.url.startswith(reverse("mfa_authenticate"))


def test_the_second_step_is_dressed_as_the_site_it_leads_into(world):
    for user in (world.ada.user, world.pia.user):
        give_factor(user)
        user.set_password(PASSWORD)
        user.save()
        EmailAddress.objects.get_or_create(user=user, email=user.email, verified=True, primary=True)
        page = by_password(user).get(reverse("mfa_authenticate"))
        assert page.status_code == 200
        assert ("admin/base_site.html" in {template.name for template in page.templates}) is user.is_staff


def test_a_known_browser_gets_its_code_amid_a_flood(world):
    for number in range(20):
        Client(REMOTE_ADDR=f"192.0.2.{number}").post(reverse(PAGES["code"]), {"email": "ada@example.com"})
    before = count_emails()

    know(Client(), world.ada.user).post(reverse(PAGES["code"]), {"email": "ada@example.com"})

    assert count_emails() == before + 1


def test_a_known_browser_signs_in_amid_a_flood_of_wrong_passwords(world):
    ada, form = world.ada.user, {"login": "ada@example.com", "password": PASSWORD}
    ada.set_password(PASSWORD)
    ada.save()
    EmailAddress.objects.get_or_create(user=ada, email=ada.email, verified=True, primary=True)
    for _ in range(12):
        Client().post(reverse("account_login"), form | {"password": "wrong horse battery staple"})
    assert Client().post(reverse("account_login"), form).status_code == 200

    assert know(Client(), ada).post(reverse("account_login"), form).status_code == 302


def test_a_known_browser_cannot_guess_for_ever_either(world):
    client = know(Client(), world.ada.user)
    form = {"login": "ada@example.com", "password": "wrong horse battery staple"}

    texts = [client.post(reverse("account_login"), form).text for _ in range(6)]

    assert "Too many" in texts[-1]


def test_a_browser_known_to_one_is_a_stranger_to_another(world):
    for _ in range(12):
        Client().post(reverse("account_login"), {"login": "ada@example.com", "password": "wrong horse battery"})

    answer = know(Client(), world.ben.user).post(
        reverse("account_login"), {"login": "ada@example.com", "password": "wrong horse battery"}
    )

    assert "Too many" in answer.text


def test_every_sign_in_form_normalizes_addresses(world, rf):
    """The class: each form of allauth that takes an address, found by its fields."""
    from allauth.account import forms as theirs

    taking = {
        name
        for name, form in vars(theirs).items()
        if isinstance(form, type)
        and any(isinstance(one, forms.EmailField) for one in getattr(form, "base_fields", {}).values())
    }
    ours = [import_string(path) for path in settings.ACCOUNT_FORMS.values()]
    replaced = {parent.__name__ for form in ours for parent in form.__mro__}
    assert taking - replaced <= {"BaseSignupForm"}
    for form in ours:
        made = form(**({"user": world.ada.user} if form.__name__ in {"NewAddressForm", "PasswordAgainForm"} else {}))
        fields = [one for one in made.fields.values() if isinstance(one, forms.EmailField)]
        assert all(isinstance(one, AddressField) for one in fields), form


def test_no_form_of_ours_takes_an_address_as_it_is_typed():
    plain = []
    for app in apps.get_app_configs():
        if app.name.startswith("consents"):
            for form in list_forms():
                if form.__module__.startswith(app.name):
                    plain += [form for one in form.base_fields.values() if type(one) is forms.EmailField]
    assert plain == []


def list_forms(base: type = forms.BaseForm) -> list:
    children = [child for child in base.__subclasses__() if hasattr(child, "base_fields")]
    return [one for child in children for one in [child, *list_forms(child)]]
