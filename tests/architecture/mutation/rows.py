"""What the database says about itself, and the rows that an act wrote."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any

from psycopg import Connection

COLUMNS = """
SELECT c.relname, a.attname, t.typname FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid
JOIN pg_type AS t ON t.oid = a.atttypid
WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped
  AND a.attgenerated = '' AND c.relname !~ '^(procrastinate|django|auth|portal_cache)' ORDER BY 1, a.attnum
"""
KEYS = """
SELECT i.indrelid::regclass::text, array_agg(a.attname) FROM pg_index AS i
JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey) WHERE i.indisprimary GROUP BY 1
"""
REFERENCES = """
SELECT o.conrelid::regclass::text, a.attname, o.confrelid::regclass::text FROM pg_constraint AS o
JOIN pg_attribute AS a ON a.attrelid = o.conrelid AND a.attnum = o.conkey[1] WHERE o.contype = 'f'
"""
TRIGGERS = """
SELECT tgrelid::regclass::text, tgname, p.proname,
    array_remove(ARRAY[CASE WHEN tgtype & 4 > 0 THEN 'INSERT' END, CASE WHEN tgtype & 16 > 0 THEN 'UPDATE' END,
                       CASE WHEN tgtype & 8 > 0 THEN 'DELETE' END], NULL)
FROM pg_trigger JOIN pg_proc AS p ON p.oid = tgfoid WHERE NOT tgisinternal AND tgtype & 32 = 0
    AND tgname !~ '^procrastinate' ORDER BY 1, 2
"""
TEXTS = """
SELECT proname, prosrc FROM pg_proc WHERE pronamespace IN ('portal'::regnamespace, 'public'::regnamespace)
    AND prolang IN (SELECT oid FROM pg_language WHERE lanname IN ('sql', 'plpgsql')) AND proname !~ '^procrastinate'
UNION ALL SELECT viewname, definition FROM pg_views WHERE schemaname IN ('public', 'portal')
"""
SIGNATURES = """
SELECT proname, ARRAY(SELECT format_type(kind, NULL) FROM unnest(proargtypes) AS kind) FROM pg_proc
WHERE pronamespace = 'portal'::regnamespace AND prorettype <> 'trigger'::regtype ORDER BY 1
"""
Row = dict[str, Any]
Rows = dict[str, dict[str, Row]]


@dataclass(frozen=True)
class Event:
    """One row that an act wrote."""

    table: str
    kind: str
    old: Row | None
    new: Row | None


@dataclass
class Trigger:
    table: str
    name: str
    function: str
    kinds: list[str]


@dataclass
class Catalogue:
    """What the database says about itself; read once."""

    columns: dict[str, dict[str, str]] = field(default_factory=dict)
    keys: dict[str, list[str]] = field(default_factory=dict)
    references: dict[tuple[str, str], str] = field(default_factory=dict)
    triggers: list[Trigger] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)
    signatures: dict[str, list[str]] = field(default_factory=dict)
    asked: dict[str, set[str]] = field(default_factory=dict)  # by function, as `asked_by` has found it

    @classmethod
    def read(cls, speaking: Connection) -> "Catalogue":
        made = cls()
        for table, column, kind in speaking.execute(COLUMNS).fetchall():
            made.columns.setdefault(table, {})[column] = kind
        made.keys = dict(speaking.execute(KEYS).fetchall())
        made.references = {(table, column): to for table, column, to in speaking.execute(REFERENCES).fetchall()}
        made.triggers = [Trigger(*one) for one in speaking.execute(TRIGGERS).fetchall()]
        made.texts = dict(speaking.execute(TEXTS).fetchall())
        made.signatures = dict(speaking.execute(SIGNATURES).fetchall())
        return made

    def asked_by(self, function: str) -> set[str]:
        """The function and every other one, and every view, that it asks, directly or through another."""
        if function not in self.asked:
            found = {function}
            while more := {one for name in found for one in words_of(self.texts[name]) if one in self.texts} - found:
                found |= more
            self.asked[function] = found
        return self.asked[function]

    def tables_of(self, function: str) -> set[str]:
        """What it asks about, itself or through another."""
        return {word for one in self.asked_by(function) for word in words_of(self.texts[one])} & self.columns.keys()

    def text_of(self, function: str) -> str:
        return "\n".join(self.texts[one] for one in sorted(self.asked_by(function)))


def read_state(speaking: Connection, catalogue: Catalogue) -> Rows:
    """Every row of every table, by its key, from the oldest on: as they lie in a table would be another order each time
    that space was freed there, and other arguments would be drawn."""
    query = " UNION ALL ".join(f"SELECT '{table}', to_jsonb(x) FROM {table} AS x" for table in catalogue.columns)
    found: Rows = {table: {} for table in catalogue.columns}
    for table, row in sorted(speaking.execute(query).fetchall(), key=partial(place_in_time, catalogue)):
        found[table][json.dumps([row[one] for one in catalogue.keys[table]])] = row
    return found


def place_in_time(catalogue: Catalogue, read: tuple[str, Row]) -> tuple[str, ...]:
    table, row = read
    times = [row[column] or "" for column, kind in catalogue.columns[table].items() if kind == "timestamptz"]
    return table, *times, json.dumps(row)


def events_between(before: Rows, after: Rows) -> Iterator[Event]:
    for table, rows in after.items():
        for key, row in rows.items():
            old = before[table].get(key)
            if old is None:
                yield Event(table, "INSERT", None, row)
            elif old != row:
                yield Event(table, "UPDATE", old, row)
        for key, row in before[table].items():
            if key not in rows:
                yield Event(table, "DELETE", row, None)


@cache
def words_of(clause: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", clause))
