"""A customer closes their account: into erasure, on record, with what has to stay told before."""

from datetime import date
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from consents.access.models import Block, Grant
from consents.accounts.pages import OnlyTheirOwn, SharedAccount, close_account
from consents.choices.models import Choice
from consents.ledger.rules import PORTAL, Actor
from consents.people.models import User
from consents.people.services import claiming, customer_records, erasing
from consents.rights.models import RightsRequest, Statement
from consents.rights.services import erasing as rights_erasing
from consents.rights.words import open_statement
from tests.world.cast import answer, ask, signed_in
from tests.world.claim_codes import make_claim_code
from tests.world.erasing import hold
from tests.world.holders import share_account
from tests.world.proofs import by_password, by_password_and_code, prove
from tests.world.rights_requests import by_staff, search

PAGE = "/accounts/close/"


def press(client: Client):
    return client.post(PAGE, {"token": str(uuid4())})


def test_it_takes_fresh_proof(world):
    client = signed_in(world.ada.user)

    assert client.get(PAGE).url.startswith("/accounts/reauthenticate/") and press(client).status_code == 302
    assert not RightsRequest.objects.exists()
    prove(client)
    assert client.get(PAGE).status_code == 200


def test_everything_that_needs_nobodys_leave_ends_at_once(world, ada):
    here, phone = by_password_and_code(ada), by_password(ada)
    answer(world, ask(world, "contact"))
    waiting = ask(world, "orders", member=world.kim)

    response = press(here)

    asked = RightsRequest.objects.get()
    assert response.url == "/accounts/login/" and "being closed" in here.get(response.url).text
    assert (asked.customer, asked.request_type, asked.scope) == (world.ada.customer, "A17", [])
    assert phone.get("/").status_code == 302 and here.get("/").status_code == 302
    waiting.refresh_from_db()
    assert waiting.state == "denied" and not Grant.objects.filter(ended_at=None).exists()
    assert Block.objects.get(customer=world.ada.customer.pk).kind == "everybody"
    assert not Choice.objects.filter(customer=world.ada.customer, status="given").exists()


def test_officers_read_that_an_account_is_being_closed(world, ada):
    press(by_password_and_code(ada))

    said = open_statement(RightsRequest.objects.get(), Statement.Kind.ASKED)
    assert said["words"] == "I am closing my account. Delete all of my data."


def test_two_officers_carry_it_out(real_world):
    world = real_world
    asked = close_account(user=world.ada.user, acting=world.ada.acting, language="en", by=world.ada.actor)
    search(world, asked)
    rights_erasing.propose_erasure(rights_request=asked.pk, officer=world.pia, by=by_staff(world.pia))

    erasing.erase_customer(customer=world.ada.customer.id, officer=world.otto, by=by_staff(world.otto))

    assert not User.objects.get(pk=world.ada.user.pk).is_active


def test_a_second_press_and_another_tab_ask_once(world, ada):
    client = by_password_and_code(ada)
    press(client)
    again = by_password_and_code(ada)
    assert "already asked" in again.get(PAGE).text

    press(again)

    assert RightsRequest.objects.count() == 1 and Block.objects.count() == 1


def test_the_page_says_what_stays_by_which_law_and_until_when(world, ada):
    hold(world)

    page = by_password_and_code(ada).get(PAGE).text

    assert "Everything, for now: a court order" in page and "GDPR Art 17(3)" in page
    assert "GDPR Art 5(2)" in page and "24 months after our answer" in page


def test_nobody_closes_the_account_of_whom_they_act_for(world):
    about = {"born_on": date(2018, 5, 1), "country": "DE"}
    child = customer_records.open_customer_record(reference="C-2001", by=PORTAL, **about)
    code = make_claim_code(customer=child, officer=world.pia.user, capacity="guardian")
    claiming.claim_record_by_code(user=world.ada.user, code=code, by=Actor("customer", str(world.ada.user.pk)))
    acting = world.ada.user.actings.get(customer=child)
    client = signed_in(world.ada.user)
    client.post(reverse("people:act_for"), {"acting": acting.pk})
    prove(client)

    assert "Only the person themself" in client.get(PAGE).text
    assert press(client).status_code == 403 and not RightsRequest.objects.exists()
    with pytest.raises(OnlyTheirOwn):
        close_account(user=world.ada.user, acting=acting, language="en", by=world.ada.actor)
    with pytest.raises(OnlyTheirOwn):
        close_account(user=world.ben.user, acting=world.ada.acting, language="en", by=world.ben.actor)


def test_the_page_asks_a_bounded_number_of_questions(ada, django_assert_max_num_queries):
    client = by_password_and_code(ada)
    client.get(PAGE)

    with django_assert_max_num_queries(25):
        client.get(PAGE)


def test_nobody_closes_what_they_share(world):
    mia, ada = share_account(world), world.ada
    for holder in (mia, ada):
        with pytest.raises(SharedAccount):
            close_account(user=holder.user, acting=holder.user.actings.get(), language="en", by=holder.actor)

    assert not RightsRequest.objects.exists() and not Block.objects.exists()
    browser = signed_in(ada.user)
    prove(browser)
    page = browser.get(PAGE).text
    assert "You share this account, so nobody closes it alone" in page and "What ends at once" not in page
