"""An act that fails at its statements, one after the other, until it passes.

Of several statements from which an error goes the same way (`ways`) with nothing committed between them, the first is
failed; and each COMMIT, when all is done that is to be undone.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.db import OperationalError, connection

from consents.ledger.services import appending
from tests.faults.ways import find_way

MOST = 100  # failures of one act
READS = re.compile("SELECT (?!portal)")  # of which a commit keeps nothing


class Cut(OperationalError):
    """What the test itself did."""


class Failing:
    """Fails the first statement of this thread's connection from which an error goes a way that none has gone before.

    COMMITs too, and COPY, which Django does not see. After a commit every way is new.
    """

    def __init__(self, gone: set[Any]) -> None:
        self.gone, self.commits, self.has_failed = gone, 0, False

    def check(self) -> None:
        way = (self.commits, find_way(sweep.__code__))
        if not self.has_failed and way not in self.gone:
            self.gone.add(way)
            self.has_failed = True
            raise Cut

    def __call__(self, execute: Callable, sql: str, *rest: Any) -> Any:
        self.check()
        found = execute(sql, *rest)
        if not connection.in_atomic_block and not READS.match(sql):
            self.commits += 1
        return found

    def before(self, commits: Callable[..., Any]) -> Callable[..., Any]:
        def checked(*args: Any, **options: Any) -> Any:
            self.check()
            self.commits += 1
            return commits(*args, **options)

        return checked


@contextmanager
def failing(gone: set[Any]) -> Iterator[Failing]:
    fault = Failing(gone)
    with connection.execute_wrapper(fault), pytest.MonkeyPatch.context() as patch:
        patch.setattr(psycopg.Cursor, "copy", fault.before(psycopg.Cursor.copy))
        patch.setattr(connection, "_commit", fault.before(connection._commit))
        # The journal is written after the COMMIT, and made good when that fails: tests/ledger/test_journal.py.
        patch.setattr(appending, "write_waiting_entries", lambda: None)
        yield fault


def sweep(call: Callable[[], Any], check: Callable[[], None]) -> int:
    """Fail in another way each time; how many ways there were to fail."""
    gone: set[Any] = set()
    for _ in range(MOST):
        with failing(gone) as fault:
            try:
                call()
            except Cut:
                pass
            else:
                assert not fault.has_failed, "A failed statement was passed over in silence."
                return len(gone)
        check()
    raise AssertionError(f"More than {MOST} ways to fail.")
