"""Programs that serve or work take no database whose restoration is unfinished, however long they have been running."""

from typing import Any

import psycopg
from django.db import DatabaseError, OperationalError, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

from consents.ledger.selectors.outside import is_journal_ahead
from consents.ops.running.outside_watch import CLOSING, watch

ASK = "SELECT portal.is_being_restored()"
STATEMENT_SECONDS = 4  # of a page; exports and charts set a longer time for their own transaction


class BeingRestored(OperationalError):
    """The restoration has not ended: nobody is served yet."""


def serve_nobody_early() -> None:
    """Refuse such a database at each new connection of this process. Never call it in the one that restores."""
    connection_created.connect(refuse_unfinished_restoration, dispatch_uid="consents.serve_nobody_early")
    connection.close()


def refuse_unfinished_restoration(connection: BaseDatabaseWrapper, **_more: Any) -> None:
    """Raises BeingRestored; also where the database cannot tell, since it is empty or half made."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(ASK)
            is_unfinished = cursor.fetchone()[0]
        # A failover to a replica that lagged ends every connection, so the next ones notice.
        is_unfinished = is_unfinished or is_journal_ahead() or watch.describe() in CLOSING
    except DatabaseError:
        is_unfinished = True
    if is_unfinished:
        connection.close()
        raise BeingRestored("The database is being restored.")


def limit_statements() -> None:
    """Let no statement of this process keep a page waiting for long from here on, unless its transaction says so."""
    connection_created.connect(set_statement_timeout, dispatch_uid="consents.limit_statements")


def set_statement_timeout(connection: BaseDatabaseWrapper, **_more: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', %s, false)", [f"{STATEMENT_SECONDS}s"])


async def refuse_unfinished_in_queue(connection: psycopg.AsyncConnection[Any]) -> None:
    """Refuse the same where jobs are taken: none is taken, and so none fails. Raises psycopg.OperationalError."""
    async with connection.cursor() as cursor:
        await cursor.execute(ASK)
        [found] = await cursor.fetchall()
    await connection.commit()
    if next(iter(found.values())) if isinstance(found, dict) else found[0]:
        raise psycopg.OperationalError("The database is being restored.")
