"""The rows of every table as a scene has them: read once, and put back where they differ.

Nearly all of what a test finds it leaves: to delete everybody and add them again would check each reference to them.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from typing import Any

import psycopg

# As migrations made them.
KEPT = ["django_migrations", "django_content_type", "auth_permission", "auth_group"]
COUNTERS_KEPT = [f"{name}_id_seq" for name in KEPT]
# What points to the queue's jobs looks at once: they go last and come first.
QUEUE = "procrastinate_"
POINTED_TO = ["procrastinate_jobs", "procrastinate_workers"]
TABLES = """
SELECT oid::regclass::text, relforcerowsecurity FROM pg_class
WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> ALL (%s)
  AND (pg_relation_size(oid) > 0 OR relname = ANY (%s))
"""
COUNTERS = """
SELECT sequencename::text, last_value FROM pg_sequences
WHERE schemaname = 'public' AND last_value IS NOT NULL AND sequencename <> ALL (%s)
"""
# A forced table shows nothing even to its owner.
GUARD = "ALTER TABLE {} {} ROW LEVEL SECURITY"
READ = "SELECT x::text FROM {} AS x ORDER BY 1"
# Of the rows as they are, in whatever order: to spell and sort them first costs six times as much.
DIGEST = "SELECT '{0}', sum(hash_record_extended(x, 0)) FROM {0} AS x"
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
# Of every table, the triggers that would judge what goes or comes, or write beside it. Most leave the owner alone.
AWAKE = """
SELECT tgrelid::regclass::text, string_agg(format('DISABLE TRIGGER %I', tgname), ', '),
    string_agg(format('ENABLE %s TRIGGER %I', CASE tgenabled WHEN 'A' THEN 'ALWAYS' ELSE '' END, tgname), ', ')
FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D' AND tgtype & 12 <> 0
    AND pg_get_triggerdef(oid) NOT LIKE '%SESSION_USER%'
GROUP BY 1
"""


@dataclass(frozen=True)
class Rows:
    """Each row of each table as PostgreSQL spells it, and where the counters stand."""

    tables: dict[str, list[str]] = field(default_factory=dict)
    digests: dict[str, Decimal] = field(default_factory=dict)
    counters: dict[str, int] = field(default_factory=dict)


def read_rows(owner: psycopg.Connection[Any]) -> Rows:
    with owner.transaction(), opened(owner, Rows()) as names:
        tables = {name: [row for (row,) in owner.execute(READ.format(name))] for name in names}
        digests = compute_digests(owner, names)
        counters = owner.execute(COUNTERS, [COUNTERS_KEPT]).fetchall()
    return Rows({name: rows for name, rows in tables.items() if rows}, digests, dict(counters))


def put_back(owner: psycopg.Connection[Any], rows: Rows) -> None:
    """Leave these rows and no others; a table that is as it should be is left alone."""
    with owner.transaction(), opened(owner, rows) as names:
        if differing := find_differing(owner, names, rows):
            replace_rows(owner, differing, rows)
        owner.execute(SET_COUNTERS, [list(rows.counters), list(rows.counters.values()), COUNTERS_KEPT])


@contextmanager
def opened(owner: psycopg.Connection[Any], rows: Rows) -> Iterator[list[str]]:
    """The tables that hold rows now or shall, in the order in which they may go; those that are forced are open."""
    found = owner.execute(TABLES, [KEPT, list(rows.tables)]).fetchall()
    forced = [name for name, is_forced in found if is_forced]
    for name in forced:
        owner.execute(GUARD.format(name, "NO FORCE"))
    yield sorted((name for name, _ in found), key=lambda name: (name in POINTED_TO, name))
    for name in forced:
        owner.execute(GUARD.format(name, "FORCE"))


def compute_digests(owner: psycopg.Connection[Any], names: list[str]) -> dict[str, Decimal]:
    """Of the tables that have rows."""
    query = " UNION ALL ".join(DIGEST.format(name) for name in names)
    return {name: digest for name, digest in (owner.execute(query) if names else []) if digest is not None}


def find_differing(owner: psycopg.Connection[Any], names: list[str], rows: Rows) -> list[str]:
    """Of the queue all tables or none."""
    now = compute_digests(owner, names)
    found = {name for name in names if now.get(name) != rows.digests.get(name)}
    with_queue = any(name.startswith(QUEUE) for name in found)
    return [name for name in names if name in found or (with_queue and name.startswith(QUEUE))]


@cache
def find_awake(owner: psycopg.Connection[Any]) -> dict[str, tuple[str, str]]:
    """Of each table, how its triggers are silenced and woken. Asked once: the tests leave the rules as they were."""
    return {table: (silence, wake) for table, silence, wake in owner.execute(AWAKE).fetchall()}


def replace_rows(owner: psycopg.Connection[Any], differing: list[str], rows: Rows) -> None:
    awake = {name: find_awake(owner)[name] for name in differing if name in find_awake(owner)}
    owner.execute("; ".join(f"ALTER TABLE {name} {silence}" for name, (silence, _wake) in awake.items()))
    with owner.pipeline():
        for name in differing:
            owner.execute(DELETE_OTHERS.format(name), [[] if name.startswith(QUEUE) else rows.tables.get(name, [])])
        for name in reversed(differing):
            if kept := rows.tables.get(name):
                owner.execute(ADD_MISSING.format(name), [kept])
    # A table that a deferred check still has to look at cannot be altered.
    waking = [f"ALTER TABLE {name} {wake}" for name, (_silence, wake) in awake.items()]
    owner.execute("; ".join(["SET CONSTRAINTS ALL IMMEDIATE", *waking]))
