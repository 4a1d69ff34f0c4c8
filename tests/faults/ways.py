"""The way of an error from a statement of an act to whoever called it: every handler that it meets.

Two statements of one transaction whose ways are the same fail alike: the same `with`, `except` and `finally` see the
error, in the same order. A block right within another block of the transaction is none of them: it takes back its own
part and hands the error on to the other, which takes back everything.
"""

import dis
import linecache
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from itertools import islice, pairwise
from types import CodeType, FrameType
from typing import Any

import psycopg
import pytest
from django.db import OperationalError, connection
from django.db.transaction import Atomic

from consents.ledger.services import appending

# Django's and psycopg's ways to ask: each closes what it has opened and hands every error on.
HAND_ON = ("/django/db/models/", "/django/db/backends/", "/django/db/utils.py", "/psycopg/")
# So does a cursor of our own; a decorator's handler is the decorated function's.
CURSOR, DECORATED = "connection.cursor()", "ContextDecorator.__call__.<locals>.inner"
BLOCK = "transaction.atomic("

type Handler = tuple[Any, ...]
type Seen = tuple[Handler | None, bool]  # with whether it is a block's and nothing else in that call handles the error


def find_way(until: CodeType) -> tuple[Handler | None, ...]:
    """From here to the call of `until`."""
    found: list[Seen] = [*find_handlers(sys._getframe(1), until), (None, False)]
    return tuple(handler for (handler, is_block), (_, is_within) in pairwise(found) if not (is_block and is_within))


def find_handlers(frame: FrameType | None, until: CodeType) -> Iterator[Seen]:
    """Of each call that handles errors the innermost place where one would go on: it says which come next."""
    while frame and frame.f_code is not until:
        code = frame.f_code
        if place := find_place(code, frame.f_lasti):
            if code.co_qualname == DECORATED:
                yield (code, place, frame.f_locals["func"]), isinstance(frame.f_locals["self"], Atomic)
            else:
                yield (code, place), is_block_alone(code, place)
        frame = frame.f_back


@cache
def is_block_alone(code: CodeType, place: int) -> bool:
    if code is Atomic.__exit__.__code__:
        return True
    return read_source(code, place).startswith(BLOCK) and not look_around(code, place)


@cache
def find_place(code: CodeType, at: int) -> int:
    """Nought where nothing handles an error, or only what closes a cursor."""
    if any(name in code.co_filename for name in HAND_ON):
        return 0
    place = look_up(code, at)
    while place and read_source(code, place) == CURSOR:
        place = look_around(code, place)
    return place


def look_around(code: CodeType, place: int) -> int:
    """Of a `with`'s handler the one around it."""
    return look_up(code, look_up(code, place))


def look_up(code: CodeType, at: int) -> int:
    entries = dis.Bytecode(code).exception_entries
    return next((entry.target for entry in entries if entry.start <= at < entry.end), 0)


def read_source(code: CodeType, at: int) -> str:
    """What the instruction was made of: of a `with`'s handler what stands behind `with`."""
    line, _last, start, end = next(islice(code.co_positions(), at // 2, None))
    return linecache.getline(code.co_filename, line or 0).encode()[start:end].decode()


# An act that fails at its statements, one after the other, until it passes.
#
# Of several statements from which an error goes the same way (`ways`) with nothing committed between them, the first is
# failed; and each COMMIT, when all is done that is to be undone.

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
