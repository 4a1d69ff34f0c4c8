"""Read for an export: a snapshot of the database, the state of the ledger for the manifest, and earlier exports."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import QuerySet

from consents.core.signing import NotVerified
from consents.exports.datasets import DESCRIPTIONS
from consents.exports.formats.query import Query, read_cells
from consents.exports.formats.workbook import truncate_cell
from consents.exports.models import Export
from consents.exports.rules import Dataset, ExportSpec, Format, Period
from consents.ledger import checkpoints
from consents.ledger.models import Checkpoint, Entry

# An export that takes longer, however slow its reader, ends unfinished and releases its snapshot.
TIMEOUT = "30min"
TRY_LOCK = "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 2))"
# Read in the same snapshot as the rows.
CHECKPOINT = "SELECT note FROM ledger_checkpoint ORDER BY size DESC LIMIT 1"
COMPANY = "SELECT sequence, encode(hash, 'hex') FROM ledger_chainhead WHERE chain = 'company'"
NEWEST = "SELECT coalesce(max(id), 0) FROM ledger_entry"


def get_time_zone() -> ZoneInfo:
    """Return the time zone whose days periods are made of."""
    return ZoneInfo(settings.PORTAL_TIME_ZONE)


def select_exports() -> QuerySet[Export]:
    """Select every export with its result, its requester and its approval."""
    return Export.objects.select_related("result", "made_by__staff_member", "approval__approved_by__staff_member")


def read_spec(export: Export) -> ExportSpec:
    period = Period(export.from_date, export.until_date, ZoneInfo(export.time_zone))
    return ExportSpec(
        Dataset(export.dataset), period, export.reason, Format(export.format), export.chosen, export.personal
    )


def build_query(spec: ExportSpec) -> Query:
    description = DESCRIPTIONS[spec.dataset]
    first, last = spec.period.bounds()
    values = {"first": first, "last": last, "zone": spec.period.zone.key, **description.parameters()}
    return Query(description, values, spec.chosen, spec.personal)


def read_current_rows(connection: psycopg.Connection[Any], query: Query, format: Format) -> Iterator[dict[str, str]]:
    """Yield the rows of an export as its file would contain them now."""
    if format == Format.XLSX:
        for row in read_cells(connection, query, guarded=False):
            yield {name: truncate_cell(cell) for name, cell in row.items()}
    else:
        yield from read_cells(connection, query, guarded=True, in_pieces=format == Format.CSV)


def find_result_entry(export: UUID) -> Entry | None:
    """Return the ledger entry of a completed export, or None."""
    return Entry.objects.filter(object=str(export), object_type="export", event="export.finished").first()


def has_checkpoint(note: str, keys: list[Ed25519PublicKey]) -> bool:
    """Return whether the signed checkpoint was taken of this ledger."""
    try:
        sealed = checkpoints.verify_checkpoint(note, keys)
    except NotVerified:
        return False
    return Checkpoint.objects.filter(size=sealed.size, root=sealed.root).exists()


@contextmanager
def open_snapshot() -> Iterator[psycopg.Connection[Any]]:
    """Open a separate connection in a read-only snapshot, in UTC.

    A streamed response outlives its view: on the thread's connection, an abandoned export would leave the next HTTP
    request a connection in the middle of a COPY."""
    separate = connections.create_connection(DEFAULT_DB_ALIAS)
    separate.inc_thread_sharing()
    separate.connect()
    try:
        connection: psycopg.Connection[Any] = separate.connection
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        with connection.transaction():
            for limit in ("statement_timeout", "idle_in_transaction_session_timeout"):
                connection.execute("SELECT set_config(%s, %s, true)", [limit, TIMEOUT])
            connection.execute("SET LOCAL TimeZone = 'UTC'")
            yield connection
    finally:
        separate.close()


def try_lock_export(connection: psycopg.Connection[Any], export: UUID) -> bool:
    """Lock the writing of this export until the snapshot ends. Return false if another writer has the lock."""
    return bool(fetch_one(connection, TRY_LOCK, [f"export {export}"])[0])


def read_ledger_state(connection: psycopg.Connection[Any]) -> dict[str, Any]:
    """Return the newest signed checkpoint, the newest entry and the end of the company's chain, for the manifest."""
    note, company = fetch_one(connection, CHECKPOINT), fetch_one(connection, COMPANY)
    return {
        "checkpoint": note[0] if note else None,
        "newest_entry": fetch_one(connection, NEWEST)[0],
        "company_chain": {"entries": company[0], "hash": company[1]} if company else None,
    }


def fetch_one(connection: psycopg.Connection[Any], sql: str, values: list[Any] | None = None) -> tuple[Any, ...]:
    return connection.execute(sql, values).fetchone() or ()
