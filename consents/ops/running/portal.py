"""The portal's own programs: the web server, the worker, the metrics."""

import http.client
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.conf import settings

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
