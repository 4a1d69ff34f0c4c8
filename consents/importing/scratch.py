"""What a run must remember of a whole file, in temporary tables: memory stays flat whatever the file's size."""

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import batched
from pathlib import Path
from uuid import UUID

from django.db import DatabaseError, connection
from django.utils.translation import gettext_lazy as _

from consents.importing.mapping import Via
from consents.importing.reading import BadFile, Table, clean
from consents.importing.rejects import Reason
from consents.importing.rows import REFERENCE_LONGEST

AT_ONCE = 20_000
FIRST = "INSERT INTO import_seen SELECT unnest(%b::uuid[]) ON CONFLICT DO NOTHING RETURNING key"
# A key that names two customers names none.
JOINED = """
SELECT key, min(reference) FROM import_joined WHERE key = ANY(%s::text[])
GROUP BY key HAVING count(DISTINCT reference) = 1
"""


class Seen:
    """The keys this run has met."""

    def __init__(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("CREATE TEMPORARY TABLE import_seen (key uuid PRIMARY KEY)")

    def first(self, keys: Collection[UUID]) -> set[UUID]:
        """Those of `keys` not met before; from now on all are."""
        with connection.cursor() as cursor:
            cursor.execute(FIRST, [list(keys)])
            return {key for (key,) in cursor.fetchall()}

    def close(self) -> None:
        with suppress(DatabaseError), connection.cursor() as cursor:
            cursor.execute("DROP TABLE import_seen")


class Joined:
    """A second file, as a dictionary from its key to the customer's reference."""

    def __init__(self, via: Via, folder: Path) -> None:
        """Raises BadFile."""
        with Table(folder / via.file, wanted=[via.key, via.reference]) as table, connection.cursor() as cursor:
            cursor.execute("CREATE TEMPORARY TABLE import_joined (key text, reference text)")
            for some in batched(pairs(table, via), AT_ONCE):
                self.add(some)
            cursor.execute("CREATE INDEX ON import_joined (key)")
            cursor.execute("ANALYZE import_joined")

    def add(self, some: Iterable[tuple[str, str]]) -> None:
        with connection.cursor() as cursor, cursor.copy("COPY import_joined FROM STDIN") as copy:
            for pair in some:
                copy.write_row(pair)

    def references(self, keys: Collection[str]) -> dict[str, str]:
        with connection.cursor() as cursor:
            cursor.execute(JOINED, [list(keys)])
            return dict(cursor.fetchall())

    def close(self) -> None:
        with suppress(DatabaseError), connection.cursor() as cursor:
            cursor.execute("DROP TABLE import_joined")


def pairs(table: Table, via: Via) -> Iterable[tuple[str, str]]:
    """Key and reference of every whole row; what is wrong in the joined file shows as a line that joins nobody."""
    key, reference = table.header.index(via.key), table.header.index(via.reference)
    for _line, cells in table.rows():
        if not isinstance(cells, Reason):
            pair = clean(cells[key]), clean(cells[reference])
            if all(0 < len(text) <= REFERENCE_LONGEST for text in pair):
                yield pair


class AnotherImport(BadFile):
    sentence = _("Another import is running. Wait until it has ended.")


LOCK = "hashtextextended('consents.importing', 0)"


@contextmanager
def turn() -> Iterator[None]:
    """One import at a time. Raises AnotherImport."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_try_advisory_lock({LOCK})")
        if not cursor.fetchone()[0]:
            raise AnotherImport
    try:
        yield
    finally:
        # With the connection gone the lock is gone as well.
        with suppress(DatabaseError), connection.cursor() as cursor:
            cursor.execute(f"SELECT pg_advisory_unlock({LOCK})")
