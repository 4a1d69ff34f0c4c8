"""Read the vault: record an opening, commit, then read; for a look, for the customer, to count, or to correct."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from operator import itemgetter
from time import monotonic
from typing import Any
from uuid import UUID, uuid4

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext_lazy as _

from consents.catalogue.models import Category, Purpose
from consents.core.refusals import NotPermitted, Refusal, Unknown
from consents.core.sealing import CannotOpen
from consents.decisions import selectors as decisions
from consents.decisions.rules import Decision, DecisionCode
from consents.decisions.selectors import Scope
from consents.disclosures.telling.services import build_look_news
from consents.ledger.rules import Actor
from consents.ledger.services import appending
from consents.ledger.services.appending import Change
from consents.people import keys
from consents.people.models import Customer, CustomerKey, Evidence
from consents.vault.services.storing import load_sealed_values, open_values


class LookRefused(NotPermitted):
    """`why` is the evaluator's code. Carries the reason in words and no data."""

    def __init__(self, why: DecisionCode) -> None:
        super().__init__(str(SENTENCES[why]))
        self.why = why


class DamagedData(Refusal):
    """A sealed value is not the one that was stored there."""

    sentence = _("Some of this data was damaged or moved, so none of it is shown. Please tell your privacy officer.")


class StatisticsClosed(Refusal):
    """The vault shows nothing to this count, or no longer does."""

    sentence = _("This can no longer be counted: the purpose, the data or the right to count it has changed.")


SENTENCES = {
    DecisionCode.NO_GRANT: _("The customer has not allowed this."),
    DecisionCode.NOT_STAFF: _("Your staff account has ended, so you cannot look at customers’ data."),
    DecisionCode.NOT_TRAINED: (
        _("Your training is missing or has lapsed. Finish it under “Your training”, then look again.")
    ),
    DecisionCode.NOT_FOR_TEAM: _("Your team may no longer use data for this. Ask a privacy officer which teams may."),
    DecisionCode.TIME_OVER: _("The time for this access is over."),
    DecisionCode.STOPPED: _("The customer stopped this access."),
    DecisionCode.WITHDRAWN: _("The customer withdrew consent for this purpose."),
    DecisionCode.ENDED_BY_COMPANY: _("The company ended this access."),
    DecisionCode.RESTRICTED: _("The use of this customer’s data is paused, so no one may look at it."),
    DecisionCode.OBJECTED: _("The customer objected to this use of their data, so no one may look at it."),
    DecisionCode.BLOCKED: _("The customer decided that you may neither ask for their data nor look at it."),
    DecisionCode.DELETED: _("This data was deleted for good."),
    DecisionCode.KEPT_BY_LAW: _("The customer asked us to delete this data. It is kept only where a law requires it."),
}

INSERT_OPENING = """
INSERT INTO disclosures_opening (id, kind, staff_id, customer_id, category_id, purpose_id, grant_id)
VALUES (%s, 'grant', %s, %s, %s, %s, %s) RETURNING id
"""
READ_RECORDS = """
SELECT id, sealed::text, digest, kid, wrapped FROM portal.read_records(%s::uuid, %s::uuid, %s::bigint, %s::int)
JOIN people_customerkey ON customer_id = %s
"""


@dataclass(frozen=True)
class Disclosure:
    """The records that were read, each as values by field key, and until when more may be read."""

    opening: UUID
    until: datetime
    records: list[dict[str, str]]
    is_cut: bool


def disclose_records(
    *, grant: UUID, staff: UUID, by: Actor, most: int = 1000, evidence: Evidence | None = None
) -> Disclosure:
    """Read one category of one customer under one grant of this member of staff.

    Two transactions: the opening and its ledger entry are committed before the read, and a refused try is on record
    too. `evidence`: where it comes from, kept with that entry. At most `most` records; `is_cut` tells that there are
    more. Raises Unknown (not their grant), LookRefused, DamagedData.
    """
    opening = uuid4()
    scope, decision = record_opening(opening, grant, staff, by, evidence)
    if not decision.allowed or decision.until is None:
        raise LookRefused(decision.why)
    records = read_records(opening, scope, most + 1)
    return Disclosure(opening, decision.until, records[:most], is_cut=len(records) > most)


@transaction.atomic(durable=True)
def record_opening(
    opening: UUID, grant: UUID, staff: UUID, by: Actor, evidence: Evidence | None = None
) -> tuple[Scope, Decision]:
    """Lock the customer, the grant, then the end of the customer's chain: an end of the grant comes before or after."""
    if evidence:
        evidence.save(force_insert=True)
    judged = decisions.decide_look(grant=grant, staff=staff)
    if judged is None:
        raise Unknown
    scope, decision = judged
    is_urgent = not decision.allowed or scope.told_of_type == "exemption"
    recorded = Change(INSERT_OPENING, (opening, staff, scope.customer, scope.category, scope.purpose, grant))
    appending.append_entry(
        event="vault.opened" if decision.allowed else "vault.opening_refused",
        by=by,
        customer=scope.customer,
        object_type=scope.told_of_type,
        object=scope.told_of,
        purpose=scope.purpose_code,
        outcome=decision.why,
        details={"category": scope.category_code, "grant": str(grant)}
        | ({"opening": str(opening)} if decision.allowed else {}),
        change=recorded if decision.allowed else None,
        beside=build_look_news(customer=scope.customer, is_urgent=is_urgent),
    )
    return scope, decision


def read_records(opening: UUID, scope: Scope, most: int) -> list[dict[str, str]]:
    """Read in a second transaction, one statement. Nothing comes back if access ended in between: the policy checks."""
    with connection.cursor() as cursor:
        cursor.execute(READ_RECORDS, [opening, scope.customer, scope.category, most, scope.customer])
        rows = cursor.fetchall()
    if not rows:
        return []
    try:
        key = keys.unwrap_customer_key(scope.customer, *rows[0][3:])
        return [
            open_values(key, scope.customer, scope.category, id, load_sealed_values(text, digest))
            for id, text, digest, *_key in rows
        ]
    except CannotOpen:
        raise DamagedData from None


INSERT_OWN_OPENING = """
INSERT INTO disclosures_opening (id, kind, customer_id) VALUES (%s, 'own_copy', %s) RETURNING id
"""
READ_OWN_RECORDS = """
SELECT r.category_id, r.id, r.sealed::text, (SELECT f.digest FROM vault_fingerprint AS f WHERE f.record = r.id)
FROM vault_record AS r WHERE r.customer_id = %s ORDER BY r.category_id, r.position, r.id
"""


@dataclass(frozen=True)
class OwnRecord:
    """A record in the customer's own copy."""

    id: UUID
    values: dict[str, str]


@dataclass(frozen=True)
class OwnCopy:
    """Everything the vault holds of a customer, by category; never cut."""

    opening: UUID
    records: dict[int, list[OwnRecord]]


def disclose_own_copy(*, customer: UUID, by: Actor, rights_request: UUID | None = None) -> OwnCopy:
    """Read all that the vault holds about a customer, for that customer. `by`: who acts for them; or the portal, for
    the granted rights request with this id (the database checks it).

    Two transactions, as `disclose_records`. Raises Unknown (erased, or nobody), DamagedData.
    """
    opening = uuid4()
    record_own_opening(opening, customer, rights_request, by)
    return OwnCopy(opening, read_own_records(opening, customer))


@transaction.atomic(durable=True)
def record_own_opening(opening: UUID, customer: UUID, rights_request: UUID | None, by: Actor) -> None:
    appending.lock_people(customer)
    if not Customer.objects.filter(pk=customer, erased_at=None).exists():
        raise Unknown
    appending.append_entry(
        event="vault.own_copy",
        by=by,
        customer=customer,
        object_type="opening",
        object=opening,
        details={"opening": str(opening)} | ({"request": str(rights_request)} if rights_request else {}),
        change=Change(INSERT_OWN_OPENING, (opening, customer)),
    )


@transaction.atomic
def read_own_records(opening: UUID, customer: UUID) -> dict[int, list[OwnRecord]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('portal.opening', %s, true)", [str(opening)])
        cursor.execute(READ_OWN_RECORDS, [customer])
        rows = cursor.fetchall()
    try:
        key = keys.open_customer_key(customer)
        records: dict[int, list[OwnRecord]] = {}
        for category, id, text, digest in rows:
            values = open_values(key, customer, category, id, load_sealed_values(text, digest))
            records.setdefault(category, []).append(OwnRecord(id, values))
    except (CannotOpen, CustomerKey.DoesNotExist):
        raise DamagedData from None
    return records


INSERT_CORRECTION_OPENING = """
INSERT INTO disclosures_opening (id, kind, staff_id, customer_id, category_id, field, request)
VALUES (%s, 'correction', %s, %s, %s, %s, %s) RETURNING id
"""


@dataclass(frozen=True)
class ValueInQuestion:
    """Name one value of a customer that a rights request says is wrong, and the officer who works on it."""

    request: UUID
    number: str
    customer: UUID
    category: Category
    field: str
    officer: UUID


def record_correction_opening(value: ValueInQuestion, by: Actor) -> UUID:
    """Record that the officer looks at this value; the room of rights reads it once this is committed."""
    opening = uuid4()
    named = (opening, value.officer, value.customer, value.category.pk, value.field, value.request)
    details = {"number": value.number, "opening": str(opening), "category": value.category.code, "field": value.field}
    appending.append_entry(
        event="vault.compared",
        by=by,
        customer=value.customer,
        object_type="rights_request",
        object=value.request,
        details=details,
        change=Change(INSERT_CORRECTION_OPENING, named),
    )
    return opening


INSERT_STATISTICS_OPENING = """
INSERT INTO disclosures_opening (id, kind, staff_id, category_id, purpose_id) VALUES (%s, 'statistics', %s, %s, %s)
RETURNING id
"""
READ_STATISTICS = """
SELECT customer, record, sealed, digest, kid, wrapped FROM portal.read_statistics(%s::uuid, %s::uuid, %s::int)
"""
FIRST = UUID(int=0)
BATCH = 2000  # customers
# An opening for statistics shows its records for an hour; a longer count goes on under a new one.
RENEW_AFTER = timedelta(minutes=50)


@dataclass(frozen=True)
class CountedScope:
    """Name what an insight may read: these fields of one category, of the customers who allow the purpose."""

    insight: UUID
    staff: UUID
    category: Category
    purpose: Purpose
    fields: frozenset[str]


def read_for_statistics(*, scope: CountedScope, by: Actor) -> Iterator[tuple[UUID, list[dict[str, str]]]]:
    """Yield each customer who allows the purpose, with the named fields of their records, by ascending id.

    One pass in batches, each a transaction of its own: nobody who said no before a batch began is in it. What is
    yielded is counted and forgotten. Raises DamagedData, and StatisticsClosed if the vault closes meanwhile.
    """
    for rows in read_statistics_batches(scope, by):
        for customer, of_customer in groupby(rows, key=itemgetter(0)):
            yield customer, open_counted_records(scope, customer, list(of_customer))


def read_statistics_batches(scope: CountedScope, by: Actor) -> Iterator[list[tuple[Any, ...]]]:
    """Yield the rows of each batch; the database reads the next one while this one is opened and counted."""
    opening, opened_at = uuid4(), monotonic()
    record_statistics_opening(opening, scope, by)
    rows = read_statistics_batch(opening, FIRST)
    while rows:
        if monotonic() - opened_at > RENEW_AFTER.total_seconds():
            opening, opened_at = uuid4(), monotonic()
            record_statistics_opening(opening, scope, by)
        with connection.connection.pipeline(), connection.cursor() as cursor:
            cursor.execute(READ_STATISTICS, [opening, rows[-1][0], BATCH])
            yield rows
            rows = fetch_statistics_batch(cursor)


@transaction.atomic(durable=True)
def record_statistics_opening(opening: UUID, scope: CountedScope, by: Actor) -> None:
    appending.append_entry(
        event="vault.counted",
        by=by,
        object_type="opening",
        object=opening,
        purpose=scope.purpose.code,
        details={"opening": str(opening), "insight": str(scope.insight), "category": scope.category.code},
        change=Change(INSERT_STATISTICS_OPENING, (opening, scope.staff, scope.category.pk, scope.purpose.pk)),
    )


def read_statistics_batch(opening: UUID, after: UUID) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor, recognize_closed_statistics():
        cursor.execute(READ_STATISTICS, [opening, after, BATCH])
        return fetch_statistics_batch(cursor)


def fetch_statistics_batch(cursor: Any) -> list[tuple[Any, ...]]:
    with recognize_closed_statistics():
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


@contextmanager
def recognize_closed_statistics() -> Iterator[None]:
    """Raise StatisticsClosed where the vault says that the opening no longer shows anything."""
    try:
        yield
    except IntegrityError as error:
        if "statistics shows nothing" in str(error):
            raise StatisticsClosed from None
        raise


def open_counted_records(scope: CountedScope, customer: UUID, rows: list[tuple[Any, ...]]) -> list[dict[str, str]]:
    """Open no other field than those that are counted."""
    held = [row[1:] for row in rows if row[1] is not None]
    if not held:
        return []
    try:
        key = keys.unwrap_customer_key(customer, held[0][3], held[0][4])
        return [
            open_values(
                key, customer, scope.category.pk, record, keep_fields(load_sealed_values(text, digest), scope.fields)
            )
            for record, text, digest, *_key in held
        ]
    except CannotOpen:
        raise DamagedData from None


def keep_fields(sealed: Mapping[str, str], fields: frozenset[str]) -> dict[str, str]:
    return {field: sealed[field] for field in fields if field in sealed}
