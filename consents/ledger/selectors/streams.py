"""Rows as they come, in memory that does not grow."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db import connection

BATCH = 2000


def stream(query: str, arguments: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
    """Rows from a cursor of the server, inside the transaction that is open; takes as long as it takes."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', '0', true)")
    with connection.chunked_cursor() as cursor:
        cursor.itersize = BATCH  # type: ignore[attr-defined]
        cursor.execute(query, arguments or None)
        yield from cursor
