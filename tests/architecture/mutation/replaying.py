"""What an act of the portal wrote, written again: as it was, and otherwise in one thing after the other.

Every act there is (tests/faults/acts) is done once. Then each of its rows is written again in a transaction that is
never committed, where nothing judges it but the one trigger that is asked about: by a superuser, at the moment of the
act, with the act's ledger entries. So a clause that no act and no change of one column needs is found.
"""

import itertools
import json
import math
import random
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from psycopg import Connection

from tests.architecture.mutation.otherwise import NOWHERE, Pool, otherwise
from tests.architecture.mutation.rows import Catalogue, Event, Row, Trigger, events_between, read_state, words_of

# What the database says to these statements, up to their end; nothing of it stays.
TRY = """
CREATE FUNCTION pg_temp.try(prepare text[], act text, effect text, is_quiet boolean) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    statement text;
    row_ text;
    after text;
    refused_by text;
BEGIN
    -- Only where the trigger would judge the preparation, too: every plan is made anew for it.
    IF is_quiet THEN SET LOCAL session_replication_role = replica; END IF;
    FOREACH statement IN ARRAY prepare LOOP EXECUTE statement; END LOOP;
    IF is_quiet THEN SET LOCAL session_replication_role = origin; END IF;
    EXECUTE act INTO row_;
    SET CONSTRAINTS ALL IMMEDIATE;
    IF effect <> '' THEN EXECUTE effect INTO after; END IF;
    RAISE EXCEPTION USING ERRCODE = 'ZZ000', MESSAGE = concat('done ', row_, ' ', after);
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS refused_by = CONSTRAINT_NAME;
    RETURN concat_ws(' ', SQLSTATE, refused_by, SQLERRM);
END $$;
CREATE FUNCTION pg_temp.try_one(attempt jsonb, effect text) RETURNS text LANGUAGE sql AS $$
    SELECT pg_temp.try(ARRAY(SELECT jsonb_array_elements_text(attempt -> 0)), attempt ->> 1, effect,
                       (attempt -> 2)::boolean)
$$;
CREATE FUNCTION pg_temp.try_all(attempts jsonb, effect text) RETURNS text[] LANGUAGE sql AS $$
    SELECT array_agg(pg_temp.try_one(a, effect) ORDER BY n)
    FROM jsonb_array_elements(attempts) WITH ORDINALITY AS given (a, n)
$$;
CREATE FUNCTION pg_temp.first_difference(attempts jsonb, effect text, before text[]) RETURNS int LANGUAGE plpgsql AS $$
BEGIN
    FOR n IN 1 .. jsonb_array_length(attempts) LOOP
        IF pg_temp.try_one(attempts -> (n - 1), effect) <> before[n] THEN
            RETURN n;
        END IF;
    END LOOP;
    RETURN 0;
END $$;
-- What comes of the attempt under each of these definitions, prepared once for all; nothing where it cannot be.
CREATE FUNCTION pg_temp.try_under(attempt jsonb, effect text, definitions text[]) RETURNS text[]
LANGUAGE plpgsql AS $$
DECLARE
    said text[] := '{}';
    stage text := 'preparing';
    statement text;
    row_ text;
    after text;
    refused_by text;
BEGIN
    IF (attempt -> 2)::boolean THEN SET LOCAL session_replication_role = replica; END IF;
    FOR statement IN SELECT jsonb_array_elements_text(attempt -> 0) LOOP EXECUTE statement; END LOOP;
    IF (attempt -> 2)::boolean THEN SET LOCAL session_replication_role = origin; END IF;
    FOREACH statement IN ARRAY definitions LOOP
        BEGIN
            stage := 'defining';
            after := NULL;
            EXECUTE statement;
            stage := 'trying';
            EXECUTE attempt ->> 1 INTO row_;
            SET CONSTRAINTS ALL IMMEDIATE;
            IF effect <> '' THEN EXECUTE effect INTO after; END IF;
            RAISE EXCEPTION USING ERRCODE = 'ZZ000', MESSAGE = concat('done ', row_, ' ', after);
        EXCEPTION WHEN OTHERS THEN
            IF stage = 'defining' THEN RAISE; END IF;
            GET STACKED DIAGNOSTICS refused_by = CONSTRAINT_NAME;
            said := said || concat_ws(' ', SQLSTATE, refused_by, SQLERRM);
        END;
    END LOOP;
    stage := 'done';
    RAISE EXCEPTION USING ERRCODE = 'ZZ000';
EXCEPTION WHEN OTHERS THEN
    IF stage NOT IN ('preparing', 'done') THEN RAISE; END IF;
    RETURN said;
END $$;
"""
TRY_UNDER = "SELECT pg_temp.try_under(%s, %s, %s)"
AS_IT_IS = ("", "")  # the rule, asked twice
LOOSENED = """
SELECT format('ALTER TABLE %%I DROP CONSTRAINT %%I', conrelid::regclass::text, conname) FROM pg_constraint
WHERE conrelid::regclass::text = ANY (%s) AND contype IN ('c', 'u', 'x')
UNION ALL SELECT format('DROP INDEX %%I', i.indexrelid::regclass::text) FROM pg_index AS i
WHERE i.indrelid::regclass::text = ANY (%s) AND i.indisunique AND NOT i.indisprimary
    AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = i.indexrelid)
"""
# Arguments of each kind, besides what stands in the tables.
ARGUMENTS = {
    "uuid": [f"'{NOWHERE}'"],
    "bigint": ["0", "1"],
    "text": ["''", "'x'"],
    "timestamp with time zone": ["portal.clock()", "'2020-01-01Z'", "'infinity'"],
    "integer": ["1"],
    "jsonb": ["'{}'", "'[]'"],
    "text[]": ["ARRAY['requester']", "ARRAY['privacy_officer', 'compliance_officer']"],
}
MOST_CALLS, MOST_ANSWERS = 60, 4
BEGINNING = "SELECT portal.clock(), coalesce((SELECT max(id) FROM ledger_entry), 0)"
WRITTEN = re.compile(r"\b(?:UPDATE|INSERT INTO|DELETE FROM) (\w+)")


@dataclass(frozen=True)
class Attempt:
    """`touches`: the columns that are otherwise than the act left them."""

    what: str
    touches: frozenset[str]
    prepare: tuple[str, ...]
    act: str
    is_quiet: bool = False

    def is_about(self, clause: Any) -> bool:
        words = words_of(clause.altered.clause)
        return not self.touches or bool(self.touches & words) or self.what.startswith("no ")

    def spelled(self) -> list[Any]:
        return [self.prepare, self.act, self.is_quiet]


def told_apart(said: list[str]) -> list[bool]:
    """What differs from one time to the next, under the rule as it is, tells nothing."""
    first, again, *altered = said or AS_IT_IS
    return [first == again != one for one in altered]


def literal(value: Any) -> str:
    return "'" + (value if isinstance(value, str) else json.dumps(value)).replace("'", "''") + "'"


def populated(table: str, row: Row) -> str:
    return f"jsonb_populate_record(NULL::{table}, {literal(row)}::jsonb)"


def insert(table: str, row: Row) -> str:
    """In FROM a row is made once: `(made).*` would make it anew for each column."""
    return f"INSERT INTO {table} OVERRIDING SYSTEM VALUE SELECT made.* FROM {populated(table, row)} AS made"


class Replay:
    """What an act wrote, to be tried out in the state that it left."""

    def __init__(self, speaking: Connection, catalogue: Catalogue, samples: dict[str, list[Row]]) -> None:
        """Begin right before the act. `samples`: rows that other acts wrote."""
        self.speaking, self.catalogue, self.samples = speaking, catalogue, samples
        self.before = read_state(speaking, catalogue)
        self.moment, self.last_entry = speaking.execute(BEGINNING).fetchone() or (None, 0)

    def see_what_changed(self) -> None:
        self.after = read_state(self.speaking, self.catalogue)
        self.events = list(events_between(self.before, self.after))
        self.pool = Pool(self.catalogue.references, self.after)

    def judged(self) -> Iterator[tuple[str, Event, Trigger]]:
        """With a name: for which time this trigger judges."""
        turn: Counter[str] = Counter()
        for event in self.events:
            for trigger in self.catalogue.triggers:
                if trigger.table == event.table and event.kind in trigger.kinds:
                    turn[name := f"{trigger.table}.{trigger.name}"] += 1
                    yield f"{name} {turn[name]}", event, trigger

    def called(self) -> Iterator[Trigger]:
        """Functions that ask about what the act wrote, or about nothing but their arguments."""
        written = {event.table for event in self.events}
        for function, kinds in self.catalogue.signatures.items():
            asked = self.catalogue.tables_of(function)
            if set(kinds) <= ARGUMENTS.keys() and (asked & written or not asked):
                yield Trigger("", function, function, [])

    def calls(self, called: Trigger) -> list[Attempt]:
        """Calls with arguments of every kind; and some of them, one for each answer, in other circumstances."""
        dice, text = random.Random(1), self.catalogue.text_of(called.function)
        pools = [self.arguments(kind, text) for kind in self.catalogue.signatures[called.function]]
        is_all = math.prod(map(len, pools)) <= MOST_CALLS
        drawn = ([dice.choice(pool) for pool in pools] for _ in range(MOST_CALLS))
        chosen = itertools.product(*pools) if is_all else drawn
        acts = [f"SELECT to_jsonb(said) FROM portal.{called.function}({', '.join(one)}) AS said" for one in chosen]
        plain = [Attempt(act, frozenset(), (), act) for act in acts]
        answers: dict[str, Attempt] = {}
        for attempt, said in zip(plain, self.try_all(called, plain), strict=True):
            answers.setdefault(said, attempt)
        nothing = Event("", "CALL", None, None)
        return plain + [
            Attempt(what, touches, tuple(statements), one.act)
            for one in list(answers.values())[:MOST_ANSWERS]
            for what, touches, statements in self.changed_state(nothing, text)
        ]

    def arguments(self, kind: str, text: str) -> list[str]:
        """As SQL spells them."""
        found: list[Any] = [None]
        if kind == "uuid":
            found += [row["id"] for row in self.after["people_customer"].values()][:3]
            found += [row["id"] for row in self.after["people_user"].values()][:9]
        elif kind == "bigint":
            for table in ("catalogue_category", "catalogue_purpose", "catalogue_purposeversion"):
                found += [row["id"] for row in self.after[table].values()][:3]
        elif kind == "text":
            found += list(dict.fromkeys(re.findall(r"'([^'\n]{1,40})'", text)))[:25]
        spelled = [f"{literal(str(one))}::{kind}" if one is not None else f"NULL::{kind}" for one in found]
        return spelled + [f"{one}::{kind}" for one in ARGUMENTS[kind]]

    def touched_with(self, triggers: list[Trigger]) -> list[str]:
        """The tables in which something is written where these are tried: by the attempts, and by `touch`."""
        columns = self.catalogue.columns
        touched = {event.table for event in self.events if "xid8" in columns[event.table].values()}
        asked = [{trigger.table, *self.catalogue.tables_of(trigger.function)} for trigger in triggers]
        return sorted(touched.union({"ledger_entry"}, *asked) & columns.keys())

    @contextmanager
    def stage(self, triggers: list[Trigger]) -> Iterator[None]:
        """Nothing else judges where these are tried, and the clock shows the moment of the act; in a transaction that
        is never committed."""
        tables = self.touched_with(triggers)
        self.speaking.execute("BEGIN")
        try:
            loosened = self.speaking.execute(LOOSENED, [tables, tables]).fetchall()
            silence = [f"ALTER TABLE {table} DISABLE TRIGGER ALL" for table in tables]
            self.speaking.execute("; ".join(silence + [one for (one,) in loosened]))
            self.speaking.execute(TRY)
            self.speaking.execute(
                "CREATE OR REPLACE FUNCTION portal.clock_offset() RETURNS interval LANGUAGE sql STABLE PARALLEL SAFE"
                f" RETURN '{self.moment}'::timestamptz - transaction_timestamp()"
            )
            yield
        finally:
            self.speaking.execute("ROLLBACK")

    def listen(self, event: Event, trigger: Trigger) -> None:
        """Take the event back, and let this trigger alone judge what comes."""
        for statement in self.take_back(event):
            self.speaking.execute(statement)
        self.speaking.execute(f"ALTER TABLE {trigger.table} ENABLE TRIGGER {trigger.name}")

    def touch(self) -> None:
        """What the act wrote is of this transaction again."""
        self.speaking.execute(f"UPDATE ledger_entry SET id = id WHERE id > {self.last_entry}")
        for event in self.events:
            for column, kind in self.catalogue.columns[event.table].items():
                if kind == "xid8" and event.new and event.new[column] not in (None, (event.old or {}).get(column)):
                    self.speaking.execute(
                        f"UPDATE {event.table} SET {column} = pg_current_xact_id() WHERE {self.where(event)}"
                    )

    def effect(self, trigger: Trigger) -> str:
        """What the trigger itself writes."""
        written = dict.fromkeys(WRITTEN.findall(self.catalogue.text_of(trigger.function)))
        sums = [
            f"(SELECT coalesce(string_agg(x::text, '' ORDER BY x::text), '') FROM {table} AS x)"
            for table in written
            if table in self.catalogue.columns
        ]
        return f"SELECT {' || '.join(sums)}" if sums else ""

    def try_all(self, trigger: Trigger, attempts: list[Attempt]) -> list[str]:
        given = json.dumps([one.spelled() for one in attempts])
        (said,) = self.speaking.execute("SELECT pg_temp.try_all(%s, %s)", [given, self.effect(trigger)]).fetchone()
        return said or []

    def tell_apart(self, trigger: Trigger, attempt: Attempt, definitions: list[str]) -> list[bool]:
        """Return of each of these definitions whether the attempt comes out differently under it; nothing where it
        cannot even be prepared."""
        given = [json.dumps(attempt.spelled()), self.effect(trigger), [*AS_IT_IS, *definitions]]
        return told_apart(self.speaking.execute(TRY_UNDER, given).fetchone()[0])

    @contextmanager
    def undone(self, name: str = "undone") -> Iterator[None]:
        self.speaking.execute(f"SAVEPOINT {name}")
        try:
            yield
        finally:
            self.speaking.execute(f"ROLLBACK TO {name}; RELEASE {name}")

    def where(self, event: Event) -> str:
        row = event.new or event.old or {}
        return " AND ".join(f"{one} = {literal(row[one])}" for one in self.catalogue.keys[event.table])

    def take_back(self, event: Event) -> list[str]:
        gone = f"DELETE FROM {event.table} WHERE {self.where(event)}"
        return [gone, insert(event.table, event.old)] if event.old else [gone]

    def write(self, event: Event, new: Row | None) -> str:
        table = event.table
        returning = "RETURNING to_jsonb(written)"
        if event.kind == "DELETE":
            return f"DELETE FROM {table} AS written WHERE {self.where(event)} {returning}"
        assert new is not None
        row = self.now(event, new)
        if event.kind == "INSERT":
            return f"INSERT INTO {table} AS written OVERRIDING SYSTEM VALUE SELECT {row} {returning}"
        names = ", ".join(f'"{one}"' for one in self.catalogue.columns[table])
        return f"UPDATE {table} AS written SET ({names}) = (SELECT {row}) WHERE {self.where(event)} {returning}"

    def now(self, event: Event, new: Row) -> str:
        """The row's columns; a transaction that it names is this one."""
        table, terms = event.table, []
        for column, kind in self.catalogue.columns[table].items():
            is_new = not event.old or event.old[column] != new[column]
            is_now = kind == "xid8" and is_new and new[column] is not None and new[column] == (event.new or {})[column]
            terms.append("pg_current_xact_id()" if is_now else f'made."{column}"')
        return f"{', '.join(terms)} FROM {populated(table, new)} AS made"

    def attempts(self, event: Event, trigger: Trigger) -> list[Attempt]:
        """First as it was; what needs quiet comes last."""
        text = self.catalogue.text_of(trigger.function)
        found = [Attempt("as it was", frozenset(), (), self.write(event, event.new)), *self.changed_rows(event, text)]
        for what, touches, statements in self.changed_state(event, text):
            found.append(Attempt(what, touches, tuple(statements), self.write(event, event.new)))
        judged = {"UPDATE": "UPDATE ", "DELETE": "DELETE FROM ", "INSERT": "INSERT INTO "}
        heard = tuple(f"{judged[kind]}{trigger.table} " for kind in trigger.kinds)
        said = [replace(one, is_quiet=any(word.startswith(heard) for word in one.prepare)) for one in found]
        return sorted(said, key=lambda one: one.is_quiet)

    def changed_rows(self, event: Event, text: str) -> Iterator[Attempt]:
        whole = "(NEW)" in text or "(OLD)" in text
        gone = self.take_back(event)[0]
        for column, kind in self.catalogue.columns[event.table].items():
            if not whole and not re.search(rf'\b(NEW|OLD)\."?{column}\b', text):
                continue
            touches = frozenset({column})
            row = event.new or event.old or {}
            for value in otherwise(kind, row[column], self.pool.of(event.table, column), text):
                what = f"{event.table}.{column} = {value!r}"
                if event.new:
                    yield Attempt(f"new {what}", touches, (), self.write(event, event.new | {column: value}))
                if event.old and not self.is_key(event, column):
                    old = insert(event.table, event.old | {column: value})
                    new = event.new and event.new | {column: value}
                    yield Attempt(f"old {what}", touches, (gone, old), self.write(event, event.new))
                    if new:
                        yield Attempt(f"both {what}", touches, (gone, old), self.write(event, new))

    def is_key(self, event: Event, column: str) -> bool:
        return column in self.catalogue.keys[event.table]

    def changed_state(self, event: Event, text: str) -> Iterator[tuple[str, frozenset[str], list[str]]]:
        words = set(re.findall(r"\w+", text))
        for table in sorted(words & self.catalogue.columns.keys()):
            rows = self.after[table]
            if rows:
                yield f"no {table}", frozenset({table}), [f"DELETE FROM {table}"]
            others = [one for one in self.events if one != event and one.table == table]
            if others:
                undo = [statement for one in others for statement in self.take_back(one)]
                yield f"{table} as before", frozenset({table}), undo
            for sample in self.planted(event, table):
                yield f"one more {table}", frozenset({table}), [insert(table, sample)]
                for column, value in self.alternatives(table, sample, words, text):
                    yield (
                        f"one more {table} of {column} = {value!r}",
                        frozenset({table, column}),
                        [insert(table, sample | {column: value})],
                    )
            for column, value in self.alternatives(table, self.any_row(table), words, text) if rows else ():
                made = f'({populated(table, {column: value})})."{column}"'
                changed = f'UPDATE {table} SET "{column}" = {made} WHERE {self.of_act(table)}'
                yield f"every {table}.{column} = {value!r}", frozenset({column}), [changed]

    def of_act(self, table: str) -> str:
        """Of the ledger only what the act entered."""
        return f"id > {self.last_entry}" if table == "ledger_entry" else "true"

    def any_row(self, table: str) -> Row:
        written = [one.new for one in self.events if one.table == table and one.new]
        return written[-1] if written else next(iter(self.after[table].values()))

    def alternatives(self, table: str, row: Row, words: set[str], text: str) -> Iterator[tuple[str, Any]]:
        for column, kind in self.catalogue.columns[table].items():
            if column in words:
                for value in otherwise(kind, row[column], self.pool.of(table, column), text):
                    yield column, value

    def planted(self, event: Event, table: str) -> Iterator[Row]:
        """Rows such as other acts write, made to belong to this event."""
        mine = event.new or event.old or {}
        for sample in self.samples.get(table, [])[:2]:
            row = dict(sample)
            for column in row:
                if column not in self.catalogue.keys[table] and column in mine and column.endswith("_id"):
                    row[column] = mine[column]
                elif self.catalogue.references.get((table, column)) == event.table and "id" in mine:
                    row[column] = mine["id"]
            for column in self.catalogue.keys[table]:
                kind = self.catalogue.columns[table][column]
                if (table, column) in self.catalogue.references:
                    continue
                row[column] = "31111111-2222-4333-8444-555555555555" if kind == "uuid" else 987654321
            yield row
