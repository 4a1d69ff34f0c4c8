"""Keep what must be known of a whole file in temporary tables, so that memory does not grow with its size."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from hashlib import blake2b
from itertools import batched
from pathlib import Path

from django.db import DatabaseError, connection

from consents.core.binary_arrays import encode_bytes, open_array_cursor
from consents.ops.importing.json_lines import open_table
from consents.ops.importing.mapping import JoinedFile
from consents.ops.importing.reading import BadFile, FileTable, normalize_text
from consents.ops.importing.rejects import RejectReason
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
