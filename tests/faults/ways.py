"""The way of an error from a statement of an act to whoever called it: every handler that it meets.

Two statements of one transaction whose ways are the same fail alike: the same `with`, `except` and `finally` see the
error, in the same order. A block right within another block of the transaction is none of them: it takes back its own
part and hands the error on to the other, which takes back everything.
"""

import dis
import linecache
import sys
from collections.abc import Iterator
from functools import cache
from itertools import islice, pairwise
from types import CodeType, FrameType
from typing import Any

from django.db.transaction import Atomic

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
