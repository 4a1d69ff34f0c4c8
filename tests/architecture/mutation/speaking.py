"""Two voices into the test database: the application role, whose every try is rolled back, and the owner."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from typing import Any

from django.conf import settings
from django.db import connection, connections
from psycopg import Connection, Cursor, Error, OperationalError, connect
from psycopg.pq import TransactionStatus

from consents.ops.embedded import ensure_running

type Statement = str | tuple[str, Sequence[Any] | Mapping[str, Any]]
# By role, what nobody speaks on just now. A new connection would have to learn every table and compile every trigger.
IDLE: dict[str, Connection] = {}


@contextmanager
def owner_speaking() -> Iterator[Connection]:
    """A connection of the owner's own: Django's stays the application's."""
    with speaking_as(connection.settings_dict | settings.DATABASE_OWNER) as owner:
        yield owner


@contextmanager
def application_speaking() -> Iterator[Connection]:
    with speaking_as(connection.settings_dict) as application:
        yield application


@contextmanager
def superuser_speaking() -> Iterator[Connection]:
    address = ensure_running(settings.PORTAL_VAR).dsn("postgres", connection.settings_dict["NAME"])
    with closing(connect(address, autocommit=True)) as superuser:
        yield superuser


@contextmanager
def speaking_as(role: Mapping[str, Any]) -> Iterator[Connection]:
    """Its session is as new. Two at once are two connections; one to another database than the tests' own ends."""
    user = role["USER"]
    is_ours = connection.settings_dict["NAME"] == connections.settings["default"]["NAME"]
    speaking = (take_idle(user) if is_ours else None) or connect_as(role)
    try:
        yield speaking
    finally:
        is_idle = not speaking.closed and speaking.info.transaction_status == TransactionStatus.IDLE
        if is_ours and is_idle and user not in IDLE:
            IDLE[user] = speaking
        else:
            speaking.close()


def connect_as(role: Mapping[str, Any]) -> Connection:
    new = connections.create_connection("default")
    new.settings_dict = dict(role) | {"NAME": connection.settings_dict["NAME"], "OPTIONS": {}}
    return connect(**new.get_connection_params() | {"autocommit": True, "cursor_factory": None})


def take_idle(user: str) -> Connection | None:
    """Return the connection that was used last, as new; nothing where the server has ended it."""
    with suppress(KeyError, OperationalError):
        speaking = IDLE.pop(user)
        speaking.autocommit = True
        speaking.execute("DISCARD ALL")
        return speaking
    return None


def fall_silent() -> None:
    """Before the database goes."""
    while IDLE:
        IDLE.popitem()[1].close()


def outcome(speaker: "Connection | Voice", *statements: Statement) -> str:
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


class Voice:
    """A role in a superuser's transaction: what `outcome` takes back there is what it said, and nothing before it."""

    INSTEAD = {"BEGIN": "SAVEPOINT said; SET SESSION AUTHORIZATION {}", "ROLLBACK": "ROLLBACK TO said; RELEASE said"}

    def __init__(self, speaking: Connection, role: str) -> None:
        self.speaking, self.role = speaking, role

    def execute(self, statement: str, *values: Any) -> Cursor:
        if statement in self.INSTEAD:
            statement = self.INSTEAD[statement].format(self.role)
        return self.speaking.execute(statement, *values)


def spoken(*statements: Statement) -> str:
    """What the database says to them, as the application."""
    with application_speaking() as application:
        return outcome(application, *statements)
