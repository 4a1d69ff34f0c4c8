"""Seal new entries: give each its place in the log, and sign what the log has become.

The job waits for no writer and makes none wait: it reads what is committed, writes tables of its own, and runs after
another run. An entry that commits late simply gets a later place.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.files.storage import Storage
from django.db import OperationalError, connection, transaction
from psycopg.errors import LockNotAvailable

from consents.core import keys, signing
from consents.core.refusals import Refusal
from consents.core.signing import NotVerified, load_newest_key, load_public_keys
from consents.ledger import checkpoints, sealers
from consents.ledger.checkpoints import TreeHead
from consents.ledger.merkle import Tree
from consents.ledger.models import Checkpoint
from consents.ledger.rules import Actor
from consents.ledger.sealers import Sealer
from consents.ledger.selectors.chains import is_own_or_stated_lost
from consents.ledger.services import appending
from consents.ledger.services.appending import get_log_name, get_portal_name

BATCH = 20_000
LOCK = 0x6C65646765727365  # "ledgerse" in ASCII; any number that nobody else takes

# Right leaves that no checkpoint covers are not ours, but they stand in the log.
UNCOVERED = "SELECT hash FROM ledger_leaf WHERE leaf_index >= %s ORDER BY leaf_index"
PLACE = """
WITH fresh AS (
    SELECT id, occurred_at, canonical FROM ledger_entry AS e
    WHERE id > %s AND NOT EXISTS (SELECT FROM ledger_leaf AS l WHERE l.entry = e.id) ORDER BY id LIMIT %s
)
INSERT INTO ledger_leaf (leaf_index, entry, hash)
SELECT %s + row_number() OVER (ORDER BY occurred_at, id) - 1, id,
    sha256('\\x00'::bytea || convert_to(canonical, 'UTF8'))
FROM fresh RETURNING leaf_index, hash
"""
SAVE = "INSERT INTO ledger_checkpoint (size, root, frontier, note) VALUES (%s, %s, %s, %s)"
PATIENCE = "10s"


class LedgerMismatch(Refusal):
    """Refuse to seal: it would sign a second history."""

    sentence = (
        "The newest checkpoint outside the database is not from this ledger, which was truncated, rolled back or "
        "replaced. Nothing was sealed; run verify_ledger --against that checkpoint."
    )


class SealingBlocked(Refusal):
    """Refuse to wait longer: a run holds the lock for a second or two, so something else is wrong."""

    sentence = (
        "Another connection to the database holds the lock of sealing and does not let go of it. Nothing was sealed; "
        "if no other sealing runs, end that connection and ask what it was."
    )


@dataclass(frozen=True)
class SealingResult:
    """The result of a run: the number of entries it sealed, and the size of the log after it."""

    sealed: int
    size: int


def seal_entries(*, keys: Path, storage: Storage) -> SealingResult:
    """Seal what is committed, batch by batch, and keep the newest checkpoint outside. Never inside a transaction.

    Raises SealedElsewhere, LedgerMismatch, SealingBlocked, and ImproperlyConfigured when there is no signing key.
    """
    key = load_newest_key(keys)
    claim_sealing(keys=keys, storage=storage)
    check_newest_checkpoint(keys, storage)
    sealed = 0
    while (placed := seal_batch(key)) and placed == BATCH:
        sealed += placed
    newest = Checkpoint.objects.order_by("-size").first()
    if newest:
        note = verify_or_sign(newest, keys, key)
        checkpoints.create_note(
            storage, checkpoints.name_checkpoint(checkpoints.parse_checkpoint(note), newest.made_at), note
        )
    return SealingResult(sealed + placed, newest.size if newest else 0)


def check_newest_checkpoint(keys: Path, storage: Storage) -> None:
    """Check that the newest checkpoint outside is one this database made, or states to have lost."""
    try:
        outside = checkpoints.read_newest_checkpoint(storage, load_public_keys(keys))
    except NotVerified:
        raise LedgerMismatch from None
    if outside and not is_own_or_stated_lost(outside):
        raise LedgerMismatch


def verify_or_sign(newest: Checkpoint, keys: Path, key: Ed25519PrivateKey) -> str:
    """Return the checkpoint's note. The database holds size and root to the log but cannot judge a signature: where it
    is not ours, sign what the log is.
    """
    try:
        checkpoints.verify_checkpoint(newest.note, load_public_keys(keys))
        return newest.note
    except NotVerified:
        return checkpoints.sign_checkpoint(TreeHead(get_log_name(), newest.size, bytes(newest.root)), key)


def seal_batch(key: Ed25519PrivateKey) -> int:
    """Give places to at most BATCH entries and save the checkpoint after them, in one transaction; return how many."""
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        lock_sealing(cursor)
        last = Checkpoint.objects.order_by("-size").first()
        tree = Tree.restored(last.size, bytes(last.frontier)) if last else Tree()
        covered = tree.size
        cursor.execute(UNCOVERED, [covered])
        for (leaf,) in cursor.fetchall():
            tree.append(bytes(leaf))
        cursor.execute(PLACE, [last.settled if last else 0, BATCH, tree.size])
        placed = sorted(cursor.fetchall())
        for _index, leaf in placed:
            tree.append(bytes(leaf))
        if tree.size > covered:
            note = checkpoints.sign_checkpoint(TreeHead(get_log_name(), tree.size, tree.root()), key)
            cursor.execute(SAVE, [tree.size, tree.root(), tree.frontier, note])
        return len(placed)


def lock_sealing(cursor: Any) -> None:
    """Let one run after the other seal. Raises SealingBlocked."""
    try:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [PATIENCE])
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    except OperationalError as reason:
        if isinstance(reason.__cause__, LockNotAvailable):
            raise SealingBlocked from None
        raise


# The cluster, which a copy by dump and restore changes and a replica keeps; and the database in it.
IDENTITY = """
SELECT (SELECT system_identifier FROM pg_control_system()), oid FROM pg_database WHERE datname = current_database()
"""


class SealedElsewhere(Refusal):
    """Refuse to seal where another database seals."""

    sentence = (
        "Another database seals into the place of these checkpoints. Nothing was sealed. If this one is a copy, give "
        "it a place of its own (PORTAL_CHECKPOINTS_BACKEND and _OPTIONS, PORTAL_JOURNAL). If it stands in for the "
        "other for good, which must never come back, run `manage.py seal_ledger --take-over`."
    )


def identify_database() -> str:
    """Return what PostgreSQL calls this database: the same on a replica, another after a restoration."""
    with connection.cursor() as cursor:
        cursor.execute(IDENTITY)
        cluster, database = cursor.fetchone()
        return f"{cluster}/{database}"


def find_other_sealer(keys: Path, storage: Storage) -> Sealer | None:
    """Return the statement by which another database seals here. Raises NotVerified, OSError."""
    newest = sealers.read_sealer(storage, load_public_keys(keys))
    return newest if newest and newest.database != identify_database() else None


def claim_sealing(*, keys: Path, storage: Storage) -> None:
    """Make sure that this database seals here; the first one that asks does. Raises SealedElsewhere."""
    try:
        newest = sealers.read_sealer(storage, load_public_keys(keys))
        if newest is None:
            publish_next_sealer(None, keys, storage)
        if find_other_sealer(keys, storage):
            raise SealedElsewhere
    except NotVerified:
        raise SealedElsewhere from None


def take_sealing_over(*, keys: Path, storage: Storage) -> None:
    """Let this database seal here from now on, and no other. Raises SealedElsewhere if one took over just now."""
    try:
        newest = sealers.read_sealer(storage, load_public_keys(keys))
        is_other = newest is None or newest.database != identify_database()
        if is_other and not publish_next_sealer(newest, keys, storage):
            raise SealedElsewhere
    except NotVerified:
        raise SealedElsewhere from None


def publish_next_sealer(newest: Sealer | None, keys: Path, storage: Storage) -> bool:
    number = newest.number + 1 if newest else 1
    return sealers.publish_sealer(
        storage, Sealer(f"{get_portal_name()}/sealers", number, identify_database()), load_newest_key(keys)
    )


class NoSuchKey(Refusal):
    sentence = "There is no such key. `manage.py signing_keys` lists them."


class WithdrawalInFuture(Refusal):
    sentence = "A key can only be withdrawn from today or an earlier day."


@transaction.atomic
def rotate_signing_key(*, kind: str, folder: Path, by: Actor) -> str:
    """Make a new key of a kind (`receipt`, `export`, `sign`) and return its id.

    It signs from now on, in another process from its next start on; what older keys signed stays genuine.
    """
    kid, value = keys.draw_key(folder, kind)
    append_new_key_entry(kind, value, by)
    keys.save_key(folder, kind, kid, value)
    return kid


def append_new_key_entry(kind: str, value: str, by: Actor) -> None:
    thumbprint = signing.compute_thumbprint(signing.parse_private_key(value).public_key())
    appending.append_entry(
        event="signing_key.made", by=by, object_type="signing_key", object=thumbprint, details={"signs": kind}
    )


@transaction.atomic
def withdraw_signing_key(*, kind: str, folder: Path, kid: str, since: date, today: date, by: Actor) -> None:
    """Withdraw a key that others may have had since that day. What it signed is no longer genuine, whatever its
    date, since a thief can write any date. The acts stay on record, and can be signed anew.

    `kind`: one of `keys.PUBLISHED`. `kid`: the number in the name of its file, or its thumbprint. Where it was the one
    that signs, a new one is made. Raises NoSuchKey, WithdrawalInFuture.
    """
    if since > today:
        raise WithdrawalInFuture
    signing_keys = signing.load_signing_keys(folder, kind)
    id = next(
        (id for id, key in signing_keys.items() if kid in (id, signing.compute_thumbprint(key.public_key()))), None
    )
    if id is None:
        raise NoSuchKey
    successor = keys.draw_key(folder, kind) if id == keys.pick_newest(signing_keys) else None
    if successor:
        append_new_key_entry(kind, successor[1], by)
    public = signing_keys[id].public_key()
    appending.append_entry(
        event="signing_key.withdrawn",
        by=by,
        object_type="signing_key",
        object=signing.compute_thumbprint(public),
        details={"signs": kind, "since": since.isoformat()},
    )
    if successor:
        keys.save_key(folder, kind, *successor)
    keys.withdraw_key(folder, kind, id, signing.build_withdrawal_note(public, since))
