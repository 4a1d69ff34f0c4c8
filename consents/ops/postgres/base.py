"""Extend Django's back end to find the embedded server, whose address is known only once it runs."""

from pathlib import Path
from typing import Any

import psycopg
from django.db.backends.postgresql import base

from consents.core import roles
from consents.ops.embedded import Server, ensure_running
from consents.ops.postgres import watching

# Seconds to make a connection, milliseconds until one is given up whose other end is silent; the address may differ.
LOST = {"connect_timeout": 2, "tcp_user_timeout": 5000}


class DatabaseWrapper(base.DatabaseWrapper):
    embedded: Server | None = None

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
        return made


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
