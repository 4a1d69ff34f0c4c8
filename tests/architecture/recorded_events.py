"""Every event that the sources can put on record about a customer, read from the calls themselves.

An event is written down where it is told, or handed on by the function around it: then its callers are asked.
"""

import ast
import importlib
from collections.abc import Iterator
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

from consents.access.rules import RequestState
from consents.choices.rules import MarkKind

ROOT = Path(__file__).resolve().parents[2]
# What no call says, but the row it is about; a request ends unanswered in what is neither waiting nor a yes.
UNANSWERED = sorted(set(RequestState) - {RequestState.PENDING, RequestState.APPROVED, RequestState.PARTLY_APPROVED})
OF_ROWS = {"mark.kind": MarkKind.values, "state": UNANSWERED}


class Call(NamedTuple):
    """One call, with the function around it and the module it stands in."""

    node: ast.Call
    around: ast.FunctionDef | None
    module: str


@cache
def calls() -> list[Call]:
    paths = [path for path in (ROOT / "consents").rglob("*.py") if "migrations" not in path.parts]
    return [call for path in paths for call in calls_in(path)]


def calls_in(path: Path) -> Iterator[Call]:
    parts = path.relative_to(ROOT).with_suffix("").parts
    module = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
    tree = ast.parse(path.read_text())
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            around = [one for one in functions if one.lineno <= node.lineno <= (one.end_lineno or 0)]
            yield Call(node, around[-1] if around else None, module)


def recorded() -> set[str]:
    """Of the chains of customers."""
    return {event for call in calls() if tells_of_a_customer(call.node) for event in events_of(call)}


def tells_of_a_customer(node: ast.Call) -> bool:
    names = {keyword.arg for keyword in node.keywords}
    return name_of(node) == "append_entry" and {"event", "customer"} <= names


def name_of(node: ast.Call) -> str:
    return ast.unparse(node.func).rpartition(".")[2]


def events_of(call: Call) -> list[str]:
    [value] = [keyword.value for keyword in call.node.keywords if keyword.arg == "event"]
    return values_of(value, call)


def values_of(value: ast.expr, call: Call) -> list[str]:
    """Everything it can be. Raises what it fails with where that cannot be told from the source."""
    match value:
        case ast.Constant():
            return [str(value.value)]
        case ast.IfExp():
            return values_of(value.body, call) + values_of(value.orelse, call)
        case ast.JoinedStr():
            return ["".join(parts) for parts in product(*(values_of(part, call) for part in value.values))]
        case ast.FormattedValue():
            return values_of(value.value, call)
        case ast.Subscript():
            return list(meant(value.value, call).values())
    return OF_ROWS.get(ast.unparse(value)) or handed_on(value, call)


def meant(value: ast.expr, call: Call) -> Any:
    """The object that an expression names in its module."""
    return eval(ast.unparse(value), vars(importlib.import_module(call.module)))


def handed_on(value: ast.expr, call: Call) -> list[str]:
    assert call.around is not None and isinstance(value, ast.Name), ast.unparse(value)
    positions = [argument.arg for argument in [*call.around.args.args, *call.around.args.kwonlyargs]]
    place = positions.index(value.id)
    callers = [one for one in calls() if name_of(one.node) == call.around.name and is_the_same(one, call)]
    assert callers, f"nobody calls {call.module}.{call.around.name}"
    return [event for one in callers for event in values_of(argument_of(one.node, place, value.id), one)]


def is_the_same(caller: Call, called: Call) -> bool:
    """The function of that name which this caller calls."""
    assert called.around is not None
    there = getattr(importlib.import_module(called.module), called.around.name)
    try:
        return meant(caller.node.func, caller) is there
    except (AttributeError, NameError):
        return False


def argument_of(node: ast.Call, place: int, name: str) -> ast.expr:
    named = [keyword.value for keyword in node.keywords if keyword.arg == name]
    return named[0] if named else node.args[place]
