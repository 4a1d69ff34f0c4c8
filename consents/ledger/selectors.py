"""Reading the journal."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from consents.ledger.models import Entry
from consents.ledger.rules import entry_hash


def timeline(object: UUID | str | int) -> QuerySet[Entry]:
    """What happened to one thing, oldest first."""
    return Entry.objects.filter(object=str(object)).order_by("id")


@dataclass(frozen=True)
class Fault:
    """The first thing wrong with a chain: where, and in one word what."""

    chain: str
    sequence: int
    what: str


COLUMNS = """
SELECT chain, sequence, previous, hash, canonical, ledger_canonical(entry) = canonical FROM ledger_entry AS entry
ORDER BY chain, sequence
"""


def faults() -> Iterator[Fault | int]:
    """Walk every chain once, in constant memory. Yields each chain's first fault, and a running count of entries."""
    chain, expected, previous, broken, count = "", 1, b"", False, 0
    for row in stream():
        count += 1
        if row[0] != chain:
            chain, expected, previous, broken = row[0], 1, bytes(32), False
        what = None if broken else fault_of(row, expected, previous)
        if what:
            broken = True
            yield Fault(chain, row[1], what)
        expected, previous = expected + 1, bytes(row[3])
        if count % 10_000 == 0:
            yield count
    yield count


def fault_of(row: tuple, expected: int, previous: bytes) -> str | None:
    _, sequence, row_previous, row_hash, canonical, same = row
    if sequence != expected:
        return "missing entry before this one"
    if bytes(row_previous) != previous:
        return "does not follow the entry before"
    if entry_hash(canonical) != bytes(row_hash):
        return "hash does not match its text"
    return None if same else "columns do not match the hashed text"


def stream() -> Iterator[tuple]:
    with connection.chunked_cursor() as cursor:
        cursor.itersize = 2000
        cursor.execute(COLUMNS)
        yield from cursor
