"""Reading for an export: one snapshot of the database, what the manifest says of it, and earlier exports."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import QuerySet

from consents.core.signing import NotVerified
from consents.exports.datasets import DESCRIPTIONS
from consents.exports.formats.query import Query
from consents.exports.formats.workbook import COPY, fitting
from consents.exports.models import Export
from consents.exports.rules import Dataset, Format, Period, Wanted
from consents.ledger import checkpoints
from consents.ledger.models import Checkpoint, Entry

# A slow reader may take this long; then the export ends unfinished and its snapshot is let go.
LONGEST = "30min"
ALONE = "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 2))"
# Of one moment with the rows.
CHECKPOINT = "SELECT note FROM ledger_checkpoint ORDER BY size DESC LIMIT 1"
COMPANY = "SELECT sequence, encode(hash, 'hex') FROM ledger_chainhead WHERE chain = 'company'"
NEWEST = "SELECT coalesce(max(id), 0) FROM ledger_entry"


def zone() -> ZoneInfo:
    """The zone whose days a period is made of."""
    try:
        return ZoneInfo(settings.PORTAL_TIME_ZONE)
    except (ZoneInfoNotFoundError, ValueError) as reason:
        raise ImproperlyConfigured("PORTAL_TIME_ZONE is not a time zone; use a name like Europe/Berlin.") from reason


def earlier() -> QuerySet[Export]:
    """Every export with what arrived of it, who asked for it and who agreed."""
    return Export.objects.select_related("result", "made_by__staff_member", "approval__approved_by__staff_member")


def wanted_of(export: Export) -> Wanted:
    period = Period(export.from_date, export.until_date, ZoneInfo(export.time_zone))
    return Wanted(Dataset(export.dataset), period, export.reason, Format(export.format), export.chosen, export.personal)


def query_of(wanted: Wanted) -> Query:
    description = DESCRIPTIONS[wanted.dataset]
    first, last = wanted.period.bounds()
    values = {"first": first, "last": last, "zone": wanted.period.zone.key, **description.parameters()}
    return Query(description, values, wanted.chosen, wanted.personal)


def rows_now(connection: psycopg.Connection[Any], query: Query, format: Format) -> Iterator[dict[str, str]]:
    """The rows of an export as its file would read now."""
    sql = COPY.format(query=query.cells(guarded=format != Format.XLSX, in_pieces=format == Format.CSV))
    names = query.description.names
    with connection.cursor() as cursor, cursor.copy(sql, query.parameters) as copy:  # type: ignore[arg-type]
        for row in copy.rows():
            yield dict(
                zip(names, (fitting(cell or "") if format == Format.XLSX else cell or "" for cell in row), strict=True)
            )


def result_entry(export: UUID) -> Entry | None:
    """The ledger's entry of what was taken out."""
    return Entry.objects.filter(object=str(export), object_type="export", event="export.finished").first()


def has_checkpoint(note: str, keys: list[Ed25519PublicKey]) -> bool:
    """This ledger is the one that the signed checkpoint was taken of."""
    try:
        sealed = checkpoints.verified(note, keys)
    except NotVerified:
        return False
    return Checkpoint.objects.filter(size=sealed.size, root=sealed.root).exists()


@contextmanager
def snapshot() -> Iterator[psycopg.Connection[Any]]:
    """A connection of its own inside one read-only snapshot, in UTC.

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
            connection.execute("SET LOCAL TimeZone = 'UTC'")
            yield connection
    finally:
        own.close()


def is_alone(connection: psycopg.Connection[Any], export: UUID) -> bool:
    """Nobody else writes this export until the snapshot is let go."""
    return bool(only(connection, ALONE, [f"export {export}"])[0])


def ledger_then(connection: psycopg.Connection[Any]) -> dict[str, Any]:
    """Which ledger the rows are of: its newest signed checkpoint, its newest entry, the end of the company's chain."""
    note, company = only(connection, CHECKPOINT), only(connection, COMPANY)
    return {
        "checkpoint": note[0] if note else None,
        "newest_entry": only(connection, NEWEST)[0],
        "company_chain": {"entries": company[0], "hash": company[1]} if company else None,
    }


def only(connection: psycopg.Connection[Any], sql: str, values: list[Any] | None = None) -> tuple[Any, ...]:
    return connection.execute(sql, values).fetchone() or ()  # type: ignore[arg-type]
