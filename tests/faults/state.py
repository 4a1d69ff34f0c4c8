"""What the database holds, as the backup sees it: every row of every table, whatever row policies hide."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection

from tests.architecture.mutation.speaking import speaking_as

TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
ONE = "SELECT '{0}', count(*), coalesce(md5(string_agg(md5(t::text), '' ORDER BY md5(t::text))), '') FROM \"{0}\" AS t"

# Whether any transaction of the whole server was committed that this snapshot does not see yet.
COMMITTED = """SELECT pg_current_snapshot()::text, EXISTS (
    SELECT FROM generate_series(pg_snapshot_xmin(%(since)s::pg_snapshot)::text::bigint,
        pg_snapshot_xmax(pg_current_snapshot())::text::bigint - 1) AS number,
        LATERAL (SELECT number::text::xid8 AS id) AS transaction
    WHERE pg_xact_status(id) = 'committed' AND NOT pg_visible_in_snapshot(id, %(since)s::pg_snapshot))"""

Digest = dict[str, tuple[int, str]]  # of a table: number of rows, and a hash of them all


class State:
    """`now()` says what is committed; `is_untouched()` says at little cost that it cannot have changed."""

    def __init__(self, backup: psycopg.Connection[Any]) -> None:
        self.backup = backup
        tables = [name for (name,) in backup.execute(TABLES).fetchall()]
        self.query = " UNION ALL ".join(ONE.format(table) for table in tables)
        self.seen = self.snapshot()

    def snapshot(self) -> str:
        return str(self.backup.execute("SELECT pg_current_snapshot()::text").fetchone()[0])

    def is_untouched(self) -> bool:
        """Since the last look, nobody has committed anything: rows stand as they stood."""
        self.seen, committed = self.backup.execute(COMMITTED, {"since": self.seen}).fetchone()
        return not committed

    def now(self) -> Digest:
        """Prepared the first time: to plan it takes longer than to ask it."""
        self.seen = self.snapshot()
        return {table: (rows, hash) for table, rows, hash in self.backup.execute(self.query, prepare=True).fetchall()}


@contextmanager
def of_database() -> Iterator[State]:
    with speaking_as(connection.settings_dict | settings.DATABASE_BACKUP) as backup:
        yield State(backup)


def grown(before: Digest, after: Digest) -> dict[str, int]:
    """How many rows each table that changed has gained."""
    return {table: after[table][0] - rows for table, (rows, hash) in before.items() if after[table][1] != hash}
