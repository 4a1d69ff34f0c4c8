"""Programs that serve or work take no database whose restoration is unfinished, however long they have been running."""

from typing import Any

import psycopg
from django.db import DatabaseError, OperationalError, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

ASK = "SELECT is_being_restored()"


class BeingRestored(OperationalError):
    """Not now: nobody is served before the restoration has ended."""


def serve_nobody_early() -> None:
    """From here on this process refuses such a database at each new connection. Never in the one that restores."""
    connection_created.connect(refuse_unfinished, dispatch_uid="consents.serve_nobody_early")
    connection.close()


def refuse_unfinished(connection: BaseDatabaseWrapper, **_more: Any) -> None:
    """Raises BeingRestored; also where the database cannot tell, since it is empty or half made."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(ASK)
            is_unfinished = cursor.fetchone()[0]
    except DatabaseError:
        is_unfinished = True
    if is_unfinished:
        connection.close()
        raise BeingRestored("The database is being restored.")


async def refuse_unfinished_in_queue(connection: psycopg.AsyncConnection[Any]) -> None:
    """The same for connections that take jobs: none is taken, and so none fails. Raises psycopg.OperationalError."""
    async with connection.cursor() as cursor:
        await cursor.execute(ASK)
        [found] = await cursor.fetchall()
    await connection.commit()
    if next(iter(found.values())) if isinstance(found, dict) else found[0]:
        raise psycopg.OperationalError("The database is being restored.")
