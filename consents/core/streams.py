"""Streams that are read after the view has returned."""

from collections.abc import Generator, Iterator
from contextlib import closing
from contextvars import Context, copy_context


def keep_speaking[Part](parts: Generator[Part]) -> Iterator[Part]:
    """Read a stream in the language and the time zone of now, which end before the response is sent."""
    return read_inside(copy_context(), parts)


def read_inside[Part](context: Context, parts: Generator[Part]) -> Iterator[Part]:
    with closing(parts):
        while (part := context.run(next, parts, None)) is not None:
            yield part
