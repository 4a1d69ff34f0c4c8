"""Every event that the sources can put on record, and the room that names it, read from the calls themselves.

An event is written down where it is told, or handed on by the function around it: then its callers are asked.
"""

import ast
import importlib
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

from consents.access.rules import RequestState
from consents.choices.rules import MarkKind
from tests.architecture.sources import ROOT, read_nodes

# What no call says, but the row it is about; a request ends unanswered in what is neither waiting nor a yes.
UNANSWERED = sorted(set(RequestState) - {RequestState.PENDING, RequestState.APPROVED, RequestState.PARTLY_APPROVED})
MADE_UP = "consents.ops.demo."
TOLD = "append_entry"
OF_ROWS = {"mark.kind": MarkKind.values, "state": UNANSWERED}


class Named(NamedTuple):
    """What an event can be called, and the room whose source says so."""

    event: str
    room: str


class Call(NamedTuple):
    """One call, with the function around it and the module it stands in."""

    node: ast.Call
    around: ast.FunctionDef | None
    module: str

    @property
    def room(self) -> str:
        return self.module.split(".")[1]


@cache
def sources() -> dict[Path, str]:
    paths = [path for path in (ROOT / "consents").rglob("*.py") if "migrations" not in path.parts]
    return {path: path.read_text() for path in paths}


@cache
def calls_to(name: str) -> list[Call]:
    """By this name. To parse a file costs more than to see that the name is not in it."""
    files = [path for path, text in sources().items() if f"{name}(" in text]
    return [call for path in files for call in calls_in(path) if name_of(call.node) == name]


@cache
def calls_in(path: Path) -> list[Call]:
    parts = path.relative_to(ROOT).with_suffix("").parts
    module = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
    nodes = read_nodes(path)
    functions = [node for node in nodes if isinstance(node, ast.FunctionDef)]
    return [Call(node, find_around(node, functions), module) for node in nodes if isinstance(node, ast.Call)]


def find_around(node: ast.Call, functions: list[ast.FunctionDef]) -> ast.FunctionDef | None:
    around = [one for one in functions if one.lineno <= node.lineno <= (one.end_lineno or 0)]
    return around[-1] if around else None


@cache
def recorded() -> frozenset[str]:
    """Of the chains of customers."""
    told = [call for call in calls_to(TOLD) if tells_of_a_customer(call.node)]
    return frozenset(named.event for call in told for named in events_of(call))


@cache
def recorded_by_rooms() -> set[Named]:
    """Of every chain, but for what the demo writes in place of a room."""
    told = [call for call in calls_to(TOLD) if is_told(call.node) and not call.module.startswith(MADE_UP)]
    return {named for call in told for named in events_of(call)}


def is_told(node: ast.Call) -> bool:
    return name_of(node) == TOLD and "event" in {keyword.arg for keyword in node.keywords}


def tells_of_a_customer(node: ast.Call) -> bool:
    names = {keyword.arg for keyword in node.keywords}
    return is_told(node) and "customer" in names


def name_of(node: ast.Call) -> str:
    """Of what is called by name, as every function of the sources is."""
    match node.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def events_of(call: Call) -> list[Named]:
    [value] = [keyword.value for keyword in call.node.keywords if keyword.arg == "event"]
    return values_of(value, call)


def values_of(value: ast.expr, call: Call) -> list[Named]:
    """Everything it can be. Raises what it fails with where that cannot be told from the source."""
    match value:
        case ast.Constant():
            return [Named(str(value.value), call.room)]
        case ast.IfExp():
            return values_of(value.body, call) + values_of(value.orelse, call)
        case ast.JoinedStr():
            return [join(parts) for parts in product(*(values_of(part, call) for part in value.values))]
        case ast.FormattedValue():
            return values_of(value.value, call)
        case ast.Subscript():
            return [Named(event, call.room) for event in meant(value.value, call).values()]
        case ast.Name() if assigned := assigned_to(value, call):
            return [named for one in assigned for named in values_of(one, call)]
    of_row = OF_ROWS.get(ast.unparse(value), [])
    return [Named(event, call.room) for event in of_row] or handed_on(value, call)


def join(parts: tuple[Named, ...]) -> Named:
    """The room is the one that says the last word: the others only hand it on."""
    return Named("".join(part.event for part in parts), parts[-1].room)


def assigned_to(value: ast.Name, call: Call) -> list[ast.expr]:
    """What the function around the call has put under this name."""
    nodes = ast.walk(call.around) if call.around else []
    return [
        node.value
        for node in nodes
        if isinstance(node, ast.Assign) and any(ast.unparse(target) == value.id for target in node.targets)
    ]


def meant(value: ast.expr, call: Call) -> Any:
    """The object that an expression names in its module."""
    return eval(ast.unparse(value), vars(importlib.import_module(call.module)))


def handed_on(value: ast.expr, call: Call) -> list[Named]:
    assert call.around is not None and isinstance(value, ast.Name), ast.unparse(value)
    positions = [argument.arg for argument in [*call.around.args.args, *call.around.args.kwonlyargs]]
    place = positions.index(value.id)
    callers = [one for one in calls_to(call.around.name) if is_the_same(one, call)]
    assert callers, f"nobody calls {call.module}.{call.around.name}"
    return [named for one in callers for named in values_of(argument_of(one.node, place, value.id), one)]


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
