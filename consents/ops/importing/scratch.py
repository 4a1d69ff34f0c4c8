"""Keep what must be known of a whole file in temporary tables, so that memory does not grow with its size."""

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from hashlib import blake2b
from itertools import batched
from pathlib import Path

from django.db import DatabaseError, connection

from consents.core.binary_rows import encode_bytes, open_array_cursor
from consents.core.refusals import Refusal
from consents.ops.importing.databases import BadFile, FileTable, normalize_text, open_table
from consents.ops.importing.mapping import JoinedFile
from consents.ops.importing.report import RejectReason
from consents.ops.importing.rows import REFERENCE_LONGEST, ParsedRow

ROWS_PER_COPY = 20_000
KEY_BEGINNING = 16  # bytes of a reference
# Asked and then added: to be told every new key back would cost more than to ask for the few that repeat.
FIND_SEEN = "SELECT key FROM import_seen WHERE key = ANY(%b::bytea[])"
ADD_SEEN = "INSERT INTO import_seen SELECT unnest(%b::bytea[])"
# A key of two customers joins neither.
FIND_REFERENCES = """
SELECT key, min(reference) FROM import_joined WHERE key = ANY(%s::text[])
GROUP BY key HAVING count(DISTINCT reference) = 1
"""


class ScratchTable:
    """A temporary table, made at once and dropped when it is closed."""

    name: str
    columns: str

    def __init__(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE TEMPORARY TABLE {self.name} ({self.columns})")

    def copy_rows(self, rows: Iterable[Sequence[str]]) -> None:
        with connection.cursor() as cursor, cursor.copy(f"COPY {self.name} FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)

    def close(self) -> None:
        with suppress(DatabaseError), connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE {self.name}")


class SeenKeys(ScratchTable):
    """The keys this run has met."""

    name, columns = "import_seen", "key bytea PRIMARY KEY"

    def first(self, keys: Collection[bytes]) -> set[bytes]:
        """Return those of `keys` not seen before, and remember them all."""
        with open_array_cursor() as cursor:
            cursor.execute(FIND_SEEN, [encode_bytes(keys)])
            fresh = set(keys).difference(bytes(key) for (key,) in cursor.fetchall())
            cursor.execute(ADD_SEEN, [encode_bytes(fresh)])
        return fresh


def list_row_keys(reference: str, line: ParsedRow) -> set[bytes]:
    """Return the keys that may occur only once in a file."""
    if line.customer:
        return {build_key(reference)}
    return {build_key(reference, draft.category, draft.name) for draft in line.records}


def build_key(reference: str, *parts: str) -> bytes:
    """Return a key that begins as the reference does: the index of a file in any order of its customers is written in
    that order, where hashes alone would lie anywhere in it."""
    hashed = blake2b("\0".join((reference, *parts)).encode(), digest_size=16).digest()
    return reference.encode()[:KEY_BEGINNING] + hashed


class JoinedReferences(ScratchTable):
    """A second file, as a dictionary from its key to the customer's reference."""

    name, columns = "import_joined", "key text, reference text"

    def __init__(self, via: JoinedFile, folder: Path, empty: Collection[str]) -> None:
        """Raises BadFile."""
        with open_table(folder / via.file, [via.key, via.reference]) as table, connection.cursor() as cursor:
            super().__init__()
            for some in batched(read_pairs(table, via, empty), ROWS_PER_COPY):
                self.copy_rows(some)
            cursor.execute("CREATE INDEX ON import_joined (key)")
            cursor.execute("ANALYZE import_joined")

    def references(self, keys: Collection[str]) -> dict[str, str]:
        with connection.cursor() as cursor:
            cursor.execute(FIND_REFERENCES, [list(keys)])
            return dict(cursor.fetchall())


def read_pairs(table: FileTable, via: JoinedFile, empty: Collection[str]) -> Iterable[tuple[str, str]]:
    """Yield key and reference of every whole row; a fault in the joined file shows as a line that joins nobody."""
    key, reference = table.header.index(via.key), table.header.index(via.reference)
    for _line, cells in table.rows():
        if not isinstance(cells, RejectReason):
            pair = normalize_text(cells[key]), normalize_text(cells[reference])
            if all(0 < len(text) <= REFERENCE_LONGEST and text not in empty for text in pair):
                yield pair


FIND_MISSING = """
SELECT c.reference FROM people_customer AS c
WHERE c.reference IS NOT NULL AND NOT EXISTS (SELECT FROM import_listed AS l WHERE l.reference = c.reference)
ORDER BY c.reference
"""


class ListedReferences(ScratchTable):
    """The numbers of customers in a file that is the whole list, to tell who is not in it."""

    name, columns = "import_listed", "reference text"

    def write_missing(self, file: Path) -> int:
        """Write the numbers of the customers who were not listed, one a line, and return how many there are."""
        count = 0
        with connection.cursor() as cursor, file.open("w", encoding="utf-8") as target:
            cursor.execute("ANALYZE import_listed")
            cursor.execute(FIND_MISSING)
            while rows := cursor.fetchmany(ROWS_PER_COPY):
                target.writelines(f"{reference}\n" for (reference,) in rows)
                count += len(rows)
        return count


class ImportRunning(BadFile):
    sentence = "Another import is running. Wait until it has ended."


LOCK = "hashtextextended('consents.ops.importing', 0)"


@contextmanager
def hold_import_lock() -> Iterator[None]:
    """Allow one import at a time. Raises ImportRunning."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_try_advisory_lock({LOCK})")
        if not cursor.fetchone()[0]:
            raise ImportRunning
    try:
        yield
    finally:
        # With the connection gone the lock is gone as well.
        with suppress(DatabaseError), connection.cursor() as cursor:
            cursor.execute(f"SELECT pg_advisory_unlock({LOCK})")


# Take in only what changed since the last import, by a column that says when each row last did.
#
# The newest change of a run is kept in a file, once every row of the run is in; the next run begins with that moment
# again, since rows may share it. A column that goes backwards, as in a restored source, is told: it would hide rows.


class BadSince(Refusal):
    """The file that keeps the newest change cannot be used; nothing was done."""


class NotAChange(ValueError):
    """Signal a cell that is neither a moment nor a number."""


def parse_change(text: str) -> datetime | int:
    """Return when a row changed: a moment (ISO 8601; UTC unless it says), or a number that grows.

    Raises NotAChange.
    """
    if text.isascii() and text.isdigit() and len(text) <= 18:
        return int(text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise NotAChange from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


class Changes:
    """The newest change of the last run and of this one. Without a file every row counts."""

    def __init__(self, file: Path | None, column: str) -> None:
        """Raises BadSince."""
        self.file, self.column = file, column
        self.last = self.read() if file else ""
        self.since = parse_change(self.last) if self.last else None
        self.newest_text = ""
        self.newest: datetime | int | None = None
        self.older = 0

    def read(self) -> str:
        """Return what the last run kept; empty before the first one. Raises BadSince."""
        assert self.file
        if not self.column:
            raise BadSince("--since needs “changed” in the mapping: the column that says when a row last changed.")
        try:
            kept = str(json.loads(self.file.read_text())[self.column])
            parse_change(kept)
        except FileNotFoundError:
            return ""
        except (OSError, ValueError, KeyError, TypeError):
            raise BadSince(
                f"{self.file} does not hold what the last import of this mapping kept. Name another file."
            ) from None
        return kept

    def is_new(self, text: str) -> bool:
        """Return False, and count, for a row that the last run had already. Raises NotAChange."""
        change = parse_change(text)
        if self.newest is None or is_after(change, self.newest):
            self.newest, self.newest_text = change, text
        if self.since is None or not is_after(self.since, change):
            return True
        self.older += 1
        return False

    @property
    def goes_backwards(self) -> bool:
        """Return True if no row is as new as the newest one of last time."""
        return self.since is not None and (self.newest is None or is_after(self.since, self.newest))

    def keep(self) -> None:
        """Keep the newest change for the next run, whole or not at all."""
        if self.file and self.newest_text and not self.goes_backwards:
            draft = self.file.with_name(f".{self.file.name}.draft")
            draft.write_text(json.dumps({self.column: self.newest_text}))
            draft.replace(self.file)


def is_after(change: datetime | int, other: datetime | int) -> bool:
    """Raises NotAChange for a moment and a number, of which neither is the later one."""
    if isinstance(change, int) and isinstance(other, int):
        return change > other
    if isinstance(change, datetime) and isinstance(other, datetime):
        return change > other
    raise NotAChange
