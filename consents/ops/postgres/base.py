"""Give up connections to a database that has gone silent, so that a page is answered within seconds.

A server that is stopped, or behind a network that swallows everything, neither answers nor closes; libpq would wait
until the kernel gives up. Connections of a web process that have waited for PATIENCE seconds are checked by opening
another one; if that fails, all that wait are shut down and their requests answered with a calm page.
"""

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.postgresql import base
from psycopg.pq import TransactionStatus

from consents.core import roles
from consents.ops.embedded import Server, ensure_running

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
        if WATCH.is_silent:
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
    with psycopg.connect(superuser, autocommit=True, connect_timeout=LOST["connect_timeout"]) as connection:
        has_roles = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [roles.APP]).fetchone()
        has_database = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
    if not has_roles:
        roles.prepare_roles(superuser)
    if not has_database and name == "portal":
        roles.create_database(superuser, name)


PATIENCE, PROBE_SECONDS, PAUSE = 2.0, 2, 0.5
PROBE_AGAIN = 5  # seconds after a server answered while somebody waits: an export does so for minutes


class Watch:
    def __init__(self) -> None:
        self.is_silent = False
        self.jobs: dict[int, tuple[float, BaseDatabaseWrapper]] = {}  # by thread
        self.address: dict[str, Any] = {}
        self.probed_at = float("-inf")

    def start(self) -> None:
        threading.Thread(target=self.run, name="database watch", daemon=True).start()

    @contextmanager
    def watch_connection(self, database: BaseDatabaseWrapper) -> Iterator[None]:
        """Watch this thread's connection for the time of one request."""
        thread = threading.get_ident()
        self.jobs[thread] = (time.monotonic(), database)
        try:
            yield
        finally:
            self.jobs.pop(thread, None)

    def run(self) -> None:
        while True:
            time.sleep(PAUSE)
            self.look()

    def look(self) -> None:
        """Probe the server while a connection waits for long, or while it was silent before."""
        patience = 0 if self.is_silent else PATIENCE
        until = time.monotonic() - patience
        late = [pq for begun, job in list(self.jobs.values()) if begun <= until and (pq := get_waiting_connection(job))]
        if late:
            self.address = get_address(late[0])
        if self.is_silent or (late and time.monotonic() - self.probed_at > PROBE_AGAIN):
            self.is_silent, self.probed_at = not is_answering(self.address), time.monotonic()
        if self.is_silent:
            for waiting in late:
                hang_up(waiting)


def get_waiting_connection(job: BaseDatabaseWrapper) -> psycopg.Connection[Any] | None:
    made: psycopg.Connection[Any] | None = job.connection
    is_waiting = made and not made.closed and made.info.transaction_status == TransactionStatus.ACTIVE
    return made if is_waiting else None


def get_address(made: psycopg.Connection[Any]) -> dict[str, Any]:
    given = made.info.get_parameters() | {"password": made.info.password or None, "connect_timeout": PROBE_SECONDS}
    return {name: value for name, value in given.items() if value is not None}


def is_answering(address: dict[str, Any]) -> bool:
    """Return whether the server says anything, be it that it has no place."""
    begun = time.monotonic()
    try:
        psycopg.connect(**address).close()
    except psycopg.OperationalError:
        return time.monotonic() - begun < PROBE_SECONDS / 2
    return True


def hang_up(made: psycopg.Connection[Any]) -> None:
    """End the connection below the driver, which waits in another thread and then sees its end."""
    with suppress(OSError, psycopg.Error), socket.socket(fileno=os.dup(made.fileno())) as wire:
        wire.shutdown(socket.SHUT_RDWR)


WATCH = Watch()
