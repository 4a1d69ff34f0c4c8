"""Reading the journal, and telling whether it is whole."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import QuerySet

from consents.ledger.models import Entry
from consents.ledger.rules import START, Actor, What, Written, fault_of

REPORT_EVERY = 10_000
BATCH = 2000


def entries_of(actor: Actor, event: str, since: datetime) -> int:
    """How often this actor did this since then."""
    return Entry.objects.filter(actor=actor.id, event=event, occurred_at__gt=since).count()


def timeline(object: UUID | str | int) -> QuerySet[Entry]:
    """What happened to one thing, oldest first."""
    return Entry.objects.filter(object=str(object)).order_by("id")


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


ENTRIES = f"""
SELECT {", ".join(f"e.{column}" for column in Written._fields)}, e.canonical, e.hash, head.sequence, head.hash
FROM ledger_entry AS e LEFT JOIN ledger_chainhead AS head ON head.chain = e.chain
ORDER BY e.chain, e.sequence
"""
EMPTY_CHAINS = """
SELECT chain FROM ledger_chainhead AS head
WHERE NOT EXISTS (SELECT FROM ledger_entry AS e WHERE e.chain = head.chain) ORDER BY chain
"""


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


CHAIN = Written._fields.index("chain")
WIDTH = len(Written._fields)


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
        canonical, hash, *self.head = row[WIDTH:]  # type: ignore[assignment]
        if what := fault_of(entry, canonical, hash, self.place, self.previous):
            self.fault = Fault(self.chain, entry.sequence, what)
        self.place, self.previous = entry.sequence + 1, bytes(hash)

    def end(self) -> Fault | None:
        """The chain's fault, if any; a chain that stops before its head was cut."""
        sequence, hash = self.head
        if not self.fault and (sequence != self.place - 1 or bytes(hash or b"") != self.previous):
            return Fault(self.chain, self.place, What.CUT)
        return self.fault


def stream(query: str) -> Iterator[tuple[Any, ...]]:
    """Rows from a cursor of the server, inside the transaction that is open; takes as long as it takes."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', '0', true)")
    with connection.chunked_cursor() as cursor:
        cursor.itersize = BATCH  # type: ignore[attr-defined]
        cursor.execute(query)
        yield from cursor
