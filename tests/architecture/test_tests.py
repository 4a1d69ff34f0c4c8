"""What the tests share lies in modules of its own: tests/world, and support modules in each folder."""

import ast
from pathlib import Path

from tests.architecture.imports import imported_by
from tests.slow_tests import read_slow_tests

TESTS = Path(__file__).resolve().parents[1]
# What differs each time it is asked: inside a parameter's text, each worker would collect a test of another name.
DIFFERING = {"uuid4", "uuid7", "now", "today", "localdate", "token_hex", "token_urlsafe", "random"}


def is_of_tests_alone(name: str) -> bool:
    """A module that pytest collects, or its fixtures."""
    return name.startswith("tests.") and any(part.startswith("test_") or part == "conftest" for part in name.split("."))


def test_nothing_is_imported_from_a_test_module():
    found = [
        f"{path.relative_to(TESTS)} imports {name}"
        for path in TESTS.rglob("*.py")
        for name in imported_by(path)
        if is_of_tests_alone(name)
    ]
    assert not found


def test_the_list_of_slow_tests_names_tests_that_there_are():
    sources = {path: path.read_text() for path in TESTS.rglob("test_*.py")}
    named = [name.split("::") for name in read_slow_tests()]

    assert named
    assert [one for one in named if f"def {one[-1]}(" not in sources.get(TESTS.parent / one[0], "")] == []


def test_parameters_are_the_same_in_each_worker():
    found = [
        f"{path.relative_to(TESTS)}:{text.lineno}"
        for path in TESTS.rglob("test_*.py")
        for function in of_kind(ast.FunctionDef, ast.parse(path.read_text(encoding="utf-8")))
        for decorator in function.decorator_list
        for text in of_kind(ast.JoinedStr, decorator)
        if DIFFERING & {ast.unparse(call.func).rpartition(".")[2] for call in of_kind(ast.Call, text)}
    ]
    assert not found


def of_kind[T: ast.AST](kind: type[T], tree: ast.AST) -> list[T]:
    return [node for node in ast.walk(tree) if isinstance(node, kind)]
