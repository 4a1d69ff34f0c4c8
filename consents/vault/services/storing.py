"""Write into the vault: whole records, or one corrected value. Reading is `disclosures.services.disclose_records`."""

import base64
import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import batched
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from consents.core import sealing
from consents.core.binary_rows import (
    BinaryArray,
    encode_bigints,
    encode_bytes,
    encode_ints,
    encode_json,
    encode_uuids,
    open_array_cursor,
)
from consents.core.refusals import Refusal
from consents.core.working_ahead import PRECEDENCE, work_ahead
from consents.ledger.rules import Actor
from consents.ledger.services import appending
from consents.people import keys
from consents.vault.incoming_records import IncomingRecord, encode_sealed_text, get_sealing_place, seal_records

RECORDS_PER_STATEMENT = 500
KNOWN = "SELECT record, content FROM vault_fingerprint WHERE record = ANY(%b::uuid[])"
WAIT = "SELECT FROM people_customer WHERE id = ANY (%b::uuid[]) ORDER BY id FOR SHARE"
STORE = "SELECT portal.store_records(%b::uuid[], %b::uuid[], %b::bigint[], %b::int[], %b::jsonb[], %b::bytea[])"


@dataclass(frozen=True)
class Comparison:
    """Records compared with the vault by fingerprint alone. A new record without any value does not count.

    `newcomers`: customers who are recorded in this transaction. Nobody else sees them: none is being erased.
    """

    new: dict[UUID, IncomingRecord]
    changed: dict[UUID, IncomingRecord]
    unchanged: int
    newcomers: Collection[UUID] = ()


def compare_records(*, records: Iterable[IncomingRecord], newcomers: Collection[UUID] = ()) -> Comparison:
    """Tell which of these records are new or changed. Opens nothing. `newcomers`: customers of whom nothing can be
    stored yet.
    """
    batch = {record.id: record for record in records}
    possible = [id for id, record in batch.items() if record.customer not in newcomers]
    with open_array_cursor() as cursor:
        cursor.execute(KNOWN, [encode_uuids(possible)])
        fingerprints = {id: bytes(content) for id, content in cursor.fetchall()}
    changed = {id: batch[id] for id, content in fingerprints.items() if not batch[id].has_fingerprint(content)}
    new = {id: record for id, record in batch.items() if id not in fingerprints and record.values}
    return Comparison(new, changed, len(fingerprints) - len(changed), newcomers)


def store_records(*, records: Iterable[IncomingRecord], keys: Mapping[UUID, sealing.Key], by: Actor) -> int:
    """Seal and store new and changed records; return how many there were.

    `keys` maps customer to opened key. Unchanged records cost one look at their fingerprint and are left alone. One
    ledger entry per call: hand in batches.
    """
    return store_comparison(comparison=compare_records(records=records), keys=keys, by=by)


@transaction.atomic
def store_comparison(*, comparison: Comparison, keys: Mapping[UUID, sealing.Key], by: Actor) -> int:
    """Like `store_records`, for callers that have already compared."""
    stored = comparison.new | comparison.changed
    if not stored:
        return 0
    customers = {record.customer for record in stored.values()}
    wait_for_erasures(customers, comparison.newcomers)
    # First the entry: the database takes nothing without it, and every value is sealed for it.
    entry = appending.append_entry(
        event="vault.stored",
        by=by,
        customer=next(iter(customers)) if len(customers) == 1 else None,
        object_type="vault",
        object="records",
        details={"records": len(stored), "customers": len(customers)},
    )
    write_records(stored, keys, entry)
    return len(stored)


def wait_for_erasures(customers: Collection[UUID], newcomers: Collection[UUID]) -> None:
    """Wait for erasures under way before the entry locks a chain that they still need.

    With one customer that is the customer's own chain, with several the company's.
    """
    if len(customers) == 1:
        appending.lock_people(*customers)
    elif known := [customer for customer in customers if customer not in newcomers]:
        with open_array_cursor() as cursor:
            cursor.execute(WAIT, [encode_uuids(known)])


def write_records(changed: Mapping[UUID, IncomingRecord], keys: Mapping[UUID, sealing.Key], entry: int) -> None:
    """Store some records while the next are sealed: this takes as long as the slower of the two, not both."""
    statements = (build_columns(some, keys, entry) for some in batched(changed.values(), RECORDS_PER_STATEMENT))
    is_large = len(changed) > RECORDS_PER_STATEMENT
    with closing(work_ahead(statements) if is_large else statements) as ready, open_array_cursor() as cursor:
        for columns in ready:
            with PRECEDENCE.wait_for_database():
                cursor.execute(STORE, columns)


def build_columns(records: Sequence[IncomingRecord], keys: Mapping[UUID, sealing.Key], entry: int) -> list[BinaryArray]:
    """Return the columns that STORE takes. A key is opened once, and closed with the last of these records."""
    with PRECEDENCE.go_first():
        customers = dict.fromkeys(record.customer for record in records)
        opened = {customer: sealing.prepare_key(keys[customer]) for customer in customers}
        return [
            encode_uuids(record.id for record in records),
            encode_uuids(record.customer for record in records),
            encode_bigints(record.category for record in records),
            encode_ints(record.position for record in records),
            encode_json(seal_records(records, opened, str(entry))),
            encode_bytes(record.content for record in records),
        ]


class NoSuchRecord(Refusal):
    """Refuse: there is no such record, or several and none was chosen."""

    sentence = _("The vault has no such entry, or several. If there are several, the customer must choose one.")


def has_record(*, record: UUID, customer: UUID, category: int) -> bool:
    """Return True if the record is this customer's and in this category; reads nothing of it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT portal.is_record_of(%s, %s, %s)", [record, customer, category])
        return bool(cursor.fetchone()[0])


def find_only_record(*, customer: UUID, category: int) -> UUID | None:
    """Return the id of the customer's only record of this category; None if there is none, or several."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT portal.only_record(%s, %s)", [customer, category])
        record: UUID | None = cursor.fetchone()[0]
    return record


@transaction.atomic
def correct_value(
    *, customer: UUID, category: int, field: str, value: str, by: Actor, record: UUID | None = None
) -> UUID:
    """Correct one value, reading nothing; return the record's id. `record` is needed if the category has several.

    The fingerprint of the company's list stays: the list counts again only once it changes. One entry, as for every
    write. Raises NoSuchRecord.
    """
    record = record or find_only_record(customer=customer, category=category)
    if record is None:
        raise NoSuchRecord
    with connection.cursor() as cursor:
        details = {"records": 1, "customers": 1}
        entry = appending.append_entry(
            event="vault.stored", by=by, customer=customer, object_type="vault", object="records", details=details
        )
        place = get_sealing_place(customer, category, record)
        text = seal_text(sealing.Sealer(keys.open_customer_key(customer), *place), field, value, str(entry))
        cursor.execute("SELECT portal.correct_value(%s, %s, %s, %s, %s)", [record, customer, category, field, text])
        if cursor.fetchone()[0] is None:
            raise NoSuchRecord
    return record


def seal_text(sealer: sealing.Sealer, field: str, value: str, entry: str) -> str:
    return encode_sealed_text(sealer.seal(value.encode(), field, entry), entry)


def open_text(sealer: sealing.Sealer, field: str, text: str) -> str:
    """Raises CannotOpen, or AttributeError, TypeError or ValueError for what is no sealed text."""
    entry, _, encoded = text.partition(":")
    return sealer.unseal(base64.b64decode(encoded, validate=True), field, entry).decode()


def load_sealed_values(text: str, digest: bytes | None) -> Mapping[str, str]:
    """Return the sealed values in a record's text. Raises CannotOpen unless they are those that were sealed last."""
    if digest is None or hashlib.sha256(text.encode()).digest() != bytes(digest):
        raise sealing.CannotOpen("not what was sealed last")
    sealed: Mapping[str, str] = json.loads(text)
    return sealed


def open_values(key: bytes, customer: UUID, category: int, record: UUID, sealed: Mapping[str, str]) -> dict[str, str]:
    """Open the values of one record that the door has let through. Raises CannotOpen if one was moved or changed."""
    try:
        sealer = sealing.Sealer(key, *get_sealing_place(customer, category, record))
        return {field: open_text(sealer, field, text) for field, text in sealed.items()}
    except (AttributeError, TypeError, ValueError):  # no object of sealed texts
        raise sealing.CannotOpen("not as it was sealed") from None
