"""The portal's own programs: the web server and the worker."""

import http.client
import logging
import os
import time
from collections.abc import Callable, Mapping

from django.conf import settings

from consents.core.embedded import CannotStart, ballast, keep_running
from consents.running.processes import TIED, Program, run

# Threads of one web process besides those at work: they wait, stream exports, or turn away who would wait too long.
WAITING = 6
BESIDES = 10  # connections of the worker, its jobs, and of commands
WORKER_STOP_SECONDS = 8  # for the requests it has begun
FOLDERS = ("PORTAL_VAR", "PORTAL_KEYS", "PORTAL_JOURNAL", "PORTAL_EXPORTS")
PATIENCE_SECONDS = 5  # between two tries to start a database that does not start
log = logging.getLogger(__name__)
IDLE_SECONDS = 600  # the longest granian takes: a thread that ends gives up its database connection


def run_portal(*, host: str, port: int, when_ready: Callable[[], None], defaults: Mapping[str, str]) -> None:
    """Web server and worker until told to stop. `defaults` are environment variables for both, unless given."""
    room = ballast.Keeper(settings.PORTAL_VAR)
    try:
        run(
            [web(host, port), worker()],
            folder=settings.BASE_DIR,
            environment=dict(defaults) | environment(),
            is_ready=lambda: answers(host, port),
            when_ready=when_ready,
            keep=database_keeper(room) if settings.EMBEDDED else lambda: None,
        )
    finally:
        room.stop()


def web(host: str, port: int, application: str = "portal.wsgi:application") -> Program:
    options = {
        "--interface": "wsgi",
        "--host": host,
        "--port": str(port),
        "--workers": str(cores()),
        "--blocking-threads": str(settings.REQUESTS_AT_ONCE + WAITING),
        "--blocking-threads-idle-timeout": str(IDLE_SECONDS),
        # One that was asked to stop while it was starting has not heard it.
        "--workers-kill-timeout": str(WORKER_STOP_SECONDS),
        "--log-level": "error",  # its one warning is about the number of threads, most of which only wait
    }
    words = [word for option in options.items() for word in option]
    return Program("the web server", [*TIED, "granian", *words, "--no-ws", "--respawn-failed-workers", application])


def connections_needed() -> int:
    """A thread of the web server keeps its connection to the database."""
    return cores() * (settings.REQUESTS_AT_ONCE + WAITING) + BESIDES


def worker() -> Program:
    return Program("the worker", [*TIED, "manage", "worker"])


def database_keeper(room: ballast.Keeper) -> Callable[[], None]:
    """Nobody else looks after the embedded server: what starts it again when it has died, if need be again later, and
    keeps room for it on its disk."""
    next_try = 0.0

    def keep() -> None:
        nonlocal next_try
        room.tend()
        if time.monotonic() < next_try:
            return
        try:
            if keep_running(settings.PORTAL_VAR):
                log.warning("The database server had died and was started again.")
        except CannotStart as reason:
            next_try = time.monotonic() + PATIENCE_SECONDS
            log.error("The database server has died and does not start: %s", reason)

    return keep


def cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def environment() -> dict[str, str]:
    """Ours, with folders spelled out (the programs start elsewhere) and without those who see more of the database."""
    others = {"DATABASE_OWNER_URL", "DATABASE_BACKUP_URL"}
    given = {name: value for name, value in os.environ.items() if name not in others}
    return given | {name: str(getattr(settings, name)) for name in FOLDERS}


def answers(host: str, port: int) -> bool:
    """Whether the web server answers and finds itself in order (database, role, migrations)."""
    nearby = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    connection = http.client.HTTPConnection(nearby, port, timeout=5)
    try:
        connection.request("GET", "/readyz", headers={"Host": allowed_host()})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def allowed_host() -> str:
    name: str = settings.ALLOWED_HOSTS[0] if settings.ALLOWED_HOSTS else "localhost"
    return "localhost" if name.startswith(("*", ".")) else name
