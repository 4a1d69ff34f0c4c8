"""Is the sealed log whole, and is it the one that checkpoints kept elsewhere were taken of?"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from heapq import merge

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.core.files.storage import Storage
from django.db import connection, transaction

from consents.core.signing import NotVerified
from consents.ledger import checkpoints, statements
from consents.ledger.merkle import Tree
from consents.ledger.rules import LogWhat
from consents.ledger.selectors.streams import stream
from consents.ledger.statements import Statement, is_stated_lost

OWN = "SELECT size, root, note FROM ledger_checkpoint ORDER BY size"
LEAVES = """
SELECT l.leaf_index, l.hash, l.entry, e.id IS NOT NULL FROM ledger_leaf AS l
    LEFT JOIN ledger_entry AS e ON e.id = l.entry ORDER BY l.leaf_index
"""
UNSEALED = """
SELECT count(*), min(occurred_at) FROM ledger_entry AS e
WHERE NOT EXISTS (SELECT FROM ledger_leaf AS l WHERE l.entry = e.id)
"""
# Sealing promises that nothing up to `settled` is still to come.
PASSED_OVER = """
SELECT e.chain, e.sequence FROM ledger_entry AS e
WHERE e.id <= (SELECT max(settled) FROM ledger_checkpoint)
    AND NOT EXISTS (SELECT FROM ledger_leaf AS l WHERE l.entry = e.id)
ORDER BY e.id LIMIT 1
"""
AT = """
SELECT e.chain, e.sequence FROM ledger_leaf AS l JOIN ledger_entry AS e ON e.id = l.entry WHERE l.leaf_index = %s
"""


@dataclass(frozen=True, order=True)
class Claim:
    """A checkpoint whose signature holds: the log had this size and root. `name` is its file; empty: kept inside."""

    size: int
    name: str
    root: bytes


@dataclass(frozen=True)
class LogFault:
    """What is wrong, from which place of the log on (from 0), which entry that is, and by which checkpoint."""

    what: LogWhat
    leaf: int | None = None
    entry: str = ""
    checkpoint: str = ""


@dataclass(frozen=True)
class Unsealed:
    """How many entries wait to be sealed, since when; and how many are."""

    entries: int
    since: datetime | None
    sealed: int


@dataclass(frozen=True)
class Lost:
    """A checkpoint of entries that a restoration lost, and is stated to have lost."""

    checkpoint: str


def against(
    storage: Storage,
    names: Iterable[str],
    keys: list[Ed25519PublicKey],
    stated: Iterable[Statement] = (),
) -> Iterator[Claim | LogFault | Lost]:
    """What checkpoints kept outside claim; a fault for each that cannot be read or is not signed by these keys."""
    stated = list(stated)
    for name in names:
        try:
            sealed = checkpoints.verified(checkpoints.read(storage, name), keys)
            yield Lost(name) if is_stated_lost(sealed, stated) else Claim(sealed.size, name, sealed.root)
        except NotVerified:
            yield LogFault(LogWhat.UNREADABLE, checkpoint=name)


def restorations(storage: Storage, keys: list[Ed25519PublicKey]) -> list[tuple[str, Statement]]:
    """(name, statement) of every restoration that lost something, oldest first. Raises NotVerified."""
    return list(statements.kept(storage, keys))


def log_faults(claims: Iterable[Claim], keys: list[Ed25519PublicKey]) -> Iterator[LogFault | Unsealed]:
    """Grow the tree once, in constant memory, and compare it with every claim on its way; at the end what waits.

    Yields the first gap, the first entry that is gone, the first that was put in past sealing, each checkpoint of the
    database's own that does not hold and the first claim that the log contradicts: its first bad entry lies before the
    claim's size, and not before `leaf`, where the claims last agreed (those of one history: mixed with a forger's, the
    earliest fork may lie before it).
    """
    with transaction.atomic():
        own = list_own(keys)
        yield from (fault for fault in own if isinstance(fault, LogFault))
        check = Check(merge(sorted(claims), (claim for claim in own if isinstance(claim, Claim))))
        yield from check.grow()
        yield from check.left_over()
        with connection.cursor() as cursor:
            cursor.execute(PASSED_OVER)
            for chain, sequence in cursor.fetchall():
                yield LogFault(LogWhat.PASSED_OVER, entry=f"{chain}/{sequence}")
            cursor.execute(UNSEALED)
            entries, since = cursor.fetchone()
        yield Unsealed(entries, since, check.tree.size)


def list_own(keys: list[Ed25519PublicKey]) -> list[Claim | LogFault]:
    """The database's own checkpoints, read before the leaves, so that none is ahead of them."""
    found: list[Claim | LogFault] = []
    for size, root, note in stream(OWN):
        try:
            sealed = checkpoints.verified(note, keys)
            holds = (sealed.size, sealed.root) == (size, bytes(root))
        except NotVerified:
            holds = False
        found.append(Claim(size, "", bytes(root)) if holds else LogFault(LogWhat.OWN_CHECKPOINT, size - 1))
    return found


class Check:
    """The growing tree beside the claims about it, both by size."""

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
        for index, hash, entry, is_there in stream(LEAVES):
            if index != self.tree.size:
                yield LogFault(LogWhat.LEAF_MISSING, self.tree.size)
                return
            if not is_there and not gone:
                gone = True
                yield LogFault(LogWhat.ENTRY_MISSING, index, f"#{entry}")
            self.tree.append(bytes(hash))
            yield from self.compare()

    def compare(self) -> Iterator[LogFault]:
        """Every claim about the size the tree has now. Past the first fork all later ones differ: not told."""
        held = dict(self.agreed)
        while self.next and self.next.size == self.tree.size:
            inside = not self.next.name
            if self.next.root == self.tree.root():
                held[inside] = self.tree.size
            elif not self.forked:
                self.forked = True
                agreed = self.agreed[inside]
                yield LogFault(LogWhat.OTHER_HISTORY, agreed, at(agreed), self.next.name)
            self.next = next(self.claims, None)
        self.agreed = held

    def left_over(self) -> Iterator[LogFault]:
        """Claims about a longer log than there is; the longest is told."""
        longest = None
        while self.next:
            longest, self.next = self.next, next(self.claims, None)
        if longest:
            what = LogWhat.SHORTER if self.tree.size else LogWhat.EMPTY
            yield LogFault(what, self.tree.size, checkpoint=longest.name)


def at(leaf: int) -> str:
    """The entry at a place of the log, as chain/sequence."""
    with connection.cursor() as cursor:
        cursor.execute(AT, [leaf])
        found = cursor.fetchone()
    return f"{found[0]}/{found[1]}" if found else ""
