"""A receipt in whose record one thing is odd is a page, whoever appended it with the application's password: nobody
could take it back."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from consents.access.services import ending
from consents.choices.models import Choice
from consents.choices.receipts import claims
from consents.choices.receipts.issuing import ISSUERS, WordsAreLost, build_shown_notices, is_consent_in_force
from consents.choices.rules import Status
from consents.core import signing
from consents.core.canonical import encode_canonical
from consents.ledger.models import Entry
from tests.choices.receipts.made_up import receipt
from tests.world.cast import answer, ask, signed_in
from tests.world.lived_in import refusals_drawn_once
from tests.world.systems import agree

ODD = ["x", ["x"], 2**53 - 1, "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59Z"]
# Until an hour that UTC has and the time zone of the reader has not.
SECONDS_LEFT = int((datetime.max.replace(tzinfo=UTC) - datetime.now(UTC)).total_seconds()) - 3600
PAGES = ("receipt", "jsonld")
COPIES = ("jws", "document")


def make_answer(world) -> Any:
    return answer(world, ask(world, "orders")).pk


def make_denial(world) -> Any:
    return answer(world, ask(world, "orders"), "none").pk


def make_end(world) -> Any:
    thing = make_answer(world)
    ending.stop_access(access_request=thing, customer=world.ada.customer.pk, by=world.ada.actor)
    return thing


def make_choice(world) -> Any:
    agree(world.ada, world.offers)
    return Choice.objects.get(customer=world.ada.customer).pk


def append_copy(entry: Entry, thing: str, facts: dict[str, Any]) -> None:
    given = [entry.event, entry.customer, entry.actor_kind, entry.actor, entry.object_type, thing, entry.purpose]
    # A larger number than we would write.
    details = encode_canonical(facts).decode().replace('"10^30"', str(10**30))
    given += [entry.channel, entry.evidence, entry.outcome, details]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT portal.append_entry({', '.join(['%s'] * len(given))})", given)


def append_record(genuine: list[Entry], thing: str, record: list[dict[str, Any]]) -> Entry:
    """The last entry of a thing, with these facts in each."""
    for entry, facts in zip(genuine, record, strict=True):
        append_copy(entry, thing, facts)
    return Entry.objects.filter(object=thing).latest("id")


def list_odd_records(entries: list[Entry], places: slice) -> Iterator[list[dict[str, Any]]]:
    """The facts of each entry: one record for each fact of the entries at these places and each odd value."""
    genuine = [entry.facts for entry in entries]
    for place in range(len(genuine))[places]:
        facts = genuine[place]
        for name in facts:
            for value in [*ODD, SECONDS_LEFT] if name == "duration_seconds" else ODD:
                yield [*genuine[:place], facts | {name: value}, *genuine[place + 1 :]]


def get_statuses(client: Client, entries: list[Entry], *pages: str) -> list[tuple[int, str, int]]:
    """(entry, page, status) of each page of each receipt."""
    client.raise_request_exception = False
    asked = [(entry, page) for entry in entries for page in pages]
    with refusals_drawn_once():
        return [
            (entry.pk, page, client.get(reverse(f"receipts:{page}", args=[entry.sequence])).status_code)
            for entry, page in asked
        ]


@pytest.mark.forced
@pytest.mark.usefixtures("with_offers")
@pytest.mark.parametrize(
    ("make", "places"),
    # The other facts of a denial and of an end are read as those of an answer are.
    [
        (make_answer, slice(None)),
        (make_denial, slice(1)),
        (make_end, slice(-1, None)),
        (make_choice, slice(None)),
    ],
)
def test_it_is_a_page_whatever_one_fact_is(world, make, places, monkeypatch, settings):
    settings.TIME_ZONE = "Pacific/Auckland"
    thing, client = make(world), signed_in(world.ada.user)
    # None of the copies has a request of hers, and without one the page would not be drawn.
    monkeypatch.setitem(ISSUERS, "access_request", replace(ISSUERS["access_request"], name_asker=lambda _record: ""))
    genuine = [*Entry.objects.filter(object=thing).order_by("id")]
    copy = append_record(genuine, str(uuid4()), [entry.facts for entry in genuine])
    odd = [append_record(genuine, str(uuid4()), record) for record in list_odd_records(genuine, places)]

    said = get_statuses(client, odd, *PAGES) + get_statuses(client, odd[::17], *COPIES)

    assert {status for *_, status in get_statuses(client, [copy], *PAGES, *COPIES)} == {200}
    assert not [one for one in said if one[-1] not in (200, 409)]
    assert {status for _entry, page, status in said if page == "receipt"} == {200, 409}


@pytest.mark.forced
@pytest.mark.usefixtures("with_offers")
@pytest.mark.parametrize("make", [make_answer, make_choice])
def test_it_is_signed_whatever_number_a_fact_is(world, make):
    thing, client = make(world), signed_in(world.ada.user)
    genuine = [*Entry.objects.filter(object=thing).order_by("id")]
    earlier, facts = [entry.facts for entry in genuine[:-1]], genuine[-1].facts
    odd = [[*earlier, facts | {name: "10^30"}] for name in ("method", "interface")]
    last = [append_record(genuine, str(uuid4()), record) for record in odd]

    assert [status for *_, status in get_statuses(client, last, "jws")] == [200, 200]


@pytest.mark.forced
@pytest.mark.usefixtures("with_offers")
@pytest.mark.parametrize("earlier", ["odd", Status.UNKNOWN.value])
def test_it_is_a_page_whatever_the_outcome_of_an_earlier_entry_is(world, earlier):
    thing, client = make_choice(world), signed_in(world.ada.user)
    given, odd = Entry.objects.get(object=thing), str(uuid4())
    given.outcome, outcome = earlier, given.outcome
    append_copy(given, odd, given.facts)
    given.outcome = outcome
    append_copy(given, odd, given.facts)

    last = Entry.objects.filter(object=odd).latest("id")
    assert [status for *_, status in get_statuses(client, [last], *PAGES)] == [409, 409]


@pytest.mark.forced
@pytest.mark.usefixtures("with_offers")
@pytest.mark.parametrize(("make", "is_named"), [(make_answer, True), (make_choice, False)])
def test_it_is_a_page_where_there_is_no_such_thing(world, make, is_named):
    """The page of an answer names who asked, which nobody did."""
    thing, client = make(world), signed_in(world.ada.user)
    genuine = [*Entry.objects.filter(object=thing).order_by("id")]
    facts = [entry.facts for entry in genuine]
    word, unknown = [append_record(genuine, odd, facts) for odd in ("x", str(uuid4()))]

    assert [status for *_, status in get_statuses(client, [word], *PAGES)] == [409, 409]
    assert [status for *_, status in get_statuses(client, [unknown], *PAGES)] == [409 if is_named else 200, 200]


KEY = Ed25519PrivateKey.generate()
KNOWN = signing.KeySet({signing.compute_thumbprint(KEY.public_key()): KEY.public_key()})


def verify(**changes) -> claims.VerifiedReceipt:
    """As if we had signed a receipt with these claims changed."""
    payload = encode_canonical(claims.build_claims(receipt(), "log.example") | changes)
    return claims.verify_receipt(signing.sign_jws(payload, typ=claims.TYPE, key=KEY), KNOWN)


def test_a_signed_text_is_a_receipt_only_with_the_number_of_its_entry_and_every_name():
    assert verify().company == "Acme Ltd"
    unnamed = claims.build_claims(receipt(), "log.example")["receipt"]
    unnamed["dpv:hasRecordOfActivity"][0]["dpv:hasEntity"][0]["dpv:hasName"] = ""
    for changes in ({"jti": str(uuid4())}, {"log": {"origin": "x", "entry": "00" * 32}}, {"receipt": unnamed}):
        with pytest.raises(claims.NotAReceipt):
            verify(**changes)


def test_a_text_longer_than_any_receipt_is_not_even_read():
    with pytest.raises(signing.TooLarge):
        claims.verify_receipt(" " * (2 * signing.LARGEST + 1), KNOWN)
    with pytest.raises(claims.NothingPasted):
        claims.verify_receipt(" " * 2 * signing.LARGEST, KNOWN)


def test_of_words_that_were_never_published_or_a_record_that_is_not_there_nothing_is_said(world):
    number, nothing = world.version.number, sha256(b"").hexdigest()
    for shown in ((number + 1, "en", nothing), (number, "fr", nothing)):
        with pytest.raises(WordsAreLost):
            build_shown_notices("support", [shown])
    assert not is_consent_in_force(str(uuid4()), timezone.now())
