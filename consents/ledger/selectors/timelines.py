"""Verify the sealed log: it is whole, and agrees with the checkpoints that were kept elsewhere."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from heapq import merge
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.core.files.storage import Storage
from django.db import connection, transaction
from django.db.models import QuerySet

from consents.core.signing import NotVerified
from consents.ledger import checkpoints
from consents.ledger.merkle import Tree
from consents.ledger.models import Entry, Restoration
from consents.ledger.rules import Actor, LogFaultKind, LossStatement, is_stated_lost


def count_entries(actor: Actor, event: str, since: datetime) -> int:
    """Count how often this actor did this since then."""
    return Entry.objects.filter(actor=actor.id, event=event, occurred_at__gt=since).count()


def list_newest_entries(object: UUID | str | int, most: int = 200) -> list[Entry]:
    """Return the newest entries about one object, oldest first."""
    return list(Entry.objects.filter(object=str(object)).order_by("-id")[:most])[::-1]


def list_entries(object: UUID | str | int) -> QuerySet[Entry]:
    """Return the entries about one object, oldest first."""
    return Entry.objects.filter(object=str(object)).order_by("id")


def select_evidence_ids(customer: UUID) -> QuerySet[Entry, UUID | None]:
    """Select the ids of evidence left by the customer, signed in or not, and by those who act for them."""
    own = Entry.objects.filter(customer=customer, actor_kind__in=["customer", "representative", "visitor"])
    return own.filter(evidence__isnull=False).values_list("evidence", flat=True)


def is_being_restored() -> bool:
    """Return True from the moment a backup was loaded until the restoration is opened."""
    return Restoration.objects.filter(opened_at=None).exists()


OWN = "SELECT size, root, note FROM ledger_checkpoint ORDER BY size"
LEAVES = """
SELECT l.leaf_index, l.hash, l.entry, e.id IS NOT NULL FROM ledger_leaf AS l
    LEFT JOIN ledger_entry AS e ON e.id = l.entry ORDER BY l.leaf_index
"""
UNSEALED = """
SELECT count(*), min(occurred_at) FROM ledger_entry AS e
WHERE NOT EXISTS (SELECT FROM ledger_leaf AS l WHERE l.entry = e.id)
"""
# It only grows: the newest checkpoint has the highest.
SETTLED = "SELECT coalesce((SELECT settled FROM ledger_checkpoint ORDER BY size DESC LIMIT 1), 0)"
# With the number itself, not the question for it, the database knows that few entries follow.
WAITED = """
SELECT coalesce(extract(epoch FROM portal.now() - min(e.occurred_at)), 0)::float FROM ledger_entry AS e
WHERE e.id > %s AND NOT EXISTS (SELECT FROM ledger_leaf AS l WHERE l.entry = e.id)
"""
LATE_AFTER = 300  # seconds
# Sealing promises that nothing up to `settled` is still to come.
PASSED_OVER = """
SELECT e.chain, e.sequence FROM ledger_entry AS e
WHERE e.id <= (SELECT max(settled) FROM ledger_checkpoint)
    AND NOT EXISTS (SELECT FROM ledger_leaf AS l WHERE l.entry = e.id)
ORDER BY e.id LIMIT 1
"""
# It was sealed, or should have been by now: the worker seals every minute.
MUST_HAVE_CHECKPOINT = """
SELECT EXISTS (SELECT FROM ledger_leaf) OR EXISTS (SELECT FROM ledger_checkpoint)
    OR (SELECT min(occurred_at) FROM ledger_entry) < portal.now() - interval '1 hour'
    OR NOT EXISTS (SELECT FROM ledger_entry) AND EXISTS (SELECT FROM ledger_chainhead)
"""
AT = """
SELECT e.chain, e.sequence FROM ledger_leaf AS l JOIN ledger_entry AS e ON e.id = l.entry WHERE l.leaf_index = %s
"""


@dataclass(frozen=True, order=True)
class Claim:
    """A checkpoint whose signature holds: the log had this size and root. `name` is its file; empty if kept inside."""

    size: int
    name: str
    root: bytes


@dataclass(frozen=True)
class LogFault:
    """A fault of the log: from which place on (from 0), at which entry, and by which checkpoint."""

    what: LogFaultKind
    leaf: int | None = None
    entry: str = ""
    checkpoint: str = ""


@dataclass(frozen=True)
class UnsealedEntries:
    """The number of entries that wait to be sealed, since when; and the number that are sealed."""

    entries: int
    since: datetime | None
    sealed: int


@dataclass(frozen=True)
class LostCheckpoint:
    """A checkpoint of entries that a restoration lost, and states to have lost."""

    checkpoint: str


def is_sealing_late() -> bool:
    """Return True if an entry has waited to be sealed for over five minutes; the job seals every minute."""
    return measure_wait_for_sealing() > LATE_AFTER


def measure_wait_for_sealing() -> float:
    """Return for how many seconds the oldest entry has waited to be sealed; 0 if none waits."""
    with connection.cursor() as cursor:
        cursor.execute(SETTLED)
        cursor.execute(WAITED, cursor.fetchone())
        return float(cursor.fetchone()[0])


def read_claims(
    storage: Storage,
    names: Iterable[str],
    keys: list[Ed25519PublicKey],
    stated: Iterable[LossStatement] = (),
) -> Iterator[Claim | LogFault | LostCheckpoint]:
    """Yield the claims of the checkpoints kept outside; a fault for each unreadable or foreign one."""
    stated = list(stated)
    for name in names:
        try:
            sealed = checkpoints.verify_checkpoint(checkpoints.read_note(storage, name), keys)
            yield LostCheckpoint(name) if is_stated_lost(sealed, stated) else Claim(sealed.size, name, sealed.root)
        except NotVerified:
            yield LogFault(LogFaultKind.UNREADABLE, checkpoint=name)


def find_log_faults(claims: Iterable[Claim], keys: list[Ed25519PublicKey]) -> Iterator[LogFault | UnsealedEntries]:
    """Grow the tree once, in constant memory, and compare it with every claim on its way.

    Yields the first gap, the first entry that is missing, the first that was inserted after sealing, each of the
    database's own checkpoints that does not hold, and the first claim that the log contradicts; last, what is unsealed.
    The first bad entry of a contradicted claim lies before the claim's size and not before `leaf`, where the claims
    last agreed. That holds for claims of one history; mixed with a forger's, the earliest fork may lie before it.
    """
    with transaction.atomic():
        own = list_own_claims(keys)
        yield from (fault for fault in own if isinstance(fault, LogFault))
        check = LogCheck(merge(sorted(claims), (claim for claim in own if isinstance(claim, Claim))))
        yield from check.grow()
        yield from check.find_longer_claim()
        with connection.cursor() as cursor:
            cursor.execute(PASSED_OVER)
            for chain, sequence in cursor.fetchall():
                yield LogFault(LogFaultKind.PASSED_OVER, entry=f"{chain}/{sequence}")
            cursor.execute(UNSEALED)
            entries, since = cursor.fetchone()
        yield UnsealedEntries(entries, since, check.tree.size)


def must_have_checkpoint() -> bool:
    """Return True if a checkpoint of this ledger must lie outside, so that finding none proves nothing."""
    with connection.cursor() as cursor:
        cursor.execute(MUST_HAVE_CHECKPOINT)
        return bool(cursor.fetchone()[0])


def list_own_claims(keys: list[Ed25519PublicKey]) -> list[Claim | LogFault]:
    """List the database's own checkpoints, read before the leaves, so that none is ahead of them."""
    claims: list[Claim | LogFault] = []
    for size, root, note in stream_rows(OWN):
        try:
            sealed = checkpoints.verify_checkpoint(note, keys)
            holds = (sealed.size, sealed.root) == (size, bytes(root))
        except NotVerified:
            holds = False
        claims.append(Claim(size, "", bytes(root)) if holds else LogFault(LogFaultKind.OWN_CHECKPOINT, size - 1))
    return claims


class LogCheck:
    """Compare the growing tree with the claims about it, both by size."""

    def __init__(self, claims: Iterable[Claim]) -> None:
        self.claims = iter(claims)
        self.next = next(self.claims, None)
        self.tree = Tree()
        # Size of the last claim that held; apart, since after a rollback the database agrees with itself.
        self.agreed = {True: 0, False: 0}
        self.forked = False

    def grow(self) -> Iterator[LogFault]:
        yield from self.compare()
        gone = False
        for index, hash, entry, is_there in stream_rows(LEAVES):
            if index != self.tree.size:
                yield LogFault(LogFaultKind.LEAF_MISSING, self.tree.size)
                return
            if not is_there and not gone:
                gone = True
                yield LogFault(LogFaultKind.ENTRY_MISSING, index, f"#{entry}")
            self.tree.append(bytes(hash))
            yield from self.compare()

    def compare(self) -> Iterator[LogFault]:
        """Check every claim about the tree's current size; after the first fork all later claims differ and are not
        reported.
        """
        held = dict(self.agreed)
        while self.next and self.next.size == self.tree.size:
            inside = not self.next.name
            if self.next.root == self.tree.root():
                held[inside] = self.tree.size
            elif not self.forked:
                self.forked = True
                agreed = self.agreed[inside]
                yield LogFault(LogFaultKind.OTHER_HISTORY, agreed, name_entry_at(agreed), self.next.name)
            self.next = next(self.claims, None)
        self.agreed = held

    def find_longer_claim(self) -> Iterator[LogFault]:
        longest = None
        while self.next:
            longest, self.next = self.next, next(self.claims, None)
        if longest:
            what = LogFaultKind.SHORTER if self.tree.size else LogFaultKind.EMPTY
            yield LogFault(what, self.tree.size, checkpoint=longest.name)


def name_entry_at(leaf: int) -> str:
    """Return the entry at a place of the log, as chain/sequence."""
    with connection.cursor() as cursor:
        cursor.execute(AT, [leaf])
        entry = cursor.fetchone()
    return f"{entry[0]}/{entry[1]}" if entry else ""


BATCH = 2000


def stream_rows(query: str, arguments: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield rows from a server-side cursor inside the open transaction, without a statement time limit."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', '0', true)")
    with connection.chunked_cursor() as cursor:
        cursor.itersize = BATCH  # type: ignore[attr-defined]
        cursor.execute(query, arguments or None)
        yield from cursor
