"""Hash once more, with the newest index key, what records are found and compared by: no value is needed for it.

Whoever has only the older key can then no longer test guesses against them. What is found by a keyed hash stays
findable meanwhile, since every look-up tries each of an address's hashes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from consents.core import sealing
from consents.core.keys import Keyring
from consents.core.refusals import Refusal
from consents.ledger.rules import Actor
from consents.ledger.selectors.timelines import list_entries
from consents.ledger.services import appending
from consents.notifications.models import Message
from consents.people.keys import unwrap_customer_key
from consents.people.models import CustomerKey
from consents.people.selectors import get_address_place

SETTLED = "index_key.settled"

# An older hash is smaller: it begins with the number of its key. Everyone with one address moves at once.
NEXT_ADDRESSES = """
SELECT id, address_hash FROM people_customer WHERE id > %b::uuid AND address_hash > %b AND address_hash < %b
ORDER BY id LIMIT %b
"""
LOCK_ADDRESSES = """
SELECT c.id, c.address_hash, c.sealed_address, k.kid, k.wrapped
FROM people_customer AS c JOIN people_customerkey AS k ON k.customer_id = c.id
WHERE c.address_hash = ANY (%b::bytea[]) ORDER BY c.id FOR NO KEY UPDATE OF c
"""
MOVE_ADDRESSES = """
UPDATE people_customer AS c SET address_hash = n.hash, sealed_address = n.sealed
FROM unnest(%b::uuid[], %b::bytea[], %b::bytea[]) AS n (id, hash, sealed) WHERE c.id = n.id
"""

# What failed of an address goes with the customers who have it. Rows that somebody works on are left for later: who
# holds one may be waiting for the ledger, where this has just written.
LOCK_FAILURES = """
SELECT address_hash FROM notifications_failingaddress WHERE address_hash = ANY (%b::bytea[])
FOR UPDATE SKIP LOCKED
"""
DROP_FAILURES = """
DELETE FROM notifications_failingaddress AS f USING unnest(%b::bytea[], %b::bytea[]) AS n (older, hash)
WHERE f.address_hash = n.older
  AND EXISTS (SELECT FROM notifications_failingaddress AS o WHERE o.address_hash = n.hash)
"""
MOVE_FAILURES = """
UPDATE notifications_failingaddress AS f SET address_hash = n.hash
FROM unnest(%b::bytea[], %b::bytea[]) AS n (older, hash) WHERE f.address_hash = n.older
"""
NEXT_FAILURES = """
SELECT address_hash FROM notifications_failingaddress WHERE address_hash > %b AND address_hash < %b
ORDER BY address_hash LIMIT %b
"""


@dataclass(frozen=True)
class HashColumn:
    """A column of keyed hashes that nothing else is bound to, and the key of its table."""

    table: str
    key: str
    column: str

    def write(self, statement: str) -> str:
        return statement.format(table=self.table, key=self.key, column=self.column)


CONTENTS = HashColumn("vault_fingerprint", "record", "content")
SENT = HashColumn("notifications_message", "id", "address_hash")
NEXT_HASHES = """
SELECT {key} FROM {table} WHERE {key} > %b::uuid AND {column} > %b AND {column} < %b ORDER BY {key} LIMIT %b
"""
LOCK_HASHES = """
SELECT {key}, {column} FROM {table} WHERE {key} = ANY (%b::uuid[]) AND {column} > %b AND {column} < %b
ORDER BY {key} FOR NO KEY UPDATE SKIP LOCKED
"""
MOVE_HASHES = """
UPDATE {table} AS t SET {column} = n.hash FROM unnest(%b::uuid[], %b::bytea[]) AS n (key, hash) WHERE t.{key} = n.key
"""
COUNT_OLDER = """
SELECT (SELECT count(*) FROM people_customer WHERE address_hash > %(first)b AND address_hash < %(newest)b),
       (SELECT count(*) FROM notifications_failingaddress
        WHERE address_hash > %(first)b AND address_hash < %(newest)b),
       (SELECT count(*) FROM notifications_message WHERE address_hash > %(first)b AND address_hash < %(newest)b),
       (SELECT count(*) FROM vault_fingerprint WHERE content > %(first)b AND content < %(newest)b)
"""
FIRST = b"\x00"


class OlderHashesLeft(Refusal):
    sentence = _("Some keyed hashes are still made with an older index key. Run rotate_keys --index --continue again.")


@dataclass(frozen=True)
class RekeyResult:
    """The result of one batch: values hashed once more, customers whose address did not open, and where it ended."""

    done: int
    damaged: list[UUID]
    last: bytes | None


def count_older_hashes(keyring: Keyring) -> dict[str, int]:
    """Count what is made with an older index key: addresses, failures, sent emails, contents of records."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT_OLDER, {"first": FIRST, "newest": get_newest_start(keyring)})
        return dict(zip(["addresses", "failures", "emails", "records"], cursor.fetchone(), strict=True))


def is_index_key_settled(keyring: Keyring) -> bool:
    """Return True once nothing was left that an older index key had made; always with the first."""
    entries = list_entries(name_index_key(keyring)).filter(event=SETTLED)
    return keyring.index_number == 1 or entries.exists()


def name_index_key(keyring: Keyring) -> str:
    return f"index-{keyring.index_number}"


def get_newest_start(keyring: Keyring) -> bytes:
    """Return what the newest hashes begin with."""
    return bytes([keyring.index_number])


@transaction.atomic
def rekey_addresses(*, keyring: Keyring, after: bytes = FIRST, limit: int = 1000, by: Actor) -> RekeyResult:
    """Move the next addresses on file, with what has failed of them, and seal each for its new hash.

    Call again with `last` until it is None. An address that does not open is left as it is, and its customer named.
    One entry per batch.
    """
    with connection.cursor() as cursor:
        cursor.execute(NEXT_ADDRESSES, [encode_key(after), FIRST, get_newest_start(keyring), limit])
        found = {id: bytes(hashed) for id, hashed in cursor.fetchall()}
        hashes = list(dict.fromkeys(found.values()))
        cursor.execute(LOCK_ADDRESSES, [hashes])
        moved, damaged = [], []
        for id, hashed, sealed, kid, wrapped in cursor.fetchall():
            try:
                moved.append((id, *move_address(keyring, id, bytes(hashed), bytes(sealed), kid, wrapped)))
            except (sealing.CannotOpen, ValueError):
                damaged.append(id)
        if moved:
            append_rekeyed("addresses", len(moved), keyring, by)
            cursor.execute(MOVE_ADDRESSES, [list(column) for column in zip(*moved, strict=True)])
            move_failures(keyring, hashes)
    return RekeyResult(len(moved), damaged, max(found).bytes if found else None)


def encode_key(after: bytes) -> str:
    """Return the id that a batch begins behind."""
    return after.rjust(16, b"\x00").hex()


def move_address(
    keyring: Keyring, customer: UUID, hashed: bytes, sealed: bytes, kid: str, wrapped: bytes
) -> tuple[bytes, bytes]:
    """Return the newest hash of an address, and the address sealed for it. Raises CannotOpen, ValueError."""
    key, newest = unwrap_customer_key(customer, kid, wrapped), sealing.extend_keyed_hash(keyring, hashed)
    address = sealing.open_value(key, sealed, *get_address_place(customer, hashed))
    return newest, sealing.seal_value(key, address, *get_address_place(customer, newest))


@transaction.atomic
def rekey_failures(*, keyring: Keyring, after: bytes = FIRST, limit: int = 1000, by: Actor) -> RekeyResult:
    """Move the next failures of addresses that no customer has on file. Call again with `last` until it is None."""
    with connection.cursor() as cursor:
        cursor.execute(NEXT_FAILURES, [after, get_newest_start(keyring), limit])
        hashes = [bytes(hashed) for (hashed,) in cursor.fetchall()]
    if hashes:
        append_rekeyed("failures", len(hashes), keyring, by)
    return RekeyResult(move_failures(keyring, hashes), [], hashes[-1] if hashes else None)


def move_failures(keyring: Keyring, hashes: list[bytes]) -> int:
    """Move what failed of these addresses; of two rows about one address the newer stays. Returns how many it took."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK_FAILURES, [hashes])
        older = [bytes(hashed) for (hashed,) in cursor.fetchall()]
        both = [older, [sealing.extend_keyed_hash(keyring, hashed) for hashed in older]]
        cursor.execute(DROP_FAILURES, both)
        cursor.execute(MOVE_FAILURES, both)
    return len(older)


@transaction.atomic
def rekey_column(
    *, column: HashColumn, keyring: Keyring, after: bytes = FIRST, limit: int = 1000, by: Actor
) -> RekeyResult:
    """Move the next hashes of a column that nothing else is bound to. Call again with `last` until it is None.

    First the entry, then the rows that nobody works on: the others are met the next time.
    """
    bounds = [FIRST, get_newest_start(keyring)]
    with connection.cursor() as cursor:
        cursor.execute(column.write(NEXT_HASHES), [encode_key(after), *bounds, limit])
        keys = [key for (key,) in cursor.fetchall()]
        if not keys:
            return RekeyResult(0, [], None)
        append_rekeyed(column.table, len(keys), keyring, by)
        cursor.execute(column.write(LOCK_HASHES), [keys, *bounds])
        moved = {key: sealing.extend_keyed_hash(keyring, bytes(hashed)) for key, hashed in cursor.fetchall()}
        cursor.execute(column.write(MOVE_HASHES), [list(moved), list(moved.values())])
    return RekeyResult(len(moved), [], keys[-1].bytes)


def append_rekeyed(object: str, values: int, keyring: Keyring, by: Actor) -> None:
    details = {"key": keyring.index_number, "values": values}
    appending.append_entry(
        event="keyed_hashes.rekeyed", by=by, object_type="keyed_hashes", object=object, details=details
    )


@transaction.atomic
def settle_index_key(*, keyring: Keyring, by: Actor) -> None:
    """Record that nothing is left that an older index key has made. Repeating it changes nothing.

    Raises OlderHashesLeft.
    """
    if is_index_key_settled(keyring):
        return
    if any(count_older_hashes(keyring).values()):
        raise OlderHashesLeft
    appending.append_entry(event="index_key.settled", by=by, object_type="index_key", object=name_index_key(keyring))


# Wrap customers' keys with a newer key, and retire keys that no longer wrap any.

REWRAP = """
UPDATE people_customerkey AS k SET kid = %b::text, wrapped = n.wrapped
FROM unnest(%b::uuid[], %b::bytea[]) AS n (customer_id, wrapped) WHERE k.customer_id = n.customer_id
"""


class KeyInUse(Refusal):
    sentence = (
        "This key is still needed for customers’ keys, second factors, or emails and webhooks that wait. Run "
        "rotate_keys again, then retire it."
    )


@dataclass(frozen=True)
class RewrapResult:
    """The result of one batch: keys rewrapped, customers whose key did not open, and the last customer looked at."""

    done: int
    damaged: list[UUID]
    last: UUID | None


def count_keys_to_rewrap(keyring: Keyring) -> int:
    """Count the customers' keys that an older key wraps."""
    return CustomerKey.objects.exclude(kid=keyring.current).count()


@transaction.atomic
def rewrap_keys(*, keyring: Keyring, after: UUID | None = None, limit: int = 1000, by: Actor) -> RewrapResult:
    """Wrap the next customers' keys with the newest key; nothing that is sealed under them changes.

    Call again with `last` until it is None. A key that does not open is left as it is and named. One entry per batch.
    """
    keys_to_wrap = CustomerKey.objects.exclude(kid=keyring.current).order_by("customer_id")
    if after:
        keys_to_wrap = keys_to_wrap.filter(customer_id__gt=after)
    batch = list(keys_to_wrap.select_for_update(of=["self"])[:limit])
    wrapped, damaged = {}, []
    for customer_key in batch:
        try:
            key = sealing.unwrap_key(
                keyring, customer_key.kid, bytes(customer_key.wrapped), str(customer_key.customer_id)
            )
        except sealing.CannotOpen:
            damaged.append(customer_key.customer_id)
        else:
            wrapped[customer_key.customer_id] = sealing.wrap_key(
                keyring, keyring.current, key, str(customer_key.customer_id)
            )
    if wrapped:
        save_rewrapped_keys(keyring.current, wrapped, by)
    return RewrapResult(len(wrapped), damaged, batch[-1].customer_id if batch else None)


def save_rewrapped_keys(kid: str, wrapped: Mapping[UUID, bytes], by: Actor) -> None:
    """Append the entry first: the database requires it when the keys are written."""
    appending.append_entry(
        event="customer_keys.rewrapped", by=by, object_type="wrapping_key", object=kid, details={"keys": len(wrapped)}
    )
    with connection.cursor() as cursor:
        cursor.execute(REWRAP, [kid, list(wrapped), list(wrapped.values())])


@transaction.atomic
def retire_key(*, keyring: Keyring, kid: str, by: Actor) -> None:
    """Record that a key no longer wraps anything; the caller then removes it.

    Raises Refusal (the newest, or unknown) and KeyInUse.
    """
    if kid == keyring.current or kid not in keyring.wrapping:
        raise Refusal("Only an older key that exists can be retired.")
    if CustomerKey.objects.filter(kid=kid).exists() or Message.objects.filter(sealed__isnull=False, context__kid=kid):
        raise KeyInUse
    appending.append_entry(event="wrapping_key.retired", by=by, object_type="wrapping_key", object=kid)
