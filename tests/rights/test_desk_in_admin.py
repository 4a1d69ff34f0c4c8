"""How an officer gets to a request: mine, nobody's, one customer's, the next one."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client

from consents.law.kinds import Type
from consents.ledger.models import Entry
from consents.rights.staff import notes
from consents.rights.staff.words import list_request_facts
from tests.forms import forms_on
from tests.rights.officer_pages import LIST, record, text
from tests.world.cast import signed_in
from tests.world.rights_requests import answer, file, file_as_stranger, search


@pytest.fixture
def pia(world) -> Client:
    return signed_in(world.pia.user)


def listed(client: Client, query: str) -> set[str]:
    return {row.number for row in client.get(f"{LIST}?{query}").context["cl"].result_list}


def test_the_queue_tells_mine_from_nobodys_and_from_a_colleagues(world, pia):
    own, free = file(world.ada), file(world.ben)
    search(world, own)
    otto = signed_in(world.otto.user)

    assert listed(pia, "officer=me") == {own.number} == listed(otto, "officer=others")
    assert listed(pia, "officer=nobody") == {free.number} == listed(otto, "officer=nobody")
    assert listed(pia, "officer=odd") == {own.number, free.number}


@pytest.mark.parametrize("who", ["C-1001", " C-1001\u00a0", "\tC-1001\r\n", "ada@example.com", "ADA@example.com"])
def test_a_customers_requests_are_found_by_number_or_address(world, pia, who):
    done = answer(world, file(world.ada, Type.AUTOMATED))
    open_one = file(world.ada)
    file(world.ben)

    found = pia.post(f"{LIST}find/", {"who": who})

    assert who.strip() not in found.url and str(world.ada.customer.pk) in found.url
    assert listed(pia, found.url.partition("?")[2]) == {done.number, open_one.number}
    assert Entry.objects.filter(event="customer.looked_up", actor=str(world.pia.pk)).count() == 1


@pytest.mark.parametrize("spell", [str, str.lower, lambda number: number.replace("-", " "), lambda number: number[3:]])
def test_a_request_is_found_in_the_same_field_and_without_a_look_up(world, pia, spell):
    request = answer(world, file(world.ada, Type.AUTOMATED))

    assert pia.post(f"{LIST}find/", {"who": spell(request.number)}).url == record(request)
    assert not Entry.objects.filter(event="customer.looked_up").exists()


def test_the_queue_asks_in_a_form_that_puts_nothing_into_the_address(world, pia):
    (form,) = forms_on(pia.get(LIST), "who")

    assert form.action == f"{LIST}find/"


def test_a_colleague_is_told_who_has_it_open(world, pia):
    request, otto = file(world.ada), signed_in(world.otto.user)
    assert "opened this at" not in text(pia.get(record(request)))

    assert "Pia (Privacy) opened this at" in text(otto.get(record(request)))
    assert "Nobody yet; opened by Pia Example<" in text(otto.get(LIST))
    assert "Nobody yet; opened by Otto Example<" in text(pia.get(LIST))


def test_after_ten_minutes_nobody_has_it_open(world, pia):
    request = file(world.ada)
    pia.get(record(request))
    key = notes.build_key(request.pk)
    cache.set(key, {who: at - timedelta(minutes=11).total_seconds() for who, at in cache.get(key).items()})

    assert "opened this at" not in text(signed_in(world.otto.user).get(record(request)))


def test_who_is_not_found_is_told_so_and_not_echoed(world, pia):
    page = pia.post(f"{LIST}find/", {"who": "RQ-2222-2222"})

    assert page.status_code == 422 and "RQ-2222" not in text(page)
    assert text(page).count("No request has this number, and no single customer has this number or address.") == 2


def test_only_officers_look_for_a_customers_requests(world):
    sam = signed_in(world.sam.user)

    assert sam.post(f"{LIST}find/", {"who": "C-1001"}).status_code == 404
    assert sam.get(record(file(world.ada)).replace("change", "next")).status_code == 404
    assert not Entry.objects.filter(event="customer.looked_up").exists()


@pytest.mark.parametrize("query", ["customer=x", "customer=%00", "customer=00000000-0000-0000-0000-000000000000"])
def test_an_odd_customer_breaks_nothing(world, pia, query):
    assert pia.get(f"{LIST}?{query}").status_code in (200, 302, 400)


def test_a_pseudonym_stands_as_it_is_in_filter_and_record(world, pia):
    page = text(pia.get(f"{LIST}?customer=eb1f1d36-0000-4000-8000-000000000000&state=all"))

    assert "eb1f1d36 </strong>" in page and "Eb1f1d36" not in page
    assert ("Customer", str(world.ada.customer.pk)[:8]) in list_request_facts(file(world.ada))


def go_on(client: Client, request) -> str:
    return client.get(record(request).replace("change", "next")).url


def test_the_next_one_is_what_is_due_next_and_mine_or_nobodys(world, pia):
    first, second, colleagues = file(world.ada), file_as_stranger(), file(world.ben)
    search(world, first)
    search(world, colleagues)
    file(world.ben, Type.PORTABILITY, is_fresh=False)
    otto = signed_in(world.otto.user)

    assert "Next request" in text(pia.get(record(first)))
    assert go_on(otto, first) == record(second)
    assert {go_on(pia, first), go_on(pia, second)} <= {record(one) for one in (first, second, colleagues)}
    assert go_on(otto, second) == LIST
