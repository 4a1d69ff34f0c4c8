"""Verify every chain: each entry is as it was hashed, linked to the one before, and as it was sealed."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.conf import settings
from django.core.files.storage import Storage
from django.db import transaction

from consents.core.signing import NotVerified, load_public_keys
from consents.ledger import checkpoints, journal
from consents.ledger.checkpoints import TreeHead
from consents.ledger.journal import JournalBroken
from consents.ledger.merkle import hash_leaf
from consents.ledger.models import Checkpoint, Restoration
from consents.ledger.rules import START, EntryColumns, EntryFault, find_entry_fault
from consents.ledger.selectors.proofs import find_unknown_entry
from consents.ledger.selectors.timelines import stream_rows

REPORT_EVERY = 10_000


@dataclass(frozen=True)
class ChainFault:
    """The first fault of a chain, and at which entry; of a truncated chain, the first entry that is missing."""

    chain: str
    sequence: int
    what: EntryFault


@dataclass(frozen=True)
class ChainProgress:
    """The progress of verifying: entries and chains so far."""

    entries: int
    chains: int


# The database writes these as text: to make objects of them, and text of those, took half the time of verifying.
AS_TEXT = {
    "customer": "e.customer::text",
    "evidence": "e.evidence::text",
    "occurred_at": "pg_catalog.to_char(e.occurred_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')",
}
COLUMNS = ", ".join(AS_TEXT.get(column, f"e.{column}") for column in EntryColumns._fields)
ENTRIES = f"""
SELECT {COLUMNS}, e.canonical, e.hash, leaf.hash,
    head.sequence, head.hash
FROM ledger_entry AS e LEFT JOIN ledger_leaf AS leaf ON leaf.entry = e.id
    LEFT JOIN ledger_chainhead AS head ON head.chain = e.chain
ORDER BY e.chain, e.sequence
"""
EMPTY_CHAINS = """
SELECT chain FROM ledger_chainhead AS head
WHERE NOT EXISTS (SELECT FROM ledger_entry AS e WHERE e.chain = head.chain) ORDER BY chain
"""
CHAIN = EntryColumns._fields.index("chain")
WIDTH = len(EntryColumns._fields)


def find_chain_faults() -> Iterator[ChainFault | ChainProgress]:
    """Walk every chain once, in constant memory; yield the first fault of each broken chain, and progress in between.

    The last item is the total.
    """
    entries = chains = 0
    with transaction.atomic():
        for chain, rows in groupby(stream_rows(ENTRIES), key=lambda row: row[CHAIN]):
            chains += 1
            walk = ChainWalk(chain)
            for row in rows:
                walk.step(row)
                entries += 1
                if entries % REPORT_EVERY == 0:
                    yield ChainProgress(entries, chains)
            if fault := walk.end():
                yield fault
        for (chain,) in stream_rows(EMPTY_CHAINS):
            chains += 1
            yield ChainFault(chain, 1, EntryFault.CUT)
    yield ChainProgress(entries, chains)


class ChainWalk:
    """Walk along one chain, entry by entry, up to its first fault."""

    def __init__(self, chain: str) -> None:
        self.chain, self.place, self.previous, self.moment = chain, 1, START, ""
        self.head: tuple[int | None, bytes | None] = (None, None)
        self.fault: ChainFault | None = None

    def step(self, row: tuple[Any, ...]) -> None:
        if self.fault:
            return
        entry = EntryColumns(*row[:WIDTH])
        canonical, hash, leaf, *self.head = row[WIDTH:]  # type: ignore[assignment]
        what = find_entry_fault(entry, canonical, hash, self.place, self.previous)
        if not what and leaf is not None and hash_leaf(canonical.encode()) != bytes(leaf):
            what = EntryFault.NOT_AS_SEALED
        if not what and entry.occurred_at < self.moment:
            what = EntryFault.TIME_WENT_BACK
        if what:
            self.fault = ChainFault(self.chain, entry.sequence, what)
        self.place, self.previous, self.moment = entry.sequence + 1, bytes(hash), entry.occurred_at

    def end(self) -> ChainFault | None:
        """Return the chain's fault, if any; a chain that stops before its head was truncated."""
        sequence, hash = self.head
        if not self.fault and (sequence != self.place - 1 or bytes(hash or b"") != self.previous):
            return ChainFault(self.chain, self.place, EntryFault.CUT)
        return self.fault


TAIL = 20  # lines of the journal: a database that was set back lacks the newest ones


def is_journal_ahead() -> bool:
    """Return True if the end of the journal tells of an entry that the database does not hold.

    A line is written once its entry has committed, so a database that is what it was holds them all. Lines without our
    code count for nothing here, nor does a journal that cannot be read: `verify_ledger` and sealing tell of those.
    """
    try:
        lines = journal.read_last_lines(journal.get_journal_place(), TAIL)
        return find_unknown_entry([line for line in lines if journal.is_authentic(line, settings.KEYRING)]) is not None
    except (JournalBroken, OSError):
        return False


def is_log_ahead(storage: Storage) -> bool:
    """Return True if the newest checkpoint outside is not of this database. Raises OSError where it cannot be read."""
    try:
        newest = checkpoints.read_newest_checkpoint(storage, load_public_keys(settings.PORTAL_KEYS))
    except NotVerified:
        return False
    return newest is not None and not is_own_or_stated_lost(newest)


def is_journal_elsewhere(storage: Storage) -> bool:
    """Return True if the journal lacks the head that was signed last: it was lost, or another machine writes one of its
    own. Raises OSError where one of them cannot be read."""
    try:
        signed = journal.read_newest_head(storage, load_public_keys(settings.PORTAL_KEYS))
        if signed == journal.EMPTY:
            return False
        with journal.open_journal(journal.get_journal_place()) as file:
            return not journal.contains_head(file, signed)
    except (JournalBroken, NotVerified):
        return False  # signing, which cannot go on, tells of it


def is_own_or_stated_lost(outside: TreeHead) -> bool:
    """Return True if this database made the checkpoint, or states to have lost it."""
    is_own = Checkpoint.objects.filter(size=outside.size, root=outside.root).exists()
    return is_own or Restoration.objects.filter(lost_size=outside.size, lost_root=outside.root).exists()
