"""Our own programs, parsed once for the tests that ask for all their syntax (`TOGETHER` in tests/conftest.py)."""

import ast
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@cache
def list_programs() -> list[Path]:
    return [path for top in ("consents", "portal") for path in sorted((ROOT / top).rglob("*.py"))]


@cache
def read_nodes(path: Path) -> list[ast.AST]:
    """Every node of its syntax, the module first."""
    return list(ast.walk(ast.parse(path.read_text(), filename=str(path))))


@cache
def imported_by(path: Path) -> tuple[str, ...]:
    """Full names: `from a import b` is `a.b`."""
    names = []
    for node in list_statements(ast.parse(path.read_text()).body):
        if isinstance(node, ast.ImportFrom) and node.module:
            names += [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
    return tuple(names)


def list_statements(body: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """With those inside them, and no expression: there are ten times as many of these."""
    for statement in body:
        yield statement
        for part in ("body", "orelse", "finalbody", "handlers", "cases"):
            yield from list_statements(getattr(statement, part, ()))
