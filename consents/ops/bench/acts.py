"""Measure acts below HTTP, each on one connection, beside the plain statements it is compared with.

An act is created in the process of its client, for a share of the customers, and then repeated. The plain tables have
the same columns and indexes, but no policies, triggers or hash chains.
"""

import itertools
import time
from collections.abc import Callable, Iterator
from typing import Any, Protocol
from uuid import UUID, uuid4

from django.db import connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.template.loader import render_to_string

from consents.access.models import Grant
from consents.catalogue import selectors as catalogue
from consents.choices.receipts import presenting
from consents.choices.receipts.issuing import build_receipt, sign_with_portal_key
from consents.choices.receipts.parts import Receipt
from consents.choices.services import answering, withdrawing
from consents.core import clock
from consents.disclosures import services as disclosures
from consents.ledger.models import Entry
from consents.ledger.rules import Actor
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


class MeasuredAct(Protocol):
    def __call__(self) -> None:
        """Perform the act once and commit."""


type ActFactory = Callable[[int, int], MeasuredAct]


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


class ReadThroughPolicy:
    def __init__(self, number: int, of: int) -> None:
        self.grant, self.until = next(cycle_grants(number, of)), 0.0
        self.opening = uuid4()

    def __call__(self) -> None:
        if time.monotonic() > self.until:
            self.opening, self.until = uuid4(), time.monotonic() + OPENING_SECONDS
            staff = self.grant.staff_id
            disclosures.record_opening(self.opening, self.grant.pk, staff, Actor("staff", str(staff)))
        read_category(SELECT_RECORDS.format("vault_record"), self.grant, self.opening)


class ReadPlain:
    def __init__(self, number: int, of: int) -> None:
        self.grant, self.opening = next(cycle_grants(number, of)), uuid4()

    def __call__(self) -> None:
        read_category(SELECT_RECORDS.format("bench_plain_record"), self.grant, self.opening)


class OpenData:
    """Decides, records, commits, reads and decrypts an opening."""

    def __init__(self, number: int, of: int) -> None:
        self.grants = cycle_grants(number, of)

    def __call__(self) -> None:
        grant = next(self.grants)
        disclosures.disclose_records(grant=grant.pk, staff=grant.staff_id, by=Actor("staff", str(grant.staff_id)))


class InsertAndRead:
    def __init__(self, number: int, of: int) -> None:
        self.grants = cycle_grants(number, of)

    def __call__(self) -> None:
        grant = next(self.grants)
        with connection.cursor() as cursor:
            scope = (grant.staff_id, grant.customer_id, grant.category_id, grant.purpose_id, grant.pk)
            cursor.execute(INSERT_OPENING, [uuid4(), *scope])
            cursor.execute(SELECT_RECORDS.format("bench_plain_record"), [grant.customer_id, grant.category_id])
            cursor.fetchall()


class Append:
    def __init__(self, number: int, of: int) -> None:
        self.customers = cycle_customers(number, of)

    def __call__(self) -> None:
        customer = next(self.customers)
        with connection.cursor() as cursor:
            cursor.execute(APPEND_ENTRY, [customer, str(customer)])


class InsertEntry:
    """Inserts the same row, prepared beforehand."""

    def __init__(self, number: int, of: int) -> None:
        self.customers, self.places, self.chain = cycle_customers(number, of), itertools.count(1), str(uuid4())
        with connection.cursor() as cursor:
            cursor.execute("SELECT previous, canonical, hash FROM ledger_entry WHERE event = 'consent.given' LIMIT 1")
            self.made = cursor.fetchone()

    def __call__(self) -> None:
        customer = next(self.customers)
        with connection.cursor() as cursor:
            cursor.execute(INSERT_ENTRY, [self.chain, next(self.places), customer, str(customer), *self.made])


class Choose:
    """Gives and withdraws consent in turn, for a purpose that no reader's access rests on."""

    def __init__(self, number: int, of: int) -> None:
        self.numbers, self.given = itertools.cycle(range(1 + number, 1 + Customer.objects.count(), of)), False
        self.version = catalogue.select_standing().select_related("purpose").order_by("-pk")[0]
        self.number = next(self.numbers)

    def __call__(self) -> None:
        customer, by = build_id("customer", self.number), Actor("customer", str(build_id("user", self.number)))
        purpose = self.version.purpose.code
        if self.given:
            withdrawing.withdraw_consent(customer=customer, purpose=purpose, by=by)
            self.number = next(self.numbers)
        else:
            answering.give_consent(customer=customer, purpose=purpose, version=self.version.pk, by=by, confirmed=True)
        self.given = not self.given


class ShowReceipt:
    """Renders the page of a receipt, without the frame that all pages share."""

    def __init__(self, number: int, of: int) -> None:
        Choose(number, of)()
        self.entry = Entry.objects.filter(event="consent.given", actor=str(build_id("user", 1 + number))).latest("id")

    def __call__(self) -> None:
        self.show(build_receipt(self.entry))

    def show(self, receipt: Receipt) -> None:
        render_to_string(PAGE, {"receipt": presenting.build_receipt_context(self.entry, receipt, clock.now())})


class ShowAndSignReceipt(ShowReceipt):
    """Renders the page and signs its text."""

    def show(self, receipt: Receipt) -> None:
        super().show(receipt)
        sign_with_portal_key(receipt)


ACTS: dict[str, ActFactory] = {
    deed.__name__: deed
    for deed in (
        ReadThroughPolicy,
        ReadPlain,
        OpenData,
        InsertAndRead,
        Append,
        InsertEntry,
        Choose,
        ShowAndSignReceipt,
        ShowReceipt,
    )
}
# (name for people, the act, the act it is compared with)
PAIRS = [
    ("read through the policy", "ReadThroughPolicy", "ReadPlain"),
    ("whole opening", "OpenData", "InsertAndRead"),
    ("ledger append", "Append", "InsertEntry"),
    ("choice recorded", "Choose", "Append"),
    ("receipt page, signed", "ShowAndSignReceipt", "ShowReceipt"),
]
