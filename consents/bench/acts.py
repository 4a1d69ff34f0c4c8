"""What is measured below HTTP: acts on one connection, each beside the plain statements it is compared with.

A deed is made in the process of its client, for a share of the customers, and then done over and over. The plain
tables have the columns and indexes of ours, but no policy, no trigger and no chain.
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
from consents.bench.load import WrongAnswer
from consents.bench.past import made_id
from consents.catalogue import selectors as catalogue
from consents.choices import services as choices
from consents.choices.receipts import presenting
from consents.choices.receipts.issuing import receipt_of, signed
from consents.choices.receipts.parts import Receipt
from consents.core import clock
from consents.disclosures import services as disclosures
from consents.ledger.models import Entry
from consents.ledger.rules import Actor
from consents.people.models import Customer

PLAIN = {
    "vault_record": "bench_plain_record",
    "disclosures_opening": "bench_plain_opening",
    "ledger_entry": "bench_plain_entry",
}
PAGE = "choices/receipts/receipt.html"
FRESH_SECONDS = 20  # an opening shows data for 30

READ = "SELECT id, sealed FROM {} WHERE customer_id = %s AND category_id = %s ORDER BY position, id LIMIT 1001"
OPEN = """
INSERT INTO bench_plain_opening (id, kind, staff_id, customer_id, category_id, purpose_id, grant_id, opened_at)
VALUES (%s, 'grant', %s, %s, %s, %s, %s, statement_timestamp())
"""
APPEND = """
SELECT ledger_append('consent.given', %s::uuid, 'customer', %s, 'choice', '1', 'purpose-1', 'portal', NULL,
                     'ConsentGiven', '{"version":1}')
"""
INSERT = """
INSERT INTO bench_plain_entry (chain, sequence, occurred_at, event, customer, actor_kind, actor, object_type, object,
    purpose, channel, outcome, details, previous, canonical, hash)
VALUES (%s, %s, statement_timestamp(), 'consent.given', %s, 'customer', %s, 'choice', '1', 'purpose-1', 'portal',
    'ConsentGiven', '{"version":1}', %s, %s, %s)
"""


def make_plain(owner: BaseDatabaseWrapper) -> None:
    """The tables to compare with, and what the vault holds copied into its own. FORCE hides it from the owner too."""
    with owner.cursor() as cursor:
        for ours, plain in PLAIN.items():
            cursor.execute(f"CREATE TABLE {plain} (LIKE {ours} INCLUDING ALL)")
        cursor.execute("ALTER TABLE vault_record NO FORCE ROW LEVEL SECURITY")
        cursor.execute("INSERT INTO bench_plain_record SELECT * FROM vault_record")
        cursor.execute("ALTER TABLE vault_record FORCE ROW LEVEL SECURITY")
        cursor.execute("ANALYZE bench_plain_record")


class Deed(Protocol):
    def __call__(self) -> None:
        """Do it once, committed."""


type Made = Callable[[int, int], Deed]


def share(number: int, of: int) -> Iterator[Grant]:
    """Running grants that open something, round and round; no two clients have one in common."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT customer_id FROM bench_plain_record")
        kept = [customer for (customer,) in cursor.fetchall()]
    running = Grant.objects.filter(category__code="orders", ended_at=None, ends_at__gt=clock.now(), customer__in=kept)
    return itertools.cycle(list(running.order_by("pk"))[number::of])


def numbers(number: int, of: int) -> Iterator[int]:
    return itertools.cycle(range(1 + number, 1 + Customer.objects.count(), of))


def customers(number: int, of: int) -> Iterator[UUID]:
    return (made_id("customer", n) for n in numbers(number, of))


def rows(statement: str, grant: Grant, opening: object) -> list[Any]:
    """One transaction that names an opening and reads one category of one customer."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('portal.opening', %s, true)", [str(opening)])
        cursor.execute(statement, [grant.customer_id, grant.category_id])
        found = cursor.fetchall()
    if not found:
        raise WrongAnswer("The vault showed nothing to an opening that may read.")
    return found


class ReadThroughPolicy:
    def __init__(self, number: int, of: int) -> None:
        self.grant, self.until = next(share(number, of)), 0.0
        self.opening = uuid4()

    def __call__(self) -> None:
        if time.monotonic() > self.until:
            self.opening, self.until = uuid4(), time.monotonic() + FRESH_SECONDS
            staff = self.grant.staff_id
            disclosures.record_opening(self.opening, self.grant.pk, staff, Actor("staff", str(staff)))
        rows(READ.format("vault_record"), self.grant, self.opening)


class ReadPlain:
    def __init__(self, number: int, of: int) -> None:
        self.grant, self.opening = next(share(number, of)), uuid4()

    def __call__(self) -> None:
        rows(READ.format("bench_plain_record"), self.grant, self.opening)


class OpenData:
    """The whole: judged, on record, committed, read, decrypted."""

    def __init__(self, number: int, of: int) -> None:
        self.grants = share(number, of)

    def __call__(self) -> None:
        grant = next(self.grants)
        disclosures.disclose(grant=grant.pk, staff=grant.staff_id, by=Actor("staff", str(grant.staff_id)))


class InsertAndRead:
    def __init__(self, number: int, of: int) -> None:
        self.grants = share(number, of)

    def __call__(self) -> None:
        grant = next(self.grants)
        with connection.cursor() as cursor:
            scope = (grant.staff_id, grant.customer_id, grant.category_id, grant.purpose_id, grant.pk)
            cursor.execute(OPEN, [uuid4(), *scope])
            cursor.execute(READ.format("bench_plain_record"), [grant.customer_id, grant.category_id])
            cursor.fetchall()


class Append:
    def __init__(self, number: int, of: int) -> None:
        self.customers = customers(number, of)

    def __call__(self) -> None:
        customer = next(self.customers)
        with connection.cursor() as cursor:
            cursor.execute(APPEND, [customer, str(customer)])


class InsertEntry:
    """The same row, ready made."""

    def __init__(self, number: int, of: int) -> None:
        self.customers, self.places, self.chain = customers(number, of), itertools.count(1), str(uuid4())
        with connection.cursor() as cursor:
            cursor.execute("SELECT previous, canonical, hash FROM ledger_entry WHERE event = 'consent.given' LIMIT 1")
            self.made = cursor.fetchone()

    def __call__(self) -> None:
        customer = next(self.customers)
        with connection.cursor() as cursor:
            cursor.execute(INSERT, [self.chain, next(self.places), customer, str(customer), *self.made])


class Choose:
    """Consent over the service, given and taken back in turn; for a purpose that no reader's access rests on."""

    def __init__(self, number: int, of: int) -> None:
        self.numbers, self.given = itertools.cycle(range(1 + number, 1 + Customer.objects.count(), of)), False
        self.version = catalogue.standing().select_related("purpose").order_by("-pk")[0]
        self.number = next(self.numbers)

    def __call__(self) -> None:
        customer, by = made_id("customer", self.number), Actor("customer", str(made_id("user", self.number)))
        purpose = self.version.purpose.code
        if self.given:
            choices.withdraw(customer=customer, purpose=purpose, by=by)
            self.number = next(self.numbers)
        else:
            choices.give(customer=customer, purpose=purpose, version=self.version.pk, by=by, confirmed=True)
        self.given = not self.given


class ShowReceipt:
    """The page of a receipt of this client's own, without the frame that all pages have."""

    def __init__(self, number: int, of: int) -> None:
        Choose(number, of)()
        self.entry = Entry.objects.filter(event="consent.given", actor=str(made_id("user", 1 + number))).latest("id")

    def __call__(self) -> None:
        self.show(receipt_of(self.entry))

    def show(self, receipt: Receipt) -> None:
        render_to_string(PAGE, {"receipt": presenting.page(self.entry, receipt, clock.now())})


class ShowAndSignReceipt(ShowReceipt):
    """The same, and its signed text."""

    def show(self, receipt: Receipt) -> None:
        super().show(receipt)
        signed(receipt)


DEEDS: dict[str, Made] = {
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
# What is measured: its name for people, ours, and what it is compared with.
PAIRS = [
    ("read through the policy", "ReadThroughPolicy", "ReadPlain"),
    ("whole opening", "OpenData", "InsertAndRead"),
    ("ledger append", "Append", "InsertEntry"),
    ("choice recorded", "Choose", "Append"),
    ("receipt page, signed", "ShowAndSignReceipt", "ShowReceipt"),
]
