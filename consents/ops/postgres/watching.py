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
from typing import Any

import psycopg
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg.pq import TransactionStatus

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
    """Return the connection if it waits for an answer of the server."""
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
