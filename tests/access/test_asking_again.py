"""Asking again with changes, and finding one's own requests by their case or their customer."""

import re
import time
from datetime import timedelta
from uuid import UUID

import pytest
from django.test import Client

from consents.access.models import AccessRequest
from consents.access.rules.blocks import BlockedByCustomer, BlockKind
from consents.access.services import blocking
from consents.access.services.asking import PurposeNotAskable
from consents.access.services.ending import stop_access
from consents.access.staff.admin import AccessRequestAdmin
from consents.ledger.models import Entry
from consents.people.found_customers import FOUND_CUSTOMER_LIFETIME, sign_found_customer, verify_found_customer
from consents.people.services.holding import OFFICERS
from tests.access.asking_form import LIST, filled, text
from tests.world.cast import answer, ask, signed_in
from tests.world.retirements import retire

FIND = f"{LIST}find/"


@pytest.fixture
def sam(world) -> Client:
    return signed_in(world.sam.user)


def record(request) -> str:
    return f"{LIST}{request.pk}/change/"


def again(request) -> str:
    return f"{LIST}{request.pk}/again/"


def listed(client: Client, url: str) -> set:
    return {row.pk for row in client.get(url).context["cl"].result_list}


def test_what_was_not_answered_opens_as_a_form_with_what_it_said_and_is_filed_with_changes(world, sam, later):
    request = ask(world, "orders", case_number="C-7", sentence="You wrote to us about a lamp.")
    assert "Ask again with changes" not in text(sam.get(record(request)))
    later(timedelta(days=20))

    page = sam.get(again(request))

    assert "Ask again with changes" in text(sam.get(record(request)))
    form = page.context["form"]
    kept = {name: form[name].value() for name in ("sentence", "case_number", "reason")}
    assert kept == {"sentence": request.sentence, "case_number": "C-7", "reason": request.reason}
    assert form["categories"].value() == [str(world.categories["orders"].pk)]
    found = re.search(r'name="found" value="([^"]+)"', page.text).group(1)
    changed = filled(world, found=found, sentence="You wrote to us about a chair.", case_number="C-7")
    sent = sam.post(f"{LIST}add/", changed)
    assert sent.status_code == 302
    assert AccessRequest.objects.filter(case_number="C-7").count() == 2
    assert not Entry.objects.filter(event="customer.looked_up").exists()


def test_what_waits_after_a_no_is_named_and_not_chosen(world, sam):
    request = answer(world, ask(world, "contact", "orders"), "part", "orders")
    stop_access(access_request=request.pk, customer=world.ada.customer.pk, by=world.ada.actor)
    denied = answer(world, ask(world, "health", sensitive_reason="The wrong dose."), "none")

    for waiting in (request, denied):
        page = sam.get(again(waiting))
        assert "said no, stopped access or did not answer. You may ask again in 30 days." in page.text
        assert page.context["form"]["categories"].value() == []


def test_of_a_request_allowed_in_part_the_rest_is_asked_for(world, sam, later):
    request = answer(world, ask(world, "contact", "orders", duration=timedelta(days=1)), "part", "orders")
    page = sam.get(again(request))

    assert page.context["form"]["categories"].value() == [str(world.categories["contact"].pk)]
    assert "Orders: You already have access to some of this data." in text(page)


def test_whoever_was_blocked_reads_so_on_the_request(world, sam):
    request = ask(world, "orders")
    blocking.place_block(customer=world.ada.customer.pk, kind=BlockKind.EVERYBODY, by=world.ada.actor)

    response = sam.get(again(request))

    assert response.url == record(request)
    assert str(BlockedByCustomer.sentence) in text(sam.get(response.url))


def test_nobody_asks_again_in_a_colleagues_place_or_while_the_customer_may_answer(world, sam):
    waiting = ask(world, "orders")

    assert sam.get(again(waiting)).url == record(waiting)
    for colleague in (world.kim, world.pia):
        assert signed_in(colleague.user).get(again(waiting)).status_code == 404
    assert sam.post(again(waiting)).status_code == 405


@pytest.mark.parametrize("typed", ["Q-7", " q-7 "])
def test_own_requests_are_found_by_their_case_without_a_look_up(world, sam, typed):
    known, other = ask(world, "orders", case_number="Q-7"), ask(world, "contact", case_number="Q-8008")

    found = sam.post(FIND, {"who": typed})

    assert typed.strip().lower() not in found.url.lower() and listed(sam, found.url) == {known.pk}
    assert not Entry.objects.filter(event="customer.looked_up").exists()
    kim = signed_in(world.kim.user).post(FIND, {"who": typed})
    assert kim.status_code == 422 and str(other.pk) not in kim.text


@pytest.mark.parametrize("typed", ["C-1001", "ada@example.com"])
def test_own_requests_are_found_by_the_number_or_address_typed_on_record(world, sam, typed):
    own = ask(world, "orders")
    ask(world, "contact", member=world.kim)
    ask(world, "contact", customer=world.ben)

    found = sam.post(FIND, {"who": typed})

    assert typed not in found.url and listed(sam, found.url) == {own.pk}
    assert Entry.objects.filter(event="customer.looked_up", actor=str(world.sam.pk)).count() == 1


@pytest.mark.parametrize("data", [{}, {"who": " "}, {"who": "nobody@example.com"}, {"who": "\0"}, {"who": "x" * 300}])
def test_what_is_not_found_gets_a_sentence(sam, data):
    assert sam.post(FIND, data).status_code == 422


def test_the_case_of_a_colleagues_request_is_told_to_nobody(world, sam):
    own, theirs = ask(world, "orders", case_number="C-7"), ask(world, "contact", member=world.kim, case_number="Q-8008")

    page = sam.get(f"{LIST}?case_of={theirs.pk}")

    assert "Q-8008" not in text(page) and {row.pk for row in page.context["cl"].result_list} == {own.pk}
    assert "Q-8008" in text(signed_in(world.pia.user).get(f"{LIST}?case_of={theirs.pk}"))


def test_a_filter_writes_a_case_as_its_requests_do(world, sam):
    page = text(sam.get(f"{LIST}?case_of={ask(world, 'orders', case_number='c-7').pk}"))

    assert "c-7" in page and "C-7" not in page


def test_a_look_up_counts_for_a_day(world, sam, monkeypatch):
    found = {"found": sign_found_customer(world.ada.customer.pk, world.sam.user), "purpose": ""}
    assert sam.post(f"{LIST}add/", found).status_code == 200
    tomorrow = time.time() + FOUND_CUSTOMER_LIFETIME + 60
    monkeypatch.setattr("django.core.signing.time.time", lambda: tomorrow)

    assert verify_found_customer(found["found"], world.sam.user) is None


@pytest.mark.parametrize("query", ["case_of=odd", f"case_of={UUID(int=1)}", "customer=odd"])
def test_an_odd_address_filters_nothing(world, sam, query):
    request = ask(world, "orders")

    assert listed(sam, f"{LIST}?{query}") == {request.pk}


def test_what_nobody_may_ask_for_any_more_is_not_asked_again(world, sam):
    request = answer(world, ask(world, "orders"), "none")
    retire(world.purpose)

    response = sam.get(again(request))

    assert response.url == record(request)
    assert str(PurposeNotAskable.sentence) in text(sam.get(response.url))


def test_who_may_see_no_requests_finds_none_and_looks_nobody_up(world, sam, monkeypatch):
    monkeypatch.setattr(AccessRequestAdmin, "may_view", OFFICERS)

    assert sam.post(FIND, {"who": "C-1001"}).status_code == 404
    assert not Entry.objects.filter(event="customer.looked_up").exists()
