"""Stream rows as they come, in constant memory."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db import connection

BATCH = 2000


def stream_rows(query: str, arguments: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield rows from a server-side cursor inside the open transaction, without a statement time limit."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', '0', true)")
    with connection.chunked_cursor() as cursor:
        cursor.itersize = BATCH  # type: ignore[attr-defined]
        cursor.execute(query, arguments or None)
        yield from cursor
