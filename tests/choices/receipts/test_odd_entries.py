"""A receipt in whose record one thing is odd is a page, whoever appended it with the application's password: nobody
could take it back."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.urls import reverse

from consents.choices.models import Choice
from consents.core.canonical import encode_canonical
from consents.ledger.models import Entry
from tests.world.cast import answer, ask, signed_in
from tests.world.lived_in import refusals_drawn_once
from tests.world.systems import agree

ODD = ["x", ["x"], 2**53 - 1, "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59Z"]
PAGES = ("receipt", "jsonld")


def make_answer(world) -> Any:
    return answer(world, ask(world, "orders")).pk


def make_choice(world) -> Any:
    agree(world.ada, world.offers)
    return Choice.objects.get(customer=world.ada.customer).pk


def append_copy(entry: Entry, thing: str, facts: dict[str, Any]) -> None:
    given = [entry.event, entry.customer, entry.actor_kind, entry.actor, entry.object_type, thing, entry.purpose]
    given += [entry.channel, entry.evidence, entry.outcome, encode_canonical(facts).decode()]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT portal.append_entry({', '.join(['%s'] * len(given))})", given)


def list_odd_records(entries: list[Entry]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """(thing, facts of each entry): one for each fact and each odd value; of a thing that is none, the genuine ones."""
    genuine = [entry.facts for entry in entries]
    yield from [("x", genuine), (str(uuid4()), genuine)]
    for place, facts in enumerate(genuine):
        for name in facts:
            for value in ODD:
                yield str(uuid4()), [*genuine[:place], facts | {name: value}, *genuine[place + 1 :]]


@pytest.mark.forced
@pytest.mark.usefixtures("with_offers")
@pytest.mark.parametrize("make", [make_answer, make_choice])
def test_it_is_a_page_whatever_one_fact_is(world, make):
    thing, client = make(world), signed_in(world.ada.user)
    genuine = [*Entry.objects.filter(object=thing).order_by("id")]
    for odd, record in list_odd_records(genuine):
        for entry, facts in zip(genuine, record, strict=True):
            append_copy(entry, odd, facts)
    client.raise_request_exception = False
    last = Entry.objects.filter(customer=world.ada.customer.pk, event=genuine[-1].event).exclude(object=thing)

    with refusals_drawn_once():
        said = {
            (entry.details, page): client.get(reverse(f"receipts:{page}", args=[entry.sequence])).status_code
            for entry in last
            for page in PAGES
        }

    assert set(said.values()) == {200, 409}, [one for one, status in said.items() if status == 500]
