"""The rows of every table as a scene has them: read once, and put back where they differ.

Nearly all of what a test finds it leaves. Rows go and come in a session of the superuser's, where no reference is
checked (each would be looked for in every table that may have it) and every row can be read.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from typing import Any

import psycopg

from consents.core import roles
from consents.ops.backups import programs
from consents.ops.embedded.server import SUPERUSER

# As migrations made them.
KEPT = ["django_migrations", "django_content_type", "auth_permission", "auth_group"]
COUNTERS_KEPT = [f"{name}_id_seq" for name in KEPT]
TABLES = """
SELECT oid::regclass::text FROM pg_class
WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> ALL (%s)
  AND (pg_relation_size(oid) > 0 OR relname = ANY (%s))
ORDER BY 1
"""
COUNTERS = """
SELECT sequencename::text, last_value FROM pg_sequences
WHERE schemaname = 'public' AND last_value IS NOT NULL AND sequencename <> ALL (%s)
"""
UNCHECKED = "SET session_replication_role = replica"
AS_OWNER = f"SET LOCAL SESSION AUTHORIZATION {roles.OWNER}"
# One array, as PostgreSQL spells that, too: nothing of it is spelled again when it is put back.
READ = "SELECT coalesce(array_agg(x::text ORDER BY x::text), '{{}}')::text FROM {} AS x"
NONE = "{}"
# Of the rows as they are, in whatever order: to spell and sort them first costs six times as much.
DIGEST = "SELECT '{0}', count(*), sum(hash_record_extended(x, 0)) FROM {0} AS x"
DELETE_OTHERS = "DELETE FROM {} AS x WHERE x::text <> ALL (%s::text[])"
ADD_MISSING = """
INSERT INTO {0} OVERRIDING SYSTEM VALUE
SELECT (made).* FROM (
    SELECT w::{0} AS made FROM unnest(%s::text[]) AS w WHERE w NOT IN (SELECT x::text FROM {0} AS x)
    OFFSET 0 -- a row is read once, and not anew for each column
) AS missing
"""
SET_COUNTERS = """
SELECT setval(format('public.%%I', s.sequencename), coalesce(w.value, s.start_value), w.value IS NOT NULL)
FROM pg_sequences AS s LEFT JOIN unnest(%s::text[], %s::bigint[]) AS w (name, value) ON w.name = s.sequencename
WHERE s.schemaname = 'public' AND s.sequencename <> ALL (%s) AND s.last_value IS DISTINCT FROM w.value
"""
# Of every table, what would judge the rows that go (8) or come (4), or write beside them, or hide them from the owner.
# Most triggers leave the owner alone.
AWAKE = """
SELECT relname::text, concat_ws(', ', CASE WHEN relforcerowsecurity THEN 'NO FORCE ROW LEVEL SECURITY' END,
    string_agg('DISABLE TRIGGER ' || quote_ident(tgname), ', ')),
    concat_ws(', ', CASE WHEN relforcerowsecurity THEN 'FORCE ROW LEVEL SECURITY' END,
    string_agg(CASE tgenabled WHEN 'A' THEN 'ENABLE ALWAYS TRIGGER ' ELSE 'ENABLE TRIGGER ' END || quote_ident(tgname),
        ', '))
FROM pg_class AS c LEFT JOIN pg_trigger AS t ON tgrelid = c.oid AND NOT tgisinternal AND tgenabled <> 'D'
    AND tgtype & %s <> 0 AND pg_get_triggerdef(t.oid) NOT LIKE '%%SESSION_USER%%'
WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
GROUP BY c.oid HAVING count(tgname) > 0 OR relforcerowsecurity
"""
GO, COME = 8, 4
type Digest = tuple[int, Decimal | None]


@dataclass(frozen=True)
class Rows:
    """The rows of each table as PostgreSQL spells them, how many they are, and where the counters stand."""

    tables: dict[str, str] = field(default_factory=dict)
    digests: dict[str, Digest] = field(default_factory=dict)
    counters: dict[str, int] = field(default_factory=dict)


def connect() -> psycopg.Connection[Any]:
    """To the tests' own server, as its superuser."""
    speaking = psycopg.connect(**programs.as_owner() | {"user": SUPERUSER}, autocommit=True)
    speaking.execute(UNCHECKED)
    return speaking


def read_rows(superuser: psycopg.Connection[Any]) -> Rows:
    with superuser.transaction():
        digests = compute_digests(superuser, Rows())
        tables = {name: rows for name in digests for (rows,) in superuser.execute(READ.format(name))}
        counters = superuser.execute(COUNTERS, [COUNTERS_KEPT]).fetchall()
    return Rows(tables, digests, dict(counters))


def put_back(superuser: psycopg.Connection[Any], rows: Rows) -> None:
    """Leave these rows and no others; a table that is as it should be is left alone."""
    with superuser.transaction():
        now = compute_digests(superuser, rows)
        differing = [name for name in rows.digests | now if rows.digests.get(name) != now.get(name)]
        if differing:
            superuser.execute(AS_OWNER)
            lacking = remove_rows(superuser, differing, now, rows)
            add_rows(superuser, lacking, rows)
        superuser.execute(SET_COUNTERS, [list(rows.counters), list(rows.counters.values()), COUNTERS_KEPT])


def compute_digests(superuser: psycopg.Connection[Any], rows: Rows) -> dict[str, Digest]:
    """Of the tables that have rows."""
    names = [name for (name,) in superuser.execute(TABLES, [KEPT, list(rows.tables)])]
    query = " UNION ALL ".join(DIGEST.format(name) for name in names)
    return {name: (number, digest) for name, number, digest in (superuser.execute(query) if names else []) if number}


@cache
def find_awake(superuser: psycopg.Connection[Any], act: int) -> dict[str, tuple[str, str]]:
    """Of each table, how its rules are silenced and woken. Asked once: the tests leave the rules as they were."""
    return {name: (silence, wake) for name, silence, wake in superuser.execute(AWAKE, [act]).fetchall()}


@contextmanager
def silenced(superuser: psycopg.Connection[Any], names: list[str], act: int) -> Iterator[None]:
    awake = {name: rules for name, rules in find_awake(superuser, act).items() if name in names}
    superuser.execute("; ".join(f"ALTER TABLE {name} {silence}" for name, (silence, _wake) in awake.items()))
    with superuser.pipeline():
        yield
    superuser.execute("; ".join(f"ALTER TABLE {name} {wake}" for name, (_silence, wake) in awake.items()))


def remove_rows(superuser: psycopg.Connection[Any], names: list[str], now: dict[str, Digest], rows: Rows) -> list[str]:
    """Return the tables that then lack rows."""
    full = [name for name in names if name in now]
    with silenced(superuser, full, GO):
        gone = {name: superuser.execute(DELETE_OTHERS.format(name), [rows.tables.get(name, NONE)]) for name in full}
    left = {name: now[name][0] - removal.rowcount for name, removal in gone.items()}
    return [name for name in names if name in rows.digests and left.get(name, 0) < rows.digests[name][0]]


def add_rows(superuser: psycopg.Connection[Any], names: list[str], rows: Rows) -> None:
    with silenced(superuser, names, COME):
        for name in names:
            superuser.execute(ADD_MISSING.format(name), [rows.tables[name]])
