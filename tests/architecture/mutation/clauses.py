"""Every clause of CHECKs, of triggers' conditions, and of what decides who sees the vault, from the catalogue."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from psycopg import Connection

from tests.architecture.mutation.altering import Alteration, alter_body, alter_condition, alter_query
from tests.architecture.mutation.parts import our_tables

FUNCTIONS = """
SELECT p.oid::regprocedure::text, p.prosrc, pg_get_functiondef(p.oid), l.lanname = 'sql', coalesce(p.proargnames, '{}'),
    CASE WHEN p.proretset THEN 'SETOF record' ELSE 'text' END
FROM pg_proc AS p JOIN pg_language AS l ON l.oid = p.prolang
WHERE p.pronamespace = 'portal'::regnamespace AND p.proname = ANY (%s) AND p.prosqlbody IS NULL ORDER BY 1
"""
CALLABLE = "SELECT proname, prosrc FROM pg_proc WHERE pronamespace = 'portal'::regnamespace"
TRIGGERS = """
SELECT t.tgrelid::regclass::text, t.tgname, pg_get_triggerdef(t.oid) FROM pg_trigger AS t
WHERE NOT t.tgisinternal AND t.tgqual IS NOT NULL AND t.tgname !~ '^procrastinate' ORDER BY 1, 2
"""
CHECKS = """
SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
WHERE contype = 'c' AND conrelid::regclass::text = ANY (%s) ORDER BY 1, 2
"""
POLICY = "SELECT tablename, policyname, qual FROM pg_policies WHERE policyname = %s"
CALL = re.compile(r"\b(\w+)\(")


@dataclass(frozen=True)
class Rule:
    """`define(text)` is the statement that puts it in force with this text in place of `source`."""

    kind: str
    name: str
    tables: tuple[str, ...]
    source: str
    alter: Callable[[], Iterator[Alteration]]
    define: Callable[[str], str]


@dataclass(frozen=True)
class Clause:
    rule: Rule
    altered: Alteration

    @property
    def rule_constants(self) -> list[str]:
        """Every word that the rule compares with."""
        return list(dict.fromkeys(re.findall(r"'([^']*)'::", self.rule.source)))

    def __str__(self) -> str:
        return f"{self.rule.kind} {self.rule.name}: {self.altered.clause}"


def clauses_of(rules: Iterator[Rule]) -> list[Clause]:
    return [Clause(rule, one) for rule in rules for one in rule.alter()]


def checks(owner: Connection) -> Iterator[Rule]:
    for table, name, whole in owner.execute(CHECKS, [our_tables()]).fetchall():
        condition = whole.removesuffix(" NOT VALID").removeprefix("CHECK (").removesuffix(")")
        yield condition_rule("check", name, table, condition)


def conditions(owner: Connection) -> Iterator[Rule]:
    """When a trigger has anything to say at all."""
    for table, name, whole in owner.execute(TRIGGERS).fetchall():
        found = re.search(r" WHEN \((.*)\) EXECUTE ", whole, re.DOTALL)
        assert found
        yield condition_rule("trigger", name, table, found[1])


def door(owner: Connection) -> Iterator[Rule]:
    """The policy of the vault, and every function of ours that it asks, directly or through another."""
    yield from policy(owner, "vault_record_read")
    bodies = dict(owner.execute(CALLABLE).fetchall())
    asked = {"open_door", "door_shows"}
    while more := {one for name in asked for one in CALL.findall(bodies[name]) if one in bodies} - asked:
        asked |= more
    for name, body, whole, is_query, arguments, returns in owner.execute(FUNCTIONS, [sorted(asked)]).fetchall():
        yield function_rule(name, body, whole, is_query, arguments, returns)


def policy(owner: Connection, name: str) -> Iterator[Rule]:
    for table, _name, condition in owner.execute(POLICY, [name]).fetchall():
        yield condition_rule("policy", name, table, condition, f"ALTER POLICY {name} ON {table} USING ({{}})")


def function_rule(name: str, body: str, whole: str, is_query: bool, arguments: list[str], returns: str) -> Rule:
    head, _, tail = whole.partition(body)

    def alter() -> Iterator[Alteration]:
        return alter_query(body) if is_query else alter_body(body, arguments, returns)

    return Rule("function", name, (), body, alter, lambda text: head + text + tail)


def condition_rule(kind: str, name: str, table: str, condition: str, define: str = "") -> Rule:
    return Rule(kind, name, (table,), condition, lambda: alter_condition(condition), define.format)
