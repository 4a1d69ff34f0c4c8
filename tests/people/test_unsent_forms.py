"""What a customer typed is kept over every way a session can end, for its sender alone, and never sent by itself."""

from datetime import date, timedelta

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import resolve, reverse
from django.utils import timezone

from consents.access.models import AccessRequest, Enquiry
from consents.accounts.adapter import delete_unfinished_sign_ups
from consents.ledger.rules import PORTAL
from consents.people.models import Acting, Customer, Role, StaffMember, User
from consents.people.services import claiming, customer_records
from consents.people.services.staff_members import AddressInUse, admit_staff
from consents.people.visitors import CUSTOMER_IDLE
from consents.rights.models import RightsRequest
from tests.forms import forms_on
from tests.world.addresses import CUSTOMER_ROOMS, addresses
from tests.world.cast import PASSWORD, answer, ask, make_user, signed_in
from tests.world.claim_codes import make_claim_code
from tests.world.proofs import code_in, last_mail
from tests.world.scene_fixtures import scene

WORDS = "Why do you need my address?"
FROM_OUR_PAGE = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def ada(world):
    world.ada.user.set_password(PASSWORD)
    world.ada.user.save(update_fields=["password"])
    ada = signed_in(world.ada.user)
    ada.get("/")
    return ada


@pytest.fixture
def question(world):
    return reverse("access:question", args=[ask(world, "contact").pk])


@scene
def nora(world) -> Acting:
    """Ada is her mother."""
    child = customer_records.open_customer_record(reference="C-2001", by=PORTAL, born_on=date(2018, 5, 1), country="DE")
    code = make_claim_code(customer=child, officer=world.pia.user, capacity="guardian")
    claiming.claim_record_by_code(user=world.ada.user, code=code, by=world.ada.actor)
    return world.ada.user.actings.get(customer=child)


def be_away(monkeypatch) -> None:
    late = timezone.now() + timedelta(seconds=CUSTOMER_IDLE + 60)
    monkeypatch.setattr("consents.people.visitors.timezone.now", lambda: late)


def sign_in(browser, who, led_to):
    """Return the page after the sign-in that the browser was led to."""
    assert "next=%2Funsent%2F" in led_to.url
    return browser.post(led_to.url, {"login": who.user.email, "password": PASSWORD}, follow=True)


def go_on(browser, page):
    (form,) = forms_on(page, "reopened")
    return browser.post(form.action, form.fields)


def test_the_page_of_a_right_is_kept(world, ada, monkeypatch):
    page = reverse("rights:ask", args=["access"])
    (form,) = forms_on(ada.get(page), "done")
    be_away(monkeypatch)
    ended = ada.post(page, form.fields | {"words": WORDS, "done": ["period", "words"], "send": "1"})
    monkeypatch.undo()

    again = go_on(ada, sign_in(ada, world.ada, ended))

    assert WORDS in again.text and not RightsRequest.objects.exists()


def test_the_dialog_of_the_end_promises_it_where_the_form_is_kept(world, ada, question):
    kept = [question, "/rights/access/", reverse("access:request", args=[AccessRequest.objects.get().pk])]
    lost = ["/blocks/", "/settings/looks/", "/"]

    assert [path for path in (*kept, *lost) if "<form data-kept " in ada.get(path).text] == kept
    assert all(getattr(resolve(path).func, "is_form_kept", False) for path in kept[:2])


def test_the_dialog_of_the_end_sends_the_form_to_be_kept(world, ada, question, monkeypatch):
    assert 'data-keep-url="/unsent/"' in ada.get(question).text
    be_away(monkeypatch)
    ended = ada.post(f"/unsent/?of={question}", {"words": WORDS})
    monkeypatch.undo()

    assert WORDS in go_on(ada, sign_in(ada, world.ada, ended)).text and not Enquiry.objects.exists()


def test_a_form_is_kept_when_the_session_is_long_gone(world, ada, question):
    Session.objects.all().delete()

    ended = ada.post(question, {"words": WORDS})

    assert WORDS in go_on(ada, sign_in(ada, world.ada, ended)).text


def test_what_is_pressed_when_the_session_is_long_gone_is_said_not_to_be_done(world, ada):
    request = answer(world, ask(world, "contact"))
    Session.objects.all().delete()

    for act in ("access:stop", "access:ask_again"):
        ended = ada.post(reverse(act, args=[request.pk]))
        assert (
            ended.url == "/accounts/login/?ended=1" and "What you pressed last was not done." in ada.get(ended.url).text
        )
    assert "ended" not in Client().post(reverse("access:stop", args=[request.pk])).url
    assert ada.post("/opt-out/").url == "/opt-out/" and ada.post("/nowhere/").status_code == 404
    assert request.grants.get().ended_at is None


def test_who_presses_sign_out_too_late_is_not_told_that_it_was_not_done(ada, monkeypatch):
    be_away(monkeypatch)

    assert ada.post("/accounts/logout/").url == "/accounts/login/"


def test_a_form_of_a_page_from_before_a_new_sign_in_is_kept(world, question):
    ada = Client(enforce_csrf_checks=True)
    ada.force_login(world.ada.user)
    form = forms_on(ada.get(question), "words")[0].fields | {"words": WORDS}
    ada.cookies.pop(settings.CSRF_COOKIE_NAME)
    ada.get(question)

    elsewhere = ada.post(question, form, headers={"Sec-Fetch-Site": "cross-site"})
    sent = ada.post(question, form, headers=FROM_OUR_PAGE)

    assert elsewhere.status_code == 403 and sent.url == "/unsent/"
    assert WORDS in go_on(ada, ada.get(sent.url)).text
    assert not Enquiry.objects.exists()


def test_it_is_not_kept_for_whoever_signed_in_instead(world, ada, question):
    form = forms_on(ada.get(question), "words")[0].fields | {"words": WORDS}
    ben = Client(enforce_csrf_checks=True)
    ben.force_login(world.ben.user)

    assert ben.post(question, form, headers=FROM_OUR_PAGE).status_code == 403
    ben.logout()
    assert "unsent" not in ben.post(question, form, headers=FROM_OUR_PAGE).headers.get("Location", "")


def test_what_was_typed_for_a_child_comes_back_for_the_child(world, ada, nora, monkeypatch):
    ada.post(reverse("people:act_for"), {"acting": nora.pk})
    page = reverse("rights:ask", args=["access"])
    (form,) = forms_on(ada.get(page), "done")
    be_away(monkeypatch)
    ended = ada.post(page, form.fields | {"words": WORDS, "done": ["period", "words"]})
    monkeypatch.undo()

    again = go_on(ada, sign_in(ada, world.ada, ended))

    assert "<form data-kept " in ada.get(reverse("people:choose_name", args=[nora.pk])).text
    assert again.status_code == 200 and WORDS in again.text
    assert f'name="shown_for" value="{nora.pk}"' in again.text


def test_a_form_that_strangers_may_send_leads_nobody_to_the_sign_in(world, ada):
    ada.get("/")
    Session.objects.all().delete()

    assert "login" not in ada.post(reverse("rights:ask", args=["access"]), {"where": "IE"}).headers.get("Location", "")


# A sign-up whose address was never verified is forgotten after a day.


def test_it_goes_after_a_day_and_not_before(transactional_db, later):
    Client().post("/accounts/signup/", {"email": "new@example.com"})
    assert delete_unfinished_sign_ups() == 0

    later(timedelta(days=1, minutes=1))

    assert delete_unfinished_sign_ups() == 1
    assert not User.objects.filter(email="new@example.com").exists()
    assert not EmailAddress.objects.filter(email="new@example.com").exists()


def test_everyone_else_stays(real_world, later):
    make_user("verified@example.com")
    before = User.objects.count()

    later(timedelta(days=2))
    delete_unfinished_sign_ups()

    kept = set(User.objects.values_list("email", flat=True))
    assert {"verified@example.com", "ada@example.com", "sam@example.com"} <= kept and len(kept) == before


def test_an_account_that_was_used_cannot_be_deleted(real_world, later):
    user = make_user("used@example.com")
    Client().force_login(user)
    later(timedelta(days=2))

    with pytest.raises(DatabaseError, match="an account stays"), transaction.atomic():
        User.objects.filter(pk=user.pk).delete()

    for unused in ({"last_login": None}, {"date_joined": user.date_joined - timedelta(days=9)}):
        with pytest.raises(DatabaseError, match="cannot be changed"), transaction.atomic():
            User.objects.filter(pk=user.pk).update(**unused)


def invite(email: str) -> StaffMember:
    return admit_staff(email=email, role=Role.REQUESTER, team="Returns", first_name="Rita", by=PORTAL)


def test_it_keeps_nobody_from_being_invited(db):
    """Anyone can begin one with a colleague’s address, each day anew."""
    browser = Client()
    browser.post("/accounts/signup/", {"email": "rita@example.com"})
    code = code_in(last_mail())

    member = invite("Rita@example.com")

    assert member.user.email == "rita@example.com"
    assert browser.post("/accounts/confirm-email/", {"code": code}).status_code < 500
    assert "_auth_user_id" not in browser.session
    assert EmailAddress.objects.get(verified=True).user == member.user


def test_an_address_that_was_proved_gives_way_to_nobody(db):
    browser = Client()
    browser.post("/accounts/signup/", {"email": "rita@example.com"})
    browser.post("/accounts/confirm-email/", {"code": code_in(last_mail())})

    with pytest.raises(AddressInUse):
        invite("rita@example.com")


def test_its_address_cannot_be_exchanged_for_another(db):
    """Not even once it is proved elsewhere: whoever signs in with it then would be taken for somebody else."""
    browser, elsewhere = Client(), Client()
    browser.post("/accounts/signup/", {"email": "thief@example.com"})
    elsewhere.post("/accounts/password/reset/", {"email": "thief@example.com"})
    elsewhere.post("/accounts/password/reset/confirm/", {"code": code_in(last_mail())})

    browser.post("/accounts/confirm-email/", {"action": "change", "email": "ada@example.com"})

    assert [*User.objects.values_list("email", flat=True)] == ["thief@example.com"]


WHO_CAN_SEE = ["You allow no one", "Nothing is waiting", "Nobody", "No look", "You have not said yes"]
BAR = "This sign-in is not linked to a record yet"


@pytest.fixture
def newcomer(world):
    return signed_in(make_user("new@example.com"))


def test_nothing_is_recorded_about_an_unknown_address(newcomer):
    before = set(Customer.objects.values_list("pk", flat=True))
    newcomer.get("/")
    assert set(Customer.objects.values_list("pk", flat=True)) == before


def test_the_first_page_names_three_ways_on(newcomer, settings):
    settings.PORTAL_HOURS = "Monday to Friday"
    page = newcomer.get("/").text
    assert "We have no record under this address" in page and "new@example.com" in page
    assert reverse("account_logout") in page and f'href="{reverse("people:claim")}"' in page
    assert str(settings.PORTAL_PHONE) in page and "Monday to Friday" in page


def test_no_page_of_a_customer_gives_an_all_clear(newcomer):
    for name, path in addresses():
        if name.split(":")[0] in CUSTOMER_ROOMS:
            response = newcomer.get(f"/{path}", follow=True)
            if response.status_code == 200 and response["Content-Type"].startswith("text/html"):
                assert BAR in response.text, name
                assert not [words for words in WHO_CAN_SEE if words in response.text], name


@pytest.mark.parametrize("name", ["account_email", "help", "rights:list"])
def test_account_and_help_lead_back_to_the_ways(newcomer, name):
    page = newcomer.get(reverse(name)).text
    assert BAR in page and "What you can do" in page


def test_a_right_can_be_asked_for_as_by_a_stranger(newcomer):
    page = newcomer.get(reverse("rights:list"), {"where": "DE"}).text
    assert reverse("rights:ask", args=["access"]) in page
    assert not RightsRequest.objects.exists()


def test_the_bar_goes_once_the_record_is_there(newcomer):
    customer_records.open_customer_record(reference="C-3000", email="new@example.com", by=PORTAL)
    page = newcomer.get("/").text
    assert BAR not in page and "Nothing is waiting for you" in page


def test_customers_read_no_bar(world):
    assert BAR not in signed_in(world.ada.user).get("/").text
