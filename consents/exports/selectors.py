"""Reading for an export: one snapshot of the database, as text, in blocks."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import psycopg
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import QuerySet

from consents.exports import access_log
from consents.exports.models import Export
from consents.exports.rules import Dataset

BLOCK = 256 * 1024
# A slow reader may take this long; then the export ends unfinished and its snapshot is let go.
LONGEST = "30min"
QUERIES = {Dataset.ACCESS_LOG: access_log.QUERY}
CSV = "COPY ({query}) TO STDOUT WITH (FORMAT csv, HEADER, FORCE_QUOTE *, ENCODING 'UTF8')"


def zone() -> ZoneInfo:
    """The zone whose days a period is made of."""
    try:
        return ZoneInfo(settings.PORTAL_TIME_ZONE)
    except (ZoneInfoNotFoundError, ValueError) as reason:
        raise ImproperlyConfigured("PORTAL_TIME_ZONE is not a time zone; use a name like Europe/Berlin.") from reason


def earlier() -> QuerySet[Export]:
    """Every export with what arrived of it and who took it."""
    return Export.objects.select_related("result", "made_by__staff_member")


def blocks(dataset: Dataset, first: datetime, last: datetime) -> Generator[tuple[bytes, int]]:
    """The rows of `[first, last)` as CSV, in blocks of about 256 KiB, each with its number of lines.

    The first line is the header. Closing the iterator early, from whatever thread, ends the query.
    """
    block, lines = bytearray(), 0
    query = CSV.format(query=QUERIES[dataset])
    with snapshot() as connection, connection.cursor() as cursor, cursor.copy(query, [first, last]) as copy:
        for line in copy:
            block += line
            lines += 1
            if len(block) >= BLOCK:
                yield bytes(block), lines
                block, lines = bytearray(), 0
    if lines:
        yield bytes(block), lines


@contextmanager
def snapshot() -> Iterator[psycopg.Connection[Any]]:
    """A connection of its own inside one read-only snapshot.

    A streamed answer outlives its view: on the thread's connection an export that is let go half-way would leave the
    next request a connection in the middle of a COPY.
    """
    own = connections.create_connection(DEFAULT_DB_ALIAS)
    own.inc_thread_sharing()
    own.connect()
    try:
        connection: psycopg.Connection[Any] = own.connection
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        with connection.transaction():
            for limit in ("statement_timeout", "idle_in_transaction_session_timeout"):
                connection.execute("SELECT set_config(%s, %s, true)", [limit, LONGEST])
            yield connection
    finally:
        own.close()
