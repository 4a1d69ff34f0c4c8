"""Django's back end; it finds the embedded server, whose address is known only once it runs, reuses savepoints, keeps
what is prepared and writes SQL sooner."""

import select
from pathlib import Path
from typing import Any

import psycopg
from django.db.backends.postgresql import base
from psycopg.pq import TransactionStatus

from consents.core import roles
from consents.ops.embedded import Server, ensure_running
from consents.ops.postgres import watching
from consents.ops.postgres.compiling import QuickOperations
from consents.ops.postgres.preparing import keep_statements

# Seconds to make a connection, milliseconds until one is given up whose other end is silent; the address may differ.
LOST = {"connect_timeout": 2, "tcp_user_timeout": 5000}


class DatabaseWrapper(base.DatabaseWrapper):
    ops_class = QuickOperations
    embedded: Server | None = None
    is_savepoint_spared = False  # people.submissions

    def __init__(self, *settings: Any, **named: Any) -> None:
        super().__init__(*settings, **named)
        self.standing: list[str] = []  # savepoints, by the names that Django gives them, the innermost last

    def get_connection_params(self) -> dict[str, Any]:
        folder: Path | None = self.settings_dict.get("EMBEDDED")
        if folder is not None:
            self.embedded = ensure_running(folder)
            self.settings_dict |= {"HOST": str(self.embedded.socket_dir), "PORT": str(self.embedded.port)}
        params: dict[str, Any] = LOST | super().get_connection_params()
        if params.get("user") == roles.APP:
            # The last one wins: what the operator's address asks for stays.
            params["options"] = f"{roles.APP_OPTIONS} {params.get('options', '')}".strip()
        return params

    def get_new_connection(self, conn_params: dict[str, Any]) -> psycopg.Connection[Any]:
        made: psycopg.Connection[Any]
        if watching.WATCH.is_silent:
            raise psycopg.OperationalError("The database does not answer.")
        try:
            made = super().get_new_connection(conn_params)
        except psycopg.OperationalError:
            if self.embedded is None:
                raise
            # Once more even if nothing was lacking: another process may have made it since the first try.
            prepare_server(self.embedded, conn_params["dbname"])
            made = super().get_new_connection(conn_params)
        keep_statements(made)
        return made

    def is_usable(self) -> bool:
        """Tell whether the server still listens. Where nothing has come since the last answer it does: a server that
        ends a connection says so, and one that has gone silent is the watch's to find."""
        return is_quiet(self.connection) or super().is_usable()

    def set_autocommit(self, autocommit: bool, *how: bool, **named: bool) -> None:
        """Begin or end a transaction; no savepoint stands."""
        super().set_autocommit(autocommit, *how, **named)
        self.standing.clear()

    def savepoint(self) -> str | None:
        is_spared, self.is_savepoint_spared = self.is_savepoint_spared, False
        sid: str | None = None if is_spared else super().savepoint()
        return sid

    def _savepoint(self, sid: str) -> None:
        self.standing.append(sid)
        django: Any = super()
        django._savepoint(self.name_savepoint(sid))

    def _savepoint_rollback(self, sid: str) -> None:
        """Go back to it; those set since then stand no longer, it does."""
        django: Any = super()
        django._savepoint_rollback(self.name_savepoint(sid))
        del self.standing[self.standing.index(sid) + 1 :]

    def _savepoint_commit(self, sid: str) -> None:
        django: Any = super()
        django._savepoint_commit(self.name_savepoint(sid))
        del self.standing[self.standing.index(sid) :]

    def name_savepoint(self, sid: str) -> str:
        """Name it by how deep it stands, not by how many came before: every statement is prepared, and names that never
        come again would push out of the server's memory what is asked again and again."""
        return f"depth_{self.standing.index(sid) + 1}"


def is_quiet(made: psycopg.Connection[Any]) -> bool:
    """Return True if the server has sent nothing that was not read: no farewell, no end of the connection. What failed
    inside a transaction leaves a connection that answers nothing more until it is rolled back.
    """
    if made.closed or made.info.transaction_status == TransactionStatus.INERROR:
        return False
    try:
        ready, _to_write, _broken = select.select([made.fileno()], [], [], 0)
    except (OSError, ValueError, psycopg.OperationalError):
        return False
    return not ready


def prepare_server(server: Server, name: str) -> None:
    """Make what a new embedded server lacks: roles, or this database."""
    superuser = server.dsn("postgres", "postgres")
    with psycopg.connect(superuser, autocommit=True) as connection:
        has_roles = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [roles.APP]).fetchone()
        has_database = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
    if not has_roles:
        roles.prepare_roles(superuser)
    if not has_database and name == "portal":
        roles.create_database(superuser, name)
