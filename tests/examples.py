"""Examples of Hypothesis that ask the database: one that fails leaves the test's transaction as it found it.

The next example, and the same one again while Hypothesis looks for the shortest, would else meet a transaction that is
aborted: another error than the first, reported as flaky.
"""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

import pytest
from django.db import transaction
from hypothesis import is_hypothesis_test


def in_savepoint(example: Callable[..., None]) -> Callable[..., None]:
    """Run the example in a savepoint. What one that holds has written stays for the next."""

    @wraps(example)
    def run(*arguments: Any, **named: Any) -> None:
        with transaction.atomic():
            example(*arguments, **named)

    return run


def give_savepoints(items: Iterable[pytest.Item]) -> None:
    """Let each example of the tests that name `db` run in a savepoint."""
    functions = {item.obj for item in items if isinstance(item, pytest.Function) and "db" in item.fixturenames}
    for test in filter(is_hypothesis_test, functions):
        test.hypothesis.inner_test = in_savepoint(test.hypothesis.inner_test)
