"""Two voices into the test database: the application role, whose every try is rolled back, and the owner."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db import connection, connections
from psycopg import Connection, Error, connect

type Statement = str | tuple[str, Sequence[Any] | Mapping[str, Any]]


@contextmanager
def owner_speaking() -> Iterator[Connection]:
    """A connection of the owner's own: Django's stays the application's."""
    speaking = connections.create_connection("default")
    speaking.settings_dict = connection.settings_dict | settings.DATABASE_OWNER
    speaking.settings_dict |= {"NAME": connection.settings_dict["NAME"], "OPTIONS": {}}
    with connect(**speaking.get_connection_params() | {"autocommit": True, "cursor_factory": None}) as owner:
        yield owner


@contextmanager
def application_speaking() -> Iterator[Connection]:
    speaking = connections.create_connection("default")
    speaking.settings_dict = connection.settings_dict | {"OPTIONS": {}}
    with connect(**speaking.get_connection_params() | {"autocommit": True, "cursor_factory": None}) as application:
        yield application


def outcome(speaker: Connection, *statements: Statement) -> str:
    """What the database says to these statements in one transaction, up to its end; nothing of it stays.

    "allowed" with what the last one returned, or the SQLSTATE with the name of what refused.
    """
    speaker.execute("BEGIN")
    try:
        for statement in statements:
            answer = speaker.execute(*([statement] if isinstance(statement, str) else statement))
        rows = answer.fetchall() if answer.description else ""
        speaker.execute("SET CONSTRAINTS ALL IMMEDIATE")
        return f"allowed {rows}"
    except Error as error:
        return f"{error.sqlstate} {error.diag.constraint_name or error.diag.message_primary}"
    finally:
        speaker.execute("ROLLBACK")
