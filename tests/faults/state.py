"""What the database holds, as the backup sees it: every row of every table, whatever row policies hide."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection

from consents.core import roles
from tests.architecture.mutation.speaking import speaking_as

# Most have never held a row: to ask each of them takes longer than to read what is there.
TABLES = """SELECT relname::text FROM pg_class
WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND pg_relation_size(oid) > 0 ORDER BY 1"""
# How many rows and who wrote the newest: no committed change keeps both, and to ask takes a third of reading them.
MARK = "SELECT '{0}', count(*), max(xmin::text::bigint) FROM \"{0}\""
ONE = "SELECT '{0}', count(*), max(xmin::text::bigint), sum(hash_record_extended(t, 0)) FROM \"{0}\" AS t"

# For the application, in the middle of a transaction: by row policies it sees less, and nobody else sees what it wrote.
SEE_WITHIN = f"""
CREATE FUNCTION see_within(question text) RETURNS TABLE (name text, rows bigint, newest bigint, hash numeric)
LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN RETURN QUERY EXECUTE question; END';
GRANT EXECUTE ON FUNCTION see_within TO {roles.APP}
"""

# Whether any transaction of the whole server was committed that this snapshot does not see yet.
COMMITTED = """SELECT pg_current_snapshot()::text, EXISTS (
    SELECT FROM generate_series(pg_snapshot_xmin(%(since)s::pg_snapshot)::text::bigint,
        pg_snapshot_xmax(pg_current_snapshot())::text::bigint - 1) AS number,
        LATERAL (SELECT number::text::xid8 AS id) AS transaction
    WHERE pg_xact_status(id) = 'committed' AND NOT pg_visible_in_snapshot(id, %(since)s::pg_snapshot))"""

Digest = dict[str, tuple[int, Any]]  # of a table with rows: how many, and a hash of them all
NOTHING = (0, None)


class State:
    """`now()` looks and says what is committed; `is_untouched()` says at little cost that it cannot have changed."""

    def __init__(self, backup: psycopg.Connection[Any]) -> None:
        self.backup = backup

    def snapshot(self) -> str:
        return str(self.backup.execute("SELECT pg_current_snapshot()::text").fetchone()[0])

    def is_untouched(self) -> bool:
        """Since the last look, nobody has committed anything, or only in other databases: rows stand as they stood."""
        self.seen, committed = self.backup.execute(COMMITTED, {"since": self.seen}).fetchone()
        return not committed or self.read(MARK) == self.marks

    def now(self) -> Digest:
        self.seen, found = self.snapshot(), self.read(ONE)
        self.marks = {table: (rows, newest) for table, (rows, newest, _hash) in found.items()}
        return {table: (rows, hash_of_all) for table, (rows, _newest, hash_of_all) in found.items()}

    def read(self, question: str) -> dict[str, tuple[Any, ...]]:
        """Ask it of each table, and return the answers of those that have rows."""
        query = build_query(question, self.backup.execute(TABLES).fetchall())
        found = self.backup.execute(query, prepare=True).fetchall() if query else []
        return {table: (rows, *answers) for table, rows, *answers in found if rows}


def build_query(question: str, tables: list[tuple[str]]) -> str:
    return " UNION ALL ".join(question.format(table) for (table,) in tables)


def see_within() -> Digest:
    """Return what the database holds for this transaction, at its end."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(TABLES)
        cursor.execute("SELECT name, rows, hash FROM see_within(%s)", [build_query(ONE, cursor.fetchall())])
        return {table: (rows, hash_of_all) for table, rows, hash_of_all in cursor.fetchall() if rows}


@contextmanager
def able_to_see_within(superuser: psycopg.Connection[Any]) -> Iterator[None]:
    superuser.execute(SEE_WITHIN)
    yield
    superuser.execute("DROP FUNCTION see_within")


@contextmanager
def watch_database() -> Iterator[State]:
    with speaking_as(connection.settings_dict | settings.DATABASE_BACKUP) as backup:
        yield State(backup)


def count_new_rows(before: Digest, after: Digest) -> dict[str, int]:
    """How many rows each table that changed has gained."""
    return {
        table: after.get(table, NOTHING)[0] - before.get(table, NOTHING)[0]
        for table in sorted(before.keys() | after.keys())
        if before.get(table) != after.get(table)
    }
