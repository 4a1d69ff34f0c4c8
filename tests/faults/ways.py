"""The way of an error from a statement of an act to whoever called it: every handler that it meets.

Two statements of one transaction whose ways are the same fail alike: the same `with`, `except` and `finally` see the
error, in the same order.
"""

import dis
import linecache
import sys
from collections.abc import Iterator
from functools import cache
from itertools import islice
from types import CodeType, FrameType
from typing import Any

# Django's and psycopg's ways to ask: each closes what it has opened and hands every error on.
HAND_ON = ("/django/db/models/", "/django/db/backends/", "/django/db/utils.py", "/psycopg/")
# So does a cursor of our own; a decorator's handler is the decorated function's.
CURSOR, DECORATED = "connection.cursor()", "ContextDecorator.__call__.<locals>.inner"

Handler = tuple[Any, ...]


def find_way(until: CodeType) -> tuple[Handler, ...]:
    """From here to the call of `until`."""
    return tuple(find_handlers(sys._getframe(1), until))


def find_handlers(frame: FrameType | None, until: CodeType) -> Iterator[Handler]:
    """Of each call that handles errors the innermost place where one would go on: it says which come next."""
    while frame and frame.f_code is not until:
        code = frame.f_code
        if place := find_place(code, frame.f_lasti):
            yield (code, place, frame.f_locals["func"]) if code.co_qualname == DECORATED else (code, place)
        frame = frame.f_back


@cache
def find_place(code: CodeType, at: int) -> int:
    """Nought where nothing handles an error, or only what closes a cursor."""
    if any(name in code.co_filename for name in HAND_ON):
        return 0
    place = look_up(code, at)
    while place and read_source(code, place) == CURSOR:
        place = look_up(code, look_up(code, place))
    return place


def look_up(code: CodeType, at: int) -> int:
    entries = dis.Bytecode(code).exception_entries
    return next((entry.target for entry in entries if entry.start <= at < entry.end), 0)


def read_source(code: CodeType, at: int) -> str:
    """What the instruction was made of: of a `with`'s handler what stands behind `with`."""
    line, _last, start, end = next(islice(code.co_positions(), at // 2, None))
    return linecache.getline(code.co_filename, line or 0).encode()[start:end].decode()
