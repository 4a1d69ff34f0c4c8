"""Every clause of a text in SQL or PL/pgSQL: the text without it, and with it turned round.

A clause is a term of AND or OR, or a condition that stands alone: of IF, WHEN, WHERE and ON. The text is read with
PostgreSQL's own parsers and written out again from what they made of it.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any, ClassVar

from pglast import ast, parse_plpgsql, parse_sql
from pglast.enums import BoolExprType
from pglast.stream import RawStream

STATEMENT, EXPRESSION = 0, 2  # RawParseMode; above are assignments
INTO = r"INTO\s+[\w.]+(?:,\s*[\w.]+)*"
GAP, INTO_GAP = re.compile(r"\s+"), re.compile(rf"\s+{INTO}\s+")
TRUE, FALSE = (ast.A_Const(isnull=False, val=ast.Boolean(boolval=value)) for value in (True, False))
JOINS = {BoolExprType.AND_EXPR: TRUE, BoolExprType.OR_EXPR: FALSE}


@dataclass(eq=False)
class Place:
    """Where a clause stands in a tree, and what makes it matter no longer."""

    parent: Any
    name: str
    index: int | None
    neutral: ast.Node

    def get(self) -> ast.Node:
        value = getattr(self.parent, self.name)
        return value if self.index is None else value[self.index]

    def put(self, node: ast.Node) -> None:
        if self.index is None:
            setattr(self.parent, self.name, node)
        else:
            terms = list(getattr(self.parent, self.name))
            terms[self.index] = node
            setattr(self.parent, self.name, tuple(terms))


@dataclass(frozen=True)
class Alteration:
    """`write`: the whole text with this in place of the clause, only made where somebody asks for it."""

    clause: str
    place: Place
    write: Callable[[str], str]

    @cached_property
    def constants(self) -> tuple[str, ...]:
        return constants_of(self.place.get())

    @cached_property
    def without(self) -> str:
        return self.write(RawStream()(self.place.neutral))

    @cached_property
    def turned(self) -> str:
        return self.write(f"(NOT ({self.clause}))")


@dataclass
class Template:
    """A text with a mark for each clause: to write the tree out again for every clause would take most of the time."""

    places: list[Place]
    write: Callable[[], str]
    MARK: ClassVar = re.compile(r"\bclause_(\d+)_of_these\b")

    @cached_property
    def parts(self) -> tuple[str, list[str]]:
        """The whole, and each clause, with marks for the clauses in it."""
        nodes = [place.get() for place in self.places]
        clauses = [""] * len(nodes)
        for number in reversed(range(len(nodes))):  # what stands inside another comes after it
            clauses[number] = RawStream()(self.places[number].get())
            self.places[number].put(ast.ColumnRef(fields=(ast.String(sval=f"clause_{number}_of_these"),)))
        whole = self.write()
        for place, node in zip(self.places, nodes, strict=True):
            place.put(node)
        return whole, clauses

    def write_with(self, number: int, instead: str) -> str:
        whole, clauses = self.parts

        def fill(text: str) -> str:
            return self.MARK.sub(lambda mark: spell(int(mark[1])), text)

        def spell(other: int) -> str:
            return instead if other == number else f"({fill(clauses[other])})"

        return fill(whole)


def alter_condition(text: str) -> Iterator[Alteration]:
    """Of a CHECK, a policy or a trigger's WHEN."""
    yield from alter(text, EXPRESSION)


def alter_query(text: str) -> Iterator[Alteration]:
    yield from alter(text, STATEMENT)


def alter_body(source: str, arguments: list[str], returns: str) -> Iterator[Alteration]:
    """Of a function in PL/pgSQL. The parser wants to know its types, which change nothing here."""
    head = (
        f"CREATE FUNCTION f({', '.join(f'{one} text' for one in arguments)}) RETURNS {returns} LANGUAGE plpgsql AS $f$"
    )
    turn: dict[str, int] = {}
    for kind, query, mode in expressions(parse_plpgsql(f"{head}{source}$f$")):
        turn[query] = turn.get(query, 0) + 1
        start, end = locate(source, query, turn[query])

        def write(
            write_part: Callable[[str], str], instead: str, query: str = query, start: int = start, end: int = end
        ) -> str:
            return source[:start] + restore_words(write_part(instead), source[start:end], query) + source[end:]

        for one in alter(query, mode, is_condition=kind == "cond"):
            yield replace(one, write=partial(write, one.write))


def expressions(parsed: Any, kind: str = "") -> Iterator[tuple[str, str, int]]:
    """What it is of, the text, and how PL/pgSQL reads it."""
    if isinstance(parsed, dict):
        if "PLpgSQL_expr" in parsed:
            yield kind, parsed["PLpgSQL_expr"]["query"], parsed["PLpgSQL_expr"].get("parseMode", STATEMENT)
        else:
            for key, value in parsed.items():
                yield from expressions(value, key)
    elif isinstance(parsed, list):
        for value in parsed:
            yield from expressions(value, kind)


def locate(source: str, query: str, turn: int) -> tuple[int, int]:
    """From where to where it stands. The parser leaves out what SQL does not know: INTO, and PERFORM for SELECT."""
    first, *others = query.split()
    either = f"{re.escape(first)}|{re.escape(first.replace('SELECT', 'PERFORM', 1))}"
    found: list[tuple[int, int]] = []
    for begun in re.finditer(either if first.startswith("SELECT") else re.escape(first), source):
        end = find_end(source, others, begun.end())
        if end and (not found or begun.start() >= found[-1][1]):
            found.append((begun.start(), end))
    return found[min(turn, len(found)) - 1]


def find_end(source: str, words: list[str], at: int) -> int:
    """Where the last of these words ends that stand here one after the other, with or without INTO between; or 0."""
    for word in words:
        gaps = (gap for gap in (INTO_GAP.match(source, at), GAP.match(source, at)) if gap)
        at = next((gap.end() + len(word) for gap in gaps if source.startswith(word, gap.end())), 0)
        if not at:
            return 0
    return at


def restore_words(text: str, written: str, query: str) -> str:
    """INTO may also stand at the end."""
    if written.startswith("PERFORM"):
        return text.replace("SELECT", "PERFORM", 1)
    into = re.search(rf"\b{INTO}", written)
    return f"{text} {into[0]}" if into and "INTO" not in query else text


def alter(query: str, mode: int, is_condition: bool = True) -> Iterator[Alteration]:
    target, _, text = query.partition(":=") if mode > EXPRESSION else ("", "", query)
    root = parse_sql(text if mode == STATEMENT else f"SELECT {text}")[0].stmt
    holder = root if mode == STATEMENT else root.targetList[0]

    def write() -> str:
        written = RawStream()(root if mode == STATEMENT else holder.val)
        # In parentheses: PL/pgSQL would take the THEN of a CASE for its own.
        return f"{target}:= {written}" if target else written if mode == STATEMENT else f"({written})"

    places = list(find_places(holder))
    if mode != STATEMENT and is_condition and not is_joined(holder.val):
        places.insert(0, Place(holder, "val", None, FALSE))
    template = Template(places, write)
    for number, place in enumerate(places):
        yield Alteration(RawStream()(place.get()), place, partial(template.write_with, number))


def is_joined(node: Any) -> bool:
    return isinstance(node, ast.BoolExpr) and node.boolop in JOINS


def find_places(node: Any) -> Iterator[Place]:
    if is_joined(node):
        for index in range(len(node.args)):
            yield Place(node, "args", index, JOINS[node.boolop])
    for name, neutral in (("whereClause", TRUE), ("quals", TRUE), ("havingClause", TRUE)):
        if isinstance(value := getattr(node, name, None), ast.Node) and not is_joined(value):
            yield Place(node, name, None, neutral)
    if isinstance(node, ast.CaseWhen) and not is_joined(node.expr) and not isinstance(node.expr, ast.A_Const):
        yield Place(node, "expr", None, FALSE)
    for child in children(node):
        yield from find_places(child)


def children(node: Any) -> Iterator[Any]:
    for name in node if isinstance(node, ast.Node) else ():
        value = getattr(node, name)
        for child in value if isinstance(value, tuple) else (value,):
            if isinstance(child, ast.Node):
                yield child
            elif isinstance(child, tuple):
                yield from (one for one in child if isinstance(one, ast.Node))


def constants_of(node: Any) -> tuple[str, ...]:
    found = [node.val.sval] if isinstance(node, ast.A_Const) and isinstance(node.val, ast.String) else []
    for child in children(node):
        found += constants_of(child)
    return tuple(dict.fromkeys(found))
