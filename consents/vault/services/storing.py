"""Writing into the vault: records whole, and one value put right. Reading is `disclosures.services.disclose`."""

import base64
import json
import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from consents.core import sealing
from consents.core.refusals import Refusal
from consents.ledger import services as ledger
from consents.ledger.rules import Actor
from consents.people import keys

# Of the customer's own key, which is made once. Wrapping it anew (`rewrap`) does not change it: nothing is resealed.
KEY_VERSION = "1"
KNOWN = "SELECT record, content FROM vault_fingerprint WHERE record = ANY(%b)"
# %b sends arrays in binary: half the work of spelling them as text.
WAIT = "SELECT FROM people_customer WHERE id = ANY (%s) ORDER BY id FOR SHARE"
STORE = "SELECT vault_store(%b::uuid[], %b::uuid[], %b::bigint[], %b::int[], %b::text[]::jsonb[])"
KEEP_FINGERPRINTS = """
INSERT INTO vault_fingerprint (record, customer_id, content)
SELECT * FROM unnest(%b::uuid[], %b::uuid[], %b::bytea[])
ON CONFLICT (record) DO UPDATE SET content = excluded.content
"""


@dataclass(frozen=True)
class Incoming:
    """One record to store. `name` is the company's key of the record, unique within customer and category."""

    customer: UUID
    category: int
    name: str
    values: Mapping[str, str]
    position: int = 0

    @cached_property
    def id(self) -> UUID:
        """The same record always gets the same id, and the id tells nobody which record it is."""
        text = f"{self.customer}\0{self.category}\0{self.name}"
        return uuid.UUID(bytes=sealing.keyed_hash(settings.KEYRING, "record", text)[:16])

    @cached_property
    def content(self) -> bytes:
        text = json.dumps([self.position, sorted(self.values.items())])
        return sealing.keyed_hash(settings.KEYRING, "content", text)


@dataclass(frozen=True)
class Comparison:
    """Records beside what the vault holds, told by fingerprint alone. A new record without any value is none."""

    new: dict[UUID, Incoming]
    changed: dict[UUID, Incoming]
    unchanged: int


def compare(*, records: Iterable[Incoming]) -> Comparison:
    """Which of these records are new or changed. Opens nothing."""
    batch = {record.id: record for record in records}
    with connection.cursor() as cursor:
        cursor.execute(KNOWN, [list(batch)])
        known = {id: bytes(content) for id, content in cursor.fetchall()}
    changed = {id: batch[id] for id, content in known.items() if batch[id].content != content}
    new = {id: record for id, record in batch.items() if id not in known and record.values}
    return Comparison(new, changed, len(known) - len(changed))


def store(*, records: Iterable[Incoming], keys: Mapping[UUID, bytes], by: Actor) -> int:
    """Seal and store new and changed records; returns how many there were.

    `keys` maps customer to opened key. Unchanged records cost one look at their fingerprint and are left alone.
    One ledger entry per call: hand in batches.
    """
    return store_compared(comparison=compare(records=records), keys=keys, by=by)


@transaction.atomic
def store_compared(*, comparison: Comparison, keys: Mapping[UUID, bytes], by: Actor) -> int:
    """The same, for who wants to know first what is new and what changed."""
    stored = comparison.new | comparison.changed
    if not stored:
        return 0
    customers = {record.customer for record in stored.values()}
    wait_for_erasures(customers)
    # First the entry: the database takes nothing without it.
    ledger.append(
        event="vault.stored",
        by=by,
        customer=next(iter(customers)) if len(customers) == 1 else None,
        object_type="vault",
        object="records",
        details={"records": len(stored), "customers": len(customers)},
    )
    put(stored, keys)
    return len(stored)


def wait_for_erasures(customers: Collection[UUID]) -> None:
    """Before the entry takes a chain that an erasure under way still needs: of one customer it is the customer's own,
    of several the company's."""
    if len(customers) == 1:
        ledger.hold(*customers)
    else:
        with connection.cursor() as cursor:
            cursor.execute(WAIT, [sorted(customers)])


def put(changed: Mapping[UUID, Incoming], keys: Mapping[UUID, bytes]) -> None:
    opened = {customer: keys[customer] for customer in {record.customer for record in changed.values()}}
    rows = [(id, record, sealed_values(record, opened[record.customer])) for id, record in changed.items()]
    customers = [record.customer for _, record, _ in rows]
    with connection.cursor() as cursor:
        cursor.execute(
            STORE,
            [
                [id for id, _, _ in rows],
                customers,
                [record.category for _, record, _ in rows],
                [record.position for _, record, _ in rows],
                [json.dumps(sealed) for _, _, sealed in rows],
            ],
        )
        cursor.execute(KEEP_FINGERPRINTS, [[id for id, _, _ in rows], customers, [r.content for _, r, _ in rows]])


class NoSuchEntry(Refusal):
    """There is none, or nobody has said which of several."""

    sentence = _("The vault holds no such entry, or several. Where there are several, the customer chooses which.")


def holds(*, record: UUID, customer: UUID, category: int) -> bool:
    """Whether it is theirs and of this kind; nothing of it is read."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT vault_holds(%s, %s, %s)", [record, customer, category])
        return bool(cursor.fetchone()[0])


@transaction.atomic
def correct(*, customer: UUID, category: int, field: str, value: str, by: Actor, record: UUID | None = None) -> UUID:
    """Put one value right, reading nothing; returns the record's id. `record` where the category has several.

    What the company's list says stays known as it was: only when that changes does it count again. One entry, as for
    every writing. Raises NoSuchEntry.
    """
    with connection.cursor() as cursor:
        if record is None:
            cursor.execute("SELECT vault_only_record(%s, %s)", [customer, category])
            record = cursor.fetchone()[0]
        if record is None:
            raise NoSuchEntry
        details = {"records": 1, "customers": 1}
        ledger.append(
            event="vault.stored", by=by, customer=customer, object_type="vault", object="records", details=details
        )
        sealed = sealing.seal(keys.of(customer), value.encode(), *place(customer, category, record), field)
        text = base64.b64encode(sealed).decode()
        cursor.execute("SELECT vault_correct(%s, %s, %s, %s, %s)", [record, customer, category, field, text])
        if cursor.fetchone()[0] is None:
            raise NoSuchEntry
    return record


def sealed_values(record: Incoming, key: bytes) -> dict[str, str]:
    sealer = sealing.Sealer(key, *place(record.customer, record.category, record.id))
    return {
        field: base64.b64encode(sealer.seal(value.encode(), field)).decode() for field, value in record.values.items()
    }


def place(customer: UUID, category: int, record: UUID) -> tuple[str, ...]:
    """What a sealed value is bound to, besides its field."""
    return ("vault", KEY_VERSION, str(customer), str(category), str(record))


def opened_values(key: bytes, customer: UUID, category: int, record: UUID, sealed: Mapping[str, str]) -> dict[str, str]:
    """The values of one record that the door has let through. Raises CannotOpen when one was moved or changed."""
    try:
        sealer = sealing.Sealer(key, *place(customer, category, record))
        return {field: sealer.unseal(base64.b64decode(value), field).decode() for field, value in sealed.items()}
    except (AttributeError, TypeError, ValueError):  # no object of base64 texts
        raise sealing.CannotOpen("not as it was sealed") from None
