"""The portal's own programs: the web server, the worker, the metrics."""

import hashlib
import http.client
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import psycopg
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import DatabaseError, OperationalError, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

from consents.ledger.selectors.chains import is_journal_ahead
from consents.ops.running.from_outside import CLOSING, watch
from consents.ops.running.runner import Programs, run_programs

OTHER_CONNECTIONS = 10  # of the worker, its jobs, and of commands
# Of set-up, backups and the roles: whoever runs the portal is never given them.
SECRET_NAMES = (
    "DATABASE_OWNER_URL",
    "DATABASE_BACKUP_URL",
    "PORTAL_SUPERUSER_URL",
    "PORTAL_OWNER_PASSWORD",
    "PORTAL_APP_PASSWORD",
    "PORTAL_BACKUP_PASSWORD",
)
OTHERS_SECRETS = (*SECRET_NAMES, *(f"{name}_FILE" for name in SECRET_NAMES))
FOLDERS = ("PORTAL_VAR", "PORTAL_KEYS", "PORTAL_JOURNAL", "PORTAL_EXPORTS")
SERVER = "portal.wsgi:application"


@dataclass(frozen=True)
class Parts:
    """Says what to run here. `workers`: processes of the web server, 0 for one a core; `metrics`: the port for
    Prometheus, and the next one for the web server's own figures.
    """

    has_web: bool = True
    has_worker: bool = True
    workers: int = 0
    metrics: int | None = None


def run_portal(
    *, host: str, port: int, when_ready: Callable[[], None], defaults: Mapping[str, str], parts: Parts = Parts()
) -> None:
    """Run web server and worker until told to stop. `defaults` are environment variables for both, unless given.

    Raises CannotStart when one of them ends by itself.
    """
    run_programs(
        list_programs(host, port, parts),
        environment=dict(defaults) | build_environment(),
        is_ready=lambda: not parts.has_web or is_answering(host, port),
        when_ready=when_ready,
    )


def list_programs(host: str, port: int, parts: Parts) -> Programs:
    programs = {}
    if parts.has_web:
        programs["the web server"] = build_web_command(host, port, workers=parts.workers, metrics=parts.metrics)
    if parts.has_worker:
        programs["the worker"] = [sys.executable, "-m", "manage", "worker"]
    if parts.metrics is not None:
        programs["the metrics"] = [sys.executable, "-m", "manage", "metrics", "--port", str(parts.metrics)]
    return programs


def build_web_command(
    host: str, port: int, application: str = SERVER, *, workers: int = 0, metrics: int | None = None
) -> list[str]:
    options = {
        "--interface": "wsgi",
        "--http": "1",
        "--host": host,
        "--port": str(port),
        "--workers": str(workers or count_cores()),
        "--blocking-threads": str(settings.REQUESTS_AT_ONCE),
        "--blocking-threads-idle-timeout": "600",  # a thread's connection to the database goes with it
        "--http1-header-read-timeout": "10000",
        "--workers-kill-timeout": "8",  # for the requests that were begun
        "--log-level": "error",
    }
    if metrics is not None:
        options |= {"--metrics-address": "127.0.0.1", "--metrics-port": str(metrics + 1)}
    words = [word for option in options.items() for word in option] + (["--metrics"] if metrics is not None else [])
    return [sys.executable, "-m", "granian", *words, "--no-ws", "--respawn-failed-workers", application]


def count_needed_connections(workers: int = 0) -> int:
    """Count the connections that can be open at once: each thread of the web server keeps its own."""
    return (workers or count_cores()) * settings.REQUESTS_AT_ONCE + OTHER_CONNECTIONS


def count_cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def build_environment() -> dict[str, str]:
    """Return our own, with folders spelled out (the programs start elsewhere), without roles that see more of the
    database."""
    given = {name: value for name, value in os.environ.items() if name not in OTHERS_SECRETS}
    return given | {name: str(getattr(settings, name)) for name in FOLDERS}


def is_answering(host: str, port: int) -> bool:
    """Tell whether the web server answers and finds itself in order (database, role, migrations)."""
    nearby = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    connection = http.client.HTTPConnection(nearby, port, timeout=5)
    try:
        connection.request("GET", "/readyz", headers={"Host": get_allowed_host()})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def get_allowed_host() -> str:
    name: str = settings.ALLOWED_HOSTS[0] if settings.ALLOWED_HOSTS else "localhost"
    return "localhost" if name.startswith(("*", ".")) else name


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


def collect_static_files() -> None:
    """Do nothing where the same sources were collected before and all that came of them is still there."""
    mark = settings.STATIC_ROOT.with_suffix(".digest")
    if not mark.exists() or mark.read_text() != compute_digest():
        call_command("collectstatic", interactive=False, verbosity=0)
        mark.write_text(compute_digest())


def compute_digest() -> str:
    makers = f"{settings.STORAGES['staticfiles']} {version('django')} {version('whitenoise')}"
    digest = hashlib.sha256(makers.encode())
    for part in (*read_sources(), *list_collected_files()):
        digest.update(hashlib.sha256(part).digest())
    return digest.hexdigest()


def read_sources() -> Iterator[bytes]:
    for finder in get_finders():
        for path, storage in finder.list([]):
            yield path.encode()
            with storage.open(path) as file:
                yield file.read()


def list_collected_files() -> Iterator[bytes]:
    for path in sorted(settings.STATIC_ROOT.rglob("*")):
        yield f"{path.relative_to(settings.STATIC_ROOT)} {path.stat().st_size}".encode()
