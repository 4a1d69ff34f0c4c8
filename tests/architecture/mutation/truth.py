"""Conditions that depend on nothing but a row: which rows tell one from the other is asked of PostgreSQL itself."""

import itertools
import json
import math
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from psycopg import Connection, DataError

from tests.architecture.mutation.clauses import Clause

KINDS = """
SELECT a.attname, t.typname, CASE WHEN a.atttypmod > 0 THEN a.atttypmod - 4 ELSE 1000 END
FROM pg_attribute AS a JOIN pg_type AS t ON t.oid = a.atttypid
WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped
"""
# Of what fits: nothing, something, and what the patterns look for.
WORDS = ["x", "", "IE", "EUR", "US-CA", "GDPR Art 23", '{"a": 1, "a": 1}', "[]", "{}"]
DAYS = ["2026-01-01", "2026-01-02", "2027-06-01", "2010-01-01", "2018-12-01"]
VALUES: dict[str, list[object]] = {
    "timestamptz": [f"{day}Z" for day in DAYS],
    "date": list(DAYS),
    "bool": [True, False],
    "jsonb": [[], {}, ["x"], {"x": "y"}, [{"x": "y"}], ["IE"]],
    "interval": ["1 second", "59 minutes", "1 hour", "1 day", "30 days", "31 days", "-1 hour", "0"],
    "bytea": [r"\x00", "", "\\x" + "00" * 32],
    "uuid": ["11111111-2222-4333-8444-555555555555", "21111111-2222-4333-8444-555555555555"],
}
NUMBERS: list[object] = [0, 1, -1, 2, 49, 50, 100, 101, 10000]
# Rows for one clause: nearly all are told apart by the first, then by twice as many each time.
MOST, AT_ONCE, AT_FIRST = 30000, 5000, 200
FEW, FEWEST = 6, 2


def tell_apart(speakers: Sequence[Connection], clause: Clause, altered: str) -> bool:
    """Whether there is a row that the rule refuses and the altered rule allows, or the other way round, for one of
    these speakers."""
    (table,) = clause.rule.tables
    is_trigger = clause.rule.kind == "trigger"
    rows = [f"jsonb_populate_record(NULL::{table}, given -> '{name}') AS {name}" for name in ("old", "new")]
    source = ", ".join(rows) if is_trigger else f"jsonb_populate_record(NULL::{table}, given -> 'new') AS {table}"
    asks = "IS TRUE" if is_trigger else "IS NOT FALSE"  # a CHECK that comes out unknown holds, a WHEN does not
    query = (
        f"SELECT true FROM jsonb_array_elements(%s) AS given, {source}"
        f" WHERE (({clause.rule.source}) {asks}) <> (({altered}) {asks}) LIMIT 1"
    )
    query = query.replace("%", "%%").replace("%%s", "%s", 1)

    def finds(speaker: Connection, some: list[str]) -> bool:
        try:
            return bool(speaker.execute(query, [f"[{','.join(some)}]"]).fetchone())
        except DataError:  # what cannot be computed is refused, by either
            return len(some) > 1 and any(finds(speaker, [row]) for row in some[:200])

    return any(finds(one, some) for some in batches_of(speakers[0], clause, table) for one in speakers)


@dataclass
class Batches:
    """The rows of one clause as JSON, some at a time: made once for all that is asked about it."""

    rows: Iterator[str]
    made: list[list[str]] = field(default_factory=list)

    def __iter__(self) -> Iterator[list[str]]:
        for place in itertools.count():
            if place == len(self.made):
                some = list(itertools.islice(self.rows, min(AT_FIRST * 2**place, AT_ONCE)))
                if not some:
                    return
                self.made.append(some)
            yield self.made[place]


last: dict[Clause, Batches] = {}


def batches_of(speaker: Connection, clause: Clause, table: str) -> Batches:
    if clause not in last:
        last.clear()
        last[clause] = Batches(map(json.dumps, rows_of(speaker, clause, table)))
    return last[clause]


def rows_of(speaker: Connection, clause: Clause, table: str) -> Iterator[Any]:
    """Every combination of values for the columns in the rule; where those are too many, some, always the same."""
    kinds = {name: about for name, *about in speaker.execute(KINDS, [table]).fetchall()}
    used = [
        (row, name)
        for name in kinds
        for row in ("new", "old")
        if re.search(rf"\b{name}\b", clause.rule.source) and (row == "new" or re.search(r"\bold\.", clause.rule.source))
    ]
    choices = [[None, *values_of(*kinds[name], clause)] for _row, name in used]
    dice = random.Random(1)
    is_all = math.prod(map(len, choices)) <= MOST
    drawn = (draw(dice, choices, turn) for turn in range(MOST))
    some = itertools.product(*choices) if is_all else drawn
    for values in some:
        made: dict[str, dict[str, object]] = {"new": {}, "old": {}}
        for (row, name), value in zip(used, values, strict=True):
            made[row][name] = value
        yield made


def draw(dice: random.Random, choices: list[list[object]], turn: int) -> list[object]:
    """Any values; or the clause's own words and nothing, which random combinations would seldom be; or nearly only
    nothing and the first of its words, with one column free: so many columns are seldom right at once."""
    if turn % 4 < 2:
        return [dice.choice(one[: FEW if turn % 4 else None]) for one in choices]
    values = [dice.choice(one[:FEWEST]) for one in choices]
    free = dice.randrange(len(choices))
    values[free] = dice.choice(choices[free])
    return values


def values_of(kind: str, longest: int, clause: Clause) -> list[object]:
    if kind in ("varchar", "text"):
        words = [*clause.altered.constants, *WORDS[:2], *clause.rule_constants, *WORDS]
        return [word for word in dict.fromkeys(words) if len(word) <= longest]
    return list(VALUES.get(kind, NUMBERS))
