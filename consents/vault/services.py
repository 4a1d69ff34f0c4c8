"""Writing into the vault. Reading is `disclosures.services.disclose`."""

import base64
import json
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from consents.core import sealing
from consents.ledger import services as ledger
from consents.ledger.rules import Actor
from consents.vault.models import Fingerprint

STORE = "SELECT vault_store(%s::uuid[], %s::uuid[], %s::bigint[], %s::int[], %s::jsonb[])"
KEEP_FINGERPRINTS = """
INSERT INTO vault_fingerprint (record, customer_id, content)
SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::bytea[])
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

    @property
    def id(self) -> UUID:
        """The same record always gets the same id, and the id tells nobody which record it is."""
        text = f"{self.customer}\0{self.category}\0{self.name}"
        return uuid.UUID(bytes=sealing.keyed_hash(settings.KEYRING, "record", text)[:16])

    @property
    def content(self) -> bytes:
        text = json.dumps([self.position, sorted(self.values.items())])
        return sealing.keyed_hash(settings.KEYRING, "content", text)


@transaction.atomic
def store(*, records: Iterable[Incoming], keys: Mapping[UUID, bytes], by: Actor) -> int:
    """Seal and store new and changed records; returns how many there were.

    `keys` maps customer to opened key. Unchanged records cost one look at their fingerprint and are left alone.
    One ledger entry per call: hand in batches.
    """
    batch = {record.id: record for record in records}
    known = dict(Fingerprint.objects.filter(record__in=batch).values_list("record", "content"))
    changed = {id: record for id, record in batch.items() if bytes(known.get(id, b"")) != record.content}
    if not changed:
        return 0
    put(changed, keys)
    customers = {record.customer for record in changed.values()}
    ledger.append(
        event="vault.stored",
        by=by,
        customer=customers.pop() if len(customers) == 1 else None,
        object_type="vault",
        object="records",
        details={"records": len(changed), "customers": len({record.customer for record in changed.values()})},
    )
    return len(changed)


def put(changed: Mapping[UUID, Incoming], keys: Mapping[UUID, bytes]) -> None:
    rows = [(id, record, sealed_values(record, keys[record.customer])) for id, record in changed.items()]
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


def sealed_values(record: Incoming, key: bytes) -> dict[str, str]:
    return {
        field: base64.b64encode(
            sealing.seal(key, value.encode(), *place(record.customer, record.category, record.id, field))
        ).decode()
        for field, value in record.values.items()
    }


def place(customer: UUID, category: int, record: UUID, field: str) -> tuple[str, ...]:
    """What a sealed value is bound to."""
    return ("vault", str(customer), str(category), str(record), field)


def opened_values(key: bytes, customer: UUID, category: int, record: UUID, sealed: Mapping[str, str]) -> dict[str, str]:
    """The values of one record that the door has let through. Raises CannotOpen when one was moved or changed."""
    return {
        field: sealing.unseal(key, base64.b64decode(value), *place(customer, category, record, field)).decode()
        for field, value in sealed.items()
    }
