"""Measure acts below HTTP, each on one connection, beside the plain statements it is compared with.

An act is made in the process of its client, for a share of the customers, and performed and committed by each step of
its iterator. The plain tables have the same columns and indexes, but no policies, triggers or hash chains.
"""

import itertools
import time
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

from django.db import connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.template.loader import render_to_string

from consents.access.models import Grant
from consents.catalogue import selectors as catalogue
from consents.choices.receipts import document
from consents.choices.receipts.issuing import build_receipt, sign_with_portal_key
from consents.choices.services import answering, withdrawing
from consents.core import clock
from consents.disclosures import services as disclosures
from consents.ledger.models import Entry
from consents.ledger.rules import Actor
from consents.ops.bench.company import build_staff_actor
from consents.ops.bench.database import record_additions
from consents.ops.bench.load import WrongAnswer
from consents.ops.bench.past import build_id
from consents.people.models import Customer

PLAIN = {
    "vault_record": "bench_plain_record",
    "disclosures_opening": "bench_plain_opening",
    "ledger_entry": "bench_plain_entry",
}
PAGE = "choices/receipts/receipt.html"
OPENING_SECONDS = 20  # an opening shows data for 30

SELECT_RECORDS = (
    "SELECT id, sealed FROM {} WHERE customer_id = %s AND category_id = %s ORDER BY position, id LIMIT 1001"
)
INSERT_OPENING = """
INSERT INTO bench_plain_opening (id, kind, staff_id, customer_id, category_id, purpose_id, grant_id, opened_at)
VALUES (%s, 'grant', %s, %s, %s, %s, %s, statement_timestamp())
"""
APPEND_ENTRY = """
SELECT portal.append_entry('consent.given', %s::uuid, 'customer', %s, 'choice', '1', 'purpose-1', 'portal', NULL,
                     'ConsentGiven', '{"version":1}')
"""
INSERT_ENTRY = """
INSERT INTO bench_plain_entry (chain, sequence, occurred_at, event, customer, actor_kind, actor, object_type, object,
    purpose, channel, outcome, details, previous, canonical, hash)
VALUES (%s, %s, statement_timestamp(), 'consent.given', %s, 'customer', %s, 'choice', '1', 'purpose-1', 'portal',
    'ConsentGiven', '{"version":1}', %s, %s, %s)
"""


def create_plain_tables(owner: BaseDatabaseWrapper) -> None:
    """Create the plain tables and copy the vault's records. FORCE hides these even from the owner."""
    with owner.cursor() as cursor:
        for ours, plain in PLAIN.items():
            cursor.execute(f"CREATE TABLE {plain} (LIKE {ours} INCLUDING ALL)")
        cursor.execute("ALTER TABLE vault_record NO FORCE ROW LEVEL SECURITY")
        cursor.execute("INSERT INTO bench_plain_record SELECT * FROM vault_record")
        cursor.execute("ALTER TABLE vault_record FORCE ROW LEVEL SECURITY")
        cursor.execute("ANALYZE bench_plain_record")
    record_additions(owner)


def cycle_grants(number: int, of: int) -> Iterator[Grant]:
    """Cycle through this client's share of the live grants that have data to open."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT customer_id FROM bench_plain_record")
        kept = [customer for (customer,) in cursor.fetchall()]
    running = Grant.objects.filter(category__code="orders", ended_at=None, ends_at__gt=clock.now(), customer__in=kept)
    return itertools.cycle(list(running.order_by("pk"))[number::of])


def cycle_numbers(number: int, of: int) -> Iterator[int]:
    return itertools.cycle(range(1 + number, 1 + Customer.objects.count(), of))


def cycle_customers(number: int, of: int) -> Iterator[UUID]:
    return (build_id("customer", n) for n in cycle_numbers(number, of))


def read_category(statement: str, grant: Grant, opening: object) -> list[Any]:
    """Read one category of one customer in a transaction that names an opening."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('portal.opening', %s, true)", [str(opening)])
        cursor.execute(statement, [grant.customer_id, grant.category_id])
        found: list[Any] = cursor.fetchall()
    if not found:
        raise WrongAnswer("The vault showed nothing to an opening that may read.")
    return found


def read_through_policy(number: int, of: int) -> Iterator[None]:
    grant, opening, until = next(cycle_grants(number, of)), uuid4(), 0.0
    while True:
        if time.monotonic() > until:
            opening, until = uuid4(), time.monotonic() + OPENING_SECONDS
            disclosures.record_opening(opening, grant.pk, grant.staff_id, build_staff_actor(grant.staff_id))
        read_category(SELECT_RECORDS.format("vault_record"), grant, opening)
        yield


def read_plain(number: int, of: int) -> Iterator[None]:
    grant, opening = next(cycle_grants(number, of)), uuid4()
    while True:
        read_category(SELECT_RECORDS.format("bench_plain_record"), grant, opening)
        yield


def open_data(number: int, of: int) -> Iterator[None]:
    """Decide, record, commit, read and decrypt an opening."""
    for grant in cycle_grants(number, of):
        disclosures.disclose_records(grant=grant.pk, staff=grant.staff_id, by=build_staff_actor(grant.staff_id))
        yield


def insert_and_read(number: int, of: int) -> Iterator[None]:
    for grant in cycle_grants(number, of):
        with connection.cursor() as cursor:
            scope = (grant.staff_id, grant.customer_id, grant.category_id, grant.purpose_id, grant.pk)
            cursor.execute(INSERT_OPENING, [uuid4(), *scope])
            cursor.execute(SELECT_RECORDS.format("bench_plain_record"), [grant.customer_id, grant.category_id])
            cursor.fetchall()
        yield


def append_entry(number: int, of: int) -> Iterator[None]:
    for customer in cycle_customers(number, of):
        with connection.cursor() as cursor:
            cursor.execute(APPEND_ENTRY, [customer, str(customer)])
        yield


def insert_entry(number: int, of: int) -> Iterator[None]:
    """Insert the same row, prepared beforehand."""
    chain = str(uuid4())
    with connection.cursor() as cursor:
        cursor.execute("SELECT previous, canonical, hash FROM ledger_entry WHERE event = 'consent.given' LIMIT 1")
        made = cursor.fetchone()
    for place, customer in enumerate(cycle_customers(number, of), start=1):
        with connection.cursor() as cursor:
            cursor.execute(INSERT_ENTRY, [chain, place, customer, str(customer), *made])
        yield


def choose(number: int, of: int) -> Iterator[None]:
    """Give and withdraw consent in turn, for a purpose that no reader's access rests on."""
    version = catalogue.select_standing().select_related("purpose").order_by("-pk")[0]
    for place in cycle_numbers(number, of):
        terms: dict[str, Any] = {"customer": build_id("customer", place), "purpose": version.purpose.code}
        terms["by"] = Actor("customer", str(build_id("user", place)))
        answering.give_consent(version=version.pk, confirmed=True, **terms)
        yield
        withdrawing.withdraw_consent(**terms)
        yield


def show_receipt(number: int, of: int, *, signs: bool = False) -> Iterator[None]:
    """Render the page of a receipt, without the frame that all pages share; with `signs`, sign its text, too."""
    next(choose(number, of))
    entry = Entry.objects.filter(event="consent.given", actor=str(build_id("user", 1 + number))).latest("id")
    while True:
        receipt = build_receipt(entry)
        render_to_string(PAGE, {"receipt": document.build_receipt_context(entry, receipt, clock.now())})
        if signs:
            sign_with_portal_key(receipt)
        yield


def show_and_sign_receipt(number: int, of: int) -> Iterator[None]:
    return show_receipt(number, of, signs=True)


# (name for people, the act, the act it is compared with)
PAIRS = [
    ("read through the policy", read_through_policy, read_plain),
    ("whole opening", open_data, insert_and_read),
    ("ledger append", append_entry, insert_entry),
    ("choice recorded", choose, append_entry),
    ("receipt page, signed", show_and_sign_receipt, show_receipt),
]
