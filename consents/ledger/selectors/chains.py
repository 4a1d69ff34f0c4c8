"""Walking every chain: is each entry as it was hashed, linked, and sealed?"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.db import transaction

from consents.ledger.merkle import leaf_hash
from consents.ledger.rules import START, What, Written, fault_of
from consents.ledger.selectors.streams import stream

REPORT_EVERY = 10_000


@dataclass(frozen=True)
class Fault:
    """The first thing wrong with a chain: at which entry, and what. Of a cut chain: the first entry that is gone."""

    chain: str
    sequence: int
    what: What


@dataclass(frozen=True)
class Walked:
    """How far verification has come."""

    entries: int
    chains: int


# Made text where they lie: half the time of verifying went into objects that were made text again.
AS_TEXT = {
    "customer": "e.customer::text",
    "evidence": "e.evidence::text",
    "occurred_at": "pg_catalog.to_char(e.occurred_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')",
}
COLUMNS = ", ".join(AS_TEXT.get(column, f"e.{column}") for column in Written._fields)
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
CHAIN = Written._fields.index("chain")
WIDTH = len(Written._fields)


def faults() -> Iterator[Fault | Walked]:
    """Walk every chain once, in constant memory. Yields the first fault of each broken chain, progress in between,
    and at the end how much there was."""
    entries = chains = 0
    with transaction.atomic():
        for chain, rows in groupby(stream(ENTRIES), key=lambda row: row[CHAIN]):
            chains += 1
            walk = Walk(chain)
            for row in rows:
                walk.step(row)
                entries += 1
                if entries % REPORT_EVERY == 0:
                    yield Walked(entries, chains)
            if fault := walk.end():
                yield fault
        for (chain,) in stream(EMPTY_CHAINS):
            chains += 1
            yield Fault(chain, 1, What.CUT)
    yield Walked(entries, chains)


class Walk:
    """Along one chain, entry by entry, up to its first fault."""

    def __init__(self, chain: str) -> None:
        self.chain, self.place, self.previous = chain, 1, START
        self.head: tuple[int | None, bytes | None] = (None, None)
        self.fault: Fault | None = None

    def step(self, row: tuple[Any, ...]) -> None:
        if self.fault:
            return
        entry = Written(*row[:WIDTH])
        canonical, hash, leaf, *self.head = row[WIDTH:]  # type: ignore[assignment]
        what = fault_of(entry, canonical, hash, self.place, self.previous)
        if not what and leaf is not None and leaf_hash(canonical.encode()) != bytes(leaf):
            what = What.NOT_AS_SEALED
        if what:
            self.fault = Fault(self.chain, entry.sequence, what)
        self.place, self.previous = entry.sequence + 1, bytes(hash)

    def end(self) -> Fault | None:
        """The chain's fault, if any; a chain that stops before its head was cut."""
        sequence, hash = self.head
        if not self.fault and (sequence != self.place - 1 or bytes(hash or b"") != self.previous):
            return Fault(self.chain, self.place, What.CUT)
        return self.fault
