"""An outsider who knows an address neither passes the limits with its other spellings nor keeps its owner out."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django import forms
from django.apps import apps
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils.module_loading import import_string

from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL, Actor
from consents.notifications.models import Message
from consents.people import selectors
from consents.people.found_customers import AddressField
from consents.people.known_browsers import sign_known_users
from consents.people.models import Acting, Customer, User
from consents.people.rules import normalize_address
from consents.people.services import claiming, customer_records
from consents.people.services.claiming import InvalidClaimCode
from consents.people.visitors import EMAILS_PER_HOUR
from tests.world.cast import PASSWORD, make_user
from tests.world.claim_codes import make_claim_code
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


# Who verified an address meets their own record, and nobody else's; a printed code leads to the others.


def arrive(user):
    return claiming.match_user_to_record(user=user, by=Actor("customer", str(user.id)))


def claim(user, code):
    return claiming.claim_record_by_code(user=user, code=code, by=Actor("customer", str(user.id)))


@pytest.fixture
def letter(world):
    """A record without an address on file, and the code printed for it."""
    customer = customer_records.open_customer_record(reference="C-2000", by=PORTAL)
    code = make_claim_code(customer=customer, officer=world.pia.user, by=PORTAL)
    return customer, code


def test_a_known_address_leads_to_its_own_record(world):
    record = customer_records.open_customer_record(reference="C-3000", email="New@Example.com", by=PORTAL)

    assert arrive(make_user("new@example.com")) == record
    assert Entry.objects.filter(customer=record.id, event="record.claimed").count() == 1


def test_an_unknown_address_leads_to_no_record(world):
    assert arrive(make_user("new@example.com")) is None
    assert selectors.find_customers("new@example.com") == []


def test_two_records_with_one_address_lead_nobody_in(world):
    for reference in ["C-3000", "C-3001"]:
        customer_records.open_customer_record(reference=reference, email="twins@example.com", by=PORTAL)

    assert arrive(make_user("twins@example.com")) is None
    assert not Acting.objects.filter(customer__reference__startswith="C-300").exists()


def test_a_record_somebody_holds_leads_nobody_else_in(world):
    """Whoever signs in with the address on file, while she signs in with another."""
    ada = world.ada.user
    ada.email = "second@example.com"
    ada.save(update_fields=["email"])
    customer_records.adopt_account_address(user=ada, by=world.ada.actor)
    ada.email = "third@example.com"
    ada.save(update_fields=["email"])

    assert arrive(make_user("second@example.com")) is None


def test_arriving_again_changes_nothing(world):
    before = Entry.objects.count()

    assert arrive(world.ada.user) is None
    assert (selectors.get_acting(world.ada.user), Entry.objects.count()) == (world.ada.acting, before)


def test_staff_arrive_nowhere(world):
    customer_records.open_customer_record(reference="C-3000", email="sam@example.com", by=PORTAL)

    assert arrive(world.sam.user) is None


def test_a_code_leads_to_its_record(letter):
    customer, code = letter
    user = make_user("new@example.com")
    arrive(user)

    assert claim(user, code) == customer
    assert selectors.get_acting(user).customer == customer
    assert Entry.objects.filter(customer=customer.id, event="record.claimed").count() == 1


def test_the_verified_address_goes_on_file_at_the_claimed_record_alone(letter):
    customer, code = letter
    user = make_user("new@example.com")
    arrive(user)
    claim(user, code)

    assert list(selectors.select_by_address("new@example.com")) == [customer]
    assert selectors.open_address(Customer.objects.get(pk=customer.pk)) == "new@example.com"


@pytest.mark.parametrize(
    "typed", [str.lower, lambda code: f"  {code.replace('-', ' ')} ", lambda code: code[:9] + "\n" + code[9:]]
)
def test_a_code_may_be_typed_as_people_type(letter, typed):
    customer, code = letter

    assert claim(make_user("new@example.com"), typed(code)) == customer


def test_a_code_works_once(letter):
    _customer, code = letter
    claim(make_user("new@example.com"), code)

    with pytest.raises(InvalidClaimCode):
        claim(make_user("other@example.com"), code)


@pytest.mark.parametrize("code", ["", "BCDF-GHJK-MNPQ", "0000-0000-0000"])
def test_a_wrong_code_does_not_work(letter, code):
    with pytest.raises(InvalidClaimCode):
        claim(make_user("new@example.com"), code)


def test_of_two_codes_for_one_record_the_first_used_wins(world, letter):
    customer, code = letter
    second = make_claim_code(customer=customer, officer=world.pia.user, by=PORTAL)
    claim(make_user("new@example.com"), code)

    with pytest.raises(InvalidClaimCode):
        claim(make_user("other@example.com"), second)


def test_who_the_company_knows_already_stays_who_they_are(world, letter):
    _customer, code = letter

    with pytest.raises(InvalidClaimCode):
        claim(world.ben.user, code)
    assert selectors.get_acting(world.ben.user) == world.ben.acting


def test_staff_claim_no_record(world, letter):
    with pytest.raises(InvalidClaimCode):
        claim(world.sam.user, letter[1])


def test_a_claim_code_expires(real_world, later):
    customer = customer_records.open_customer_record(reference="C-2000", by=PORTAL)
    code = make_claim_code(customer=customer, officer=real_world.pia.user, by=PORTAL)

    later(timedelta(days=14))

    with pytest.raises(InvalidClaimCode):
        claim(make_user("new@example.com"), code)
