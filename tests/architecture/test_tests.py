"""What the tests share lies in modules of its own: tests/world, and support modules in each folder."""

import ast
import re
from pathlib import Path

import pytest
from django.db import DatabaseError, connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.architecture.sources import imported_by
from tests.examples import in_savepoint
from tests.forking import can_fork, send_what_counts
from tests.slow_tests import read_slow_tests

TESTS = Path(__file__).resolve().parents[1]
# What differs each time it is asked: inside a parameter's text, each worker would collect a test of another name.
DIFFERING = {"uuid4", "uuid7", "now", "today", "localdate", "token_hex", "token_urlsafe", "random"}
DIFFERING_CALL = re.compile(rf"\b(?:{'|'.join(sorted(DIFFERING))})\(.*\}}")


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


def test_workers_fork_from_one_that_has_collected_the_tests(request):
    """Where that fails each worker collects them again, and only the time would tell."""
    worker = getattr(request.config, "workerinput", {"workercount": 0})

    is_forked = request.config.pluginmanager.hasplugin("collector")
    assert is_forked == can_fork(request.config, worker["workercount"])


def test_a_worker_sends_how_a_test_came_out_that_it_is_done_and_a_setup_or_teardown_that_did_not_pass():
    sent = []
    for event in ("logstart", "logfinish", "runtest_protocol_complete", "collectionfinish"):
        send_what_counts(lambda event, **about: sent.append(event), event)
    for when in ("setup", "call", "teardown"):
        for outcome in ("passed", "failed", "skipped"):
            report = {"when": when, "outcome": outcome}
            send_what_counts(
                lambda _event, data: sent.append((data["when"], data["outcome"])), "testreport", data=report
            )

    assert sent == [
        "runtest_protocol_complete",
        "collectionfinish",
        *(("setup", outcome) for outcome in ("failed", "skipped")),
        *(("call", outcome) for outcome in ("passed", "failed", "skipped")),
        *(("teardown", outcome) for outcome in ("failed", "skipped")),
    ]


def test_the_list_of_slow_tests_names_tests_that_there_are():
    sources = {path: path.read_text() for path in TESTS.rglob("test_*.py")}
    named = [name.split("::") for name in read_slow_tests()]

    assert named
    assert [one for one in named if f"def {one[-1]}(" not in sources.get(TESTS.parent / one[0], "")] == []


def test_parameters_are_the_same_in_each_worker():
    sources = {path: path.read_text(encoding="utf-8") for path in TESTS.rglob("test_*.py")}
    found = [
        f"{path.relative_to(TESTS)}:{text.lineno}"
        for path, source in sources.items()
        if DIFFERING_CALL.search(source)
        for function in of_kind(ast.FunctionDef, ast.parse(source))
        for decorator in function.decorator_list
        for text in of_kind(ast.JoinedStr, decorator)
        if DIFFERING & {ast.unparse(call.func).rpartition(".")[2] for call in of_kind(ast.Call, text)}
    ]
    assert not found


def test_an_example_that_fails_leaves_the_transaction_usable(db):
    """Without a savepoint the shortest example fails by another error, and Hypothesis says that the test is flaky."""

    @settings(database=None, print_blob=False)
    @given(number=st.integers(0, 9))
    def ask(number: int) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 / %s", [number])

    ask.hypothesis.inner_test = in_savepoint(ask.hypothesis.inner_test)
    with pytest.raises(DatabaseError, match="division by zero"):
        ask()


@pytest.fixture
def savepoints(db) -> int:
    return len(connection.savepoint_ids)


@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(number=st.integers())
def test_each_example_of_a_test_with_the_database_has_a_savepoint(savepoints, number):
    assert len(connection.savepoint_ids) == savepoints + 1


def of_kind[T: ast.AST](kind: type[T], tree: ast.AST) -> list[T]:
    return [node for node in ast.walk(tree) if isinstance(node, kind)]
