"""The sealing job: gives new entries their place in the log and signs what the log has become.

Waits for no writer and makes none wait: it reads what is committed, writes tables of its own, and steps aside for
another run. The place in the log is given here, so an entry that commits late simply comes later.
"""

from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.files.storage import Storage
from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from consents.core.refusals import Refusal
from consents.core.signing import NotVerified, public_keys, signer
from consents.ledger import checkpoints
from consents.ledger.checkpoints import Sealed
from consents.ledger.merkle import Tree
from consents.ledger.models import Checkpoint, Restoration
from consents.ledger.services.names import origin

BATCH = 20_000
LOCK = 0x6C65646765727365  # "ledgerse" in ASCII; any number that nobody else takes

# Read before the entries: what was in sight when all of today's running transactions were yet to come is decided.
DECIDED = """
SELECT seen FROM ledger_checkpoint WHERE horizon <= pg_snapshot_xmin(pg_current_snapshot())::text::bigint
ORDER BY size DESC LIMIT 1
"""
PLACE = """
WITH fresh AS (
    SELECT id, occurred_at, canonical FROM ledger_entry AS e
    WHERE id > %s AND NOT EXISTS (SELECT FROM ledger_leaf AS l WHERE l.entry = e.id) ORDER BY id LIMIT %s
)
INSERT INTO ledger_leaf (leaf_index, entry, hash)
SELECT %s + row_number() OVER (ORDER BY occurred_at, id) - 1, id,
    sha256('\\x00'::bytea || convert_to(canonical, 'UTF8'))
FROM fresh RETURNING leaf_index, entry, hash
"""
# After the entries: an id in sight was handed out to a transaction that had its number by then.
HORIZON = """
SELECT coalesce((SELECT max(id) FROM ledger_entry), 0), pg_snapshot_xmax(pg_current_snapshot())::text::bigint
"""


class DoesNotFollow(Refusal):
    """Sealing on would sign a second history."""

    sentence = _(
        "The newest checkpoint outside the database is not of this ledger: it was cut, rolled back or replaced. "
        "Nothing was sealed; run verify_ledger --against it."
    )


@dataclass(frozen=True)
class Run:
    """What a run of sealing came to: entries it sealed, and the size of the log after it."""

    sealed: int
    size: int


def seal(*, keys: Path, storage: Storage) -> Run:
    """Seal what is committed, batch by batch, and keep the newest checkpoint outside. Never inside a transaction.

    Raises DoesNotFollow, and ImproperlyConfigured when there is no signing key.
    """
    key = signer(keys)
    check_follows(keys, storage)
    sealed = 0
    while (placed := seal_batch(key)) and placed == BATCH:
        sealed += placed
    newest = Checkpoint.objects.order_by("-size").first()
    if newest:
        name = checkpoints.name_of(checkpoints.parsed(newest.note), newest.made_at)
        checkpoints.publish(storage, name, newest.note)
    return Run(sealed + placed, newest.size if newest else 0)


def check_follows(keys: Path, storage: Storage) -> None:
    """The newest checkpoint outside must be one this database made, or one that it states to have lost."""
    name = checkpoints.newest(storage)
    if name is None:
        return
    try:
        outside = checkpoints.verified(checkpoints.read(storage, name), public_keys(keys))
    except NotVerified:
        raise DoesNotFollow from None
    is_own = Checkpoint.objects.filter(size=outside.size, root=outside.root).exists()
    if not is_own and not Restoration.objects.filter(lost_size=outside.size, lost_root=outside.root).exists():
        raise DoesNotFollow


def seal_batch(key: Ed25519PrivateKey) -> int:
    """One transaction: places for at most BATCH entries, and the checkpoint after them. Returns how many."""
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return 0
        last = Checkpoint.objects.order_by("-size").first()
        tree = Tree.restored(last.size, bytes(last.frontier)) if last else Tree()
        settled = last.settled if last else 0
        cursor.execute(DECIDED)
        decided = (cursor.fetchone() or (0,))[0]
        cursor.execute(PLACE, [settled, BATCH, tree.size])
        placed = sorted(cursor.fetchall())
        if placed:
            for _index, _entry, leaf in placed:
                tree.append(bytes(leaf))
            # A full batch may have left entries behind it.
            reach = max(entry for _index, entry, _leaf in placed) if len(placed) == BATCH else decided
            keep(tree, key, max(settled, min(decided, reach)))
        return len(placed)


def keep(tree: Tree, key: Ed25519PrivateKey, settled: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(HORIZON)
        seen, horizon = cursor.fetchone()
    Checkpoint.record(
        size=tree.size,
        root=tree.root(),
        frontier=tree.frontier,
        note=checkpoints.signed(Sealed(origin(), tree.size, tree.root()), key),
        settled=settled,
        seen=seen,
        horizon=horizon,
    )
