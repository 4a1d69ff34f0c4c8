"""A few rows that a rule asks about, and what it then judges: as they are, and otherwise in one thing after the other.

What is given is laid into empty tables where no other rule judges, in a transaction that is never committed. Each
clause of the function must then make a difference to one of the variations.
"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from psycopg import Connection

from tests.architecture.mutation.otherwise import NOWHERE, otherwise
from tests.architecture.mutation.replaying import (
    AS_IT_IS,
    LOOSENED,
    TRY,
    TRY_UNDER,
    WRITTEN,
    Attempt,
    literal,
)
from tests.architecture.mutation.rows import Catalogue, Row, Trigger

NOW, PAST, LATER = "2027-01-15T12:00:00Z", "2026-12-01T12:00:00Z", "2027-03-01T12:00:00Z"
ADA, BEN, SAM, PIA, OTTO, MUM = (f"a{n}000000-0000-4000-8000-000000000000" for n in range(6))
ONE, TWO = "b1000000-0000-4000-8000-000000000000", "b2000000-0000-4000-8000-000000000000"
# Mum acts for Ada.
ACTING = ("people_acting", {"id": 7, "user_id": MUM, "customer_id": ADA, "capacity": "self", "ends_at": None})
THIS_TRANSACTION, THIS_SESSION, THIS_SNAPSHOT = "$xid", "$pid", "$snapshot"
SNAPSHOT = "' || pg_current_snapshot() || '"
# What stands in a column that must hold something and of which nothing is said.
PLAIN = {"text": "", "varchar": "", "bool": False, "jsonb": [], "int8": 1, "int4": 1, "int2": 1, "uuid": NOWHERE}
PLAIN |= {"timestamptz": NOW, "date": "2027-01-15", "bytea": "\\x00", "interval": "01:00:00", "xid8": "1"}
NEEDED = """
SELECT a.attrelid::regclass::text, a.attname, t.typname, a.attidentity <> '' OR coalesce(i.indisprimary, false)
FROM pg_attribute AS a JOIN pg_type AS t ON t.oid = a.atttypid
LEFT JOIN pg_index AS i ON i.indrelid = a.attrelid AND i.indisprimary AND a.attnum = ANY (i.indkey)
WHERE a.attrelid::regclass::text = ANY (%s) AND a.attnotnull AND a.attnum > 0
"""
# A moment after NOW, and no later however busy the machine is: the transaction began before it.
STAND_STILL = f"""
CREATE OR REPLACE FUNCTION portal.clock_offset() RETURNS interval LANGUAGE sql STABLE PARALLEL SAFE
    RETURN timestamptz '{NOW}' - transaction_timestamp() - interval '1 second';
CREATE OR REPLACE FUNCTION portal.clock() RETURNS timestamptz LANGUAGE sql VOLATILE PARALLEL SAFE
    RETURN timestamptz '{NOW}' + interval '1 millisecond';
CREATE OR REPLACE FUNCTION portal.now() RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE
    RETURN timestamptz '{NOW}' + interval '1 millisecond';
"""
SAY_NO = "CREATE OR REPLACE FUNCTION portal.{} RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE RETURN false"
# What a rule itself sets to another value each time.
UNSTEADY = {"ledger_checkpoint": "horizon", "people_submission": "sent_at", "vault_record": "stored_at"}
UNSTEADY |= {"insights_insight": "asked_at", "insights_result": "counted_at"}
UNSTEADY |= {"training_attestation": "attested_at,valid_until"}
UNSTEADY |= {"open_statistics": "seen"}  # in an answer
UNSTEADY |= {"ledger_entry": "id"}
# Functions whose answer is another number each time: what they write is looked at.
NUMBERED = {"append_entry"}


@dataclass(frozen=True)
class Case:
    """`given`: rows with their tables. `old`, `new`: the row that is written; `arguments`: of a call."""

    function: str
    given: list[tuple[str, Row]]
    table: str = ""
    old: Row | None = None
    new: Row | None = None
    arguments: list[tuple[str, Any]] | None = None
    also: list[Row] = field(default_factory=list)  # more new rows of the same statement; what they were is given
    is_idle: bool = False  # the statement changes no row
    others: dict[str, list[Any]] = field(default_factory=dict)  # more values for a column
    settings: Row = field(default_factory=dict)  # of the session, in `portal.`
    is_plain: bool = False  # tried as it is alone
    reader: str = ""  # the role that reads `table`, whose policy `function` then names
    denied: str = ""  # a function without which this one is asked: it says no
    instead: str = ""  # a definition that stands in for a function of ours

    @property
    def kind(self) -> str:
        return "UPDATE" if self.old and self.new else "DELETE" if self.old else "INSERT"

    def spell(self) -> str:
        """By itself alone: as long as nobody changes the case, whatever columns its tables gain."""
        return repr(replace(self, others={}, is_plain=False))


def inserted(function: str, table: str, new: Row, *given: tuple[str, Row], **others: list[Any]) -> Case:
    return Case(function, list(given), table, None, new, others=others)


def updated(function: str, table: str, old: Row, change: Row, *given: tuple[str, Row], **others: list[Any]) -> Case:
    return Case(function, list(given), table, old, old | change, others=others)


def plain(case: Case) -> Case:
    """As it is, without variations: one of many."""
    return replace(case, is_plain=True)


def of_before(case: Case) -> Case:
    """As if what is given were committed already, by another transaction."""
    return replace(case, is_plain=True, denied="is_of_this_transaction(written_by xid)")


def of_a_snapshot(case: Case) -> Case:
    """As if the transaction went on seeing what was true when it began."""
    return replace(case, is_plain=True, denied="sees_what_is_committed()")


def deleted(function: str, table: str, old: Row, *given: tuple[str, Row]) -> Case:
    return Case(function, list(given), table, old)


def called(
    function: str, arguments: list[tuple[str, Any]], *given: tuple[str, Row], settings: Row | None = None
) -> Case:
    """`arguments`: the type of each, and its value."""
    return Case(function, list(given), arguments=arguments, settings=settings or {})


def read_by(reader: str, policy: str, table: str, *given: tuple[str, Row], settings: Row, instead: str = "") -> Case:
    """What a policy shows of a table to this role; tried as it is alone."""
    return Case(policy, list(given), table, settings=settings, is_plain=True, reader=reader, instead=instead)


def entry(event: str, about: str, actor_kind: str = "customer", actor: str = ADA, **more: Any) -> tuple[str, Row]:
    """An entry of the ledger, of this very transaction. `about`: its object; `details`: as an object."""
    details = json.dumps(more.pop("details", {}))
    told = {"event": event, "object": about, "actor_kind": actor_kind, "actor": actor, "customer": ADA}
    return "ledger_entry", {"id": 1, "occurred_at": NOW, "outcome": "", "purpose": ""} | told | more | {
        "details": details
    }


def staff(user: str, role: str = "privacy_officer", **more: Any) -> tuple[str, Row]:
    return "people_staffmember", {"user_id": user, "role": role, "ended_at": None} | more


class Stage:
    """A transaction with empty tables, no rule in force but the one that is asked about, and a clock that stands."""

    def __init__(self, speaking: Connection, catalogue: Catalogue) -> None:
        self.speaking, self.catalogue = speaking, catalogue
        self.plain: dict[str, Row] = {}

    @contextmanager
    def open(self) -> Iterator[None]:
        tables = list(self.catalogue.columns)
        self.speaking.execute("BEGIN")
        try:
            needed = self.speaking.execute(NEEDED, [tables]).fetchall()
            for table, column, kind, _is_kept in needed:
                self.plain.setdefault(table, {})[column] = PLAIN.get(kind)
            loosened = self.speaking.execute(LOOSENED, [tables, tables]).fetchall()
            self.speaking.execute(
                "; ".join(
                    [f"ALTER TABLE {table} DISABLE TRIGGER ALL; DELETE FROM {table}" for table in tables]
                    + [one for (one,) in loosened]
                    + [f'ALTER TABLE {t} ALTER "{c}" DROP NOT NULL' for t, c, _kind, is_kept in needed if not is_kept]
                )
            )
            self.speaking.execute(TRY)
            self.speaking.execute(STAND_STILL)
            yield
        finally:
            self.speaking.execute("ROLLBACK")

    @contextmanager
    def judging(self, case: Case) -> Iterator[None]:
        """This rule alone is in force for a while."""
        self.speaking.execute("SAVEPOINT judging")
        try:
            for trigger in self.triggers_of(case):
                if case.kind in trigger.kinds:
                    self.speaking.execute(f"ALTER TABLE {trigger.table} ENABLE TRIGGER {trigger.name}")
            yield
        finally:
            self.speaking.execute("ROLLBACK TO judging; RELEASE judging")

    def populated(self, table: str, row: Row) -> str:
        known = self.catalogue.columns[table].keys()
        assert row.keys() <= known, (table, row.keys() - known)
        text = literal(self.plain.get(table, {}) | row)
        text = text.replace(THIS_TRANSACTION, "' || pg_current_xact_id() || '")
        text = text.replace(f'"{THIS_SESSION}"', "' || pg_backend_pid() || '")
        return f"jsonb_populate_record(NULL::{table}, ({text})::jsonb)"

    def insert(self, table: str, row: Row) -> str:
        return f"INSERT INTO {table} OVERRIDING SYSTEM VALUE SELECT made.* FROM {self.populated(table, row)} AS made"

    def act(self, case: Case) -> str:
        if case.reader:
            return f"SELECT jsonb_agg({self.steady(case.table, 'shown')}) FROM {case.table} AS shown"
        if case.arguments is not None:
            terms = [self.argument(kind, value) for kind, value in case.arguments]
            said = self.steady(case.function, "said") if case.function in UNSTEADY else "to_jsonb(said)"
            said = "true" if case.function in NUMBERED else said
            return f"SELECT jsonb_agg({said}) FROM portal.{case.function}({', '.join(terms)}) AS said"
        table, returning = case.table, f"RETURNING {self.steady(case.table, 'written')}"
        keys = self.catalogue.keys[table]
        if case.kind == "DELETE":
            return f"DELETE FROM {table} AS written WHERE {self.find(keys, case.old)} {returning}"
        assert case.new is not None
        rows = [case.new, *case.also]
        made = " UNION ALL ".join(f"SELECT made.* FROM {self.populated(table, row)} AS made" for row in rows)
        if case.kind == "INSERT":
            return f"INSERT INTO {table} AS written OVERRIDING SYSTEM VALUE {made} {returning}"
        names = [f'"{one}"' for one in self.catalogue.columns[table] if one not in keys]
        same = " AND ".join(f"made.{one} = written.{one}" for one in keys)
        value = f"SELECT {', '.join(f'made.{one}' for one in names)} FROM ({made}) AS made WHERE {same}"
        where = "false" if case.is_idle else " OR ".join(f"({self.find(keys, row)})" for row in rows)
        return f"UPDATE {table} AS written SET ({', '.join(names)}) = ({value}) WHERE {where} {returning}"

    def find(self, keys: list[str], row: Row | None) -> str:
        return " AND ".join(f"{one} = {literal((row or {})[one])}" for one in keys)

    def steady(self, table: str, row: str) -> str:
        """Return the row as an object, but for what is another each time."""
        return f"to_jsonb({row}) - '{{{UNSTEADY.get(table, '')}}}'::text[]"

    def argument(self, kind: str, value: Any) -> str:
        if value is None:
            return f"NULL::{kind}"
        if kind in self.catalogue.columns:
            return self.populated(kind, value)
        if value in (THIS_TRANSACTION, THIS_SESSION):
            value = "pg_current_xact_id()" if value == THIS_TRANSACTION else "pg_backend_pid()"
            return f"{value}::text::{kind}"
        text = literal(value if isinstance(value, str) else json.dumps(value))
        return f"({text.replace(THIS_SNAPSHOT, SNAPSHOT)})::{kind}"

    def attempt(self, case: Case, *touches: str) -> Attempt:
        laid = [self.insert(table, row) for table, row in case.given]
        if case.old:
            laid.append(self.insert(case.table, case.old))
        laid += [f"SELECT set_config('portal.{one}', '{value}', true)" for one, value in case.settings.items()]
        laid += [SAY_NO.format(case.denied)] if case.denied else []
        laid += [case.instead] if case.instead else []
        laid += [f"SET LOCAL ROLE {case.reader}"] if case.reader else []
        return Attempt(case.spell(), frozenset(touches), tuple(laid), self.act(case), self.needs_quiet(case))

    def needs_quiet(self, case: Case) -> bool:
        """Whether the rule would judge what is given, too."""
        judges = any("INSERT" in one.kinds for one in self.triggers_of(case))
        return judges and (case.old is not None or any(table == case.table for table, _row in case.given))

    def triggers_of(self, case: Case) -> list[Trigger]:
        return [one for one in self.catalogue.triggers if (one.table, one.function) == (case.table, case.function)]

    def attempts(self, case: Case, words: set[str]) -> list[Attempt]:
        """The case as it is, and otherwise in what these words name."""
        found = [(touches, one) for touches, one in self.variations(case) if not touches or words & {*touches}]
        return [self.attempt(one, *touches) for touches, one in found]

    def variations(self, case: Case) -> Iterator[tuple[tuple[str, ...], Case]]:
        yield (), case
        if case.is_plain:
            return
        rows = list(case.given)
        for place, (table, row) in enumerate(rows):
            rest = rows[:place] + rows[place + 1 :]
            yield (table,), replace(case, given=rest)
            for column, other in self.others(case, table, row):
                changed = (table, row | {column: other})
                yield (column,), replace(case, given=[*rows[:place], changed, *rows[place + 1 :]])
                yield (column,), replace(case, given=[*rows, (table, self.renamed(table, changed[1]))])
            yield (table,), replace(case, given=[*rows, (table, self.renamed(table, row))])
        for place, (kind, value) in enumerate(case.arguments or []):
            for other in self.otherwise(case, kind, "", value):
                arguments = [*(case.arguments or [])]
                arguments[place] = (kind, other)
                yield (), replace(case, arguments=arguments)
        yield from self.written(case)

    def written(self, case: Case) -> Iterator[tuple[tuple[str, ...], Case]]:
        """Another new row; or another old one; or both."""
        keys = self.catalogue.keys.get(case.table, [])
        for column, other in self.others(case, case.table, case.new) if case.new else ():
            if column not in keys or case.kind == "INSERT":
                yield (column,), replace(case, new=(case.new or {}) | {column: other})
        for column, other in self.others(case, case.table, case.old) if case.old else ():
            if column not in keys:
                yield (column,), replace(case, old=(case.old or {}) | {column: other})
                if case.new:
                    both = {name: (getattr(case, name) or {}) | {column: other} for name in ("old", "new")}
                    yield (column,), replace(case, **both)

    def renamed(self, table: str, row: Row) -> Row:
        """With a key of its own."""
        others = {"uuid": "31111111-2222-4333-8444-555555555555", "int8": 987654321, "int4": 987654321}
        kinds = self.catalogue.columns[table]
        keys = [one for one in self.catalogue.keys[table] if not one.endswith(("customer_id", "user_id"))]
        return row | {one: others.get(kinds[one], "another") for one in keys}

    def others(self, case: Case, table: str, row: Row | None) -> Iterator[tuple[str, Any]]:
        for column in row or {}:
            kind = self.catalogue.columns[table][column]
            for other in self.otherwise(case, kind, column, (row or {})[column]):
                yield column, other

    def otherwise(self, case: Case, kind: str, column: str, value: Any) -> list[Any]:
        text = self.catalogue.texts[case.function]
        rows = [*case.given, *((case.table, one) for one in (case.old, case.new) if one)]
        known = {"uuid": [ADA, BEN, SAM, PIA, OTTO, ONE], "timestamptz": [NOW, PAST, LATER]}.get(kind, [])
        pool = [row[one] for table, row in rows for one in row if self.catalogue.columns[table][one] == kind] + known
        pool = list(dict.fromkeys(one for one in pool if one is not None and not isinstance(one, (dict, list))))
        found = [*case.others.get(column, []), *pool, *otherwise(kind, value, [], text)]
        return list({str(one): one for one in found if str(one) != str(value)}.values())

    def effect(self, function: str) -> str:
        """What the function itself writes."""
        if function not in self.catalogue.texts:  # a policy
            return ""
        written = dict.fromkeys(WRITTEN.findall(self.catalogue.text_of(function)))
        sums = [
            f"(SELECT coalesce(string_agg(({self.steady(table, 'x')})::text, '' ORDER BY x::text), '')"
            f" FROM {table} AS x)"
            for table in written
            if table in self.catalogue.columns
        ]
        return f"SELECT {' || '.join(sums)}" if sums else ""

    def try_all(self, case: Case, attempts: list[Attempt]) -> list[str]:
        given = json.dumps([one.spelled() for one in attempts])
        (said,) = self.speaking.execute(
            "SELECT pg_temp.try_all(%s, %s)", [given, self.effect(case.function)]
        ).fetchone()
        return said or []

    def try_under(self, case: Case, attempt: Attempt, definitions: list[str]) -> list[str]:
        """Return what comes of the attempt under the rule as it is, twice, and under each of these definitions; nothing
        where it is made in another role, which may not define anything."""
        if any(one.startswith("SET LOCAL ROLE") for one in attempt.prepare):
            return []
        given = [json.dumps(attempt.spelled()), self.effect(case.function), [*AS_IT_IS, *definitions]]
        return list(self.speaking.execute(TRY_UNDER, given).fetchone()[0])

    def find_difference(self, case: Case, definition: str, attempts: list[Attempt], said: list[str]) -> int:
        """Return the place, from 1, of the first that comes out differently under this definition, or 0."""
        given = json.dumps([one.spelled() for one in attempts])
        self.speaking.execute(f"SAVEPOINT mutant; {definition}")
        try:
            query = "SELECT pg_temp.first_difference(%s, %s, %s)"
            return int(self.speaking.execute(query, [given, self.effect(case.function), said]).fetchone()[0])
        finally:
            self.speaking.execute("ROLLBACK TO mutant; RELEASE mutant")


def words_of(clause: str) -> set[str]:
    return set(re.findall(r"\w+", clause))
