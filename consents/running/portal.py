"""The portal's own programs: the web server and the worker."""

import http.client
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from django.conf import settings

from consents.running.processes import Program, run

THREADS = 4  # per web process; exports share them for now
IDLE_SECONDS = 600  # the longest granian takes: a thread that ends gives up its database connection


def run_portal(*, host: str, port: int, when_ready: Callable[[], None], defaults: Mapping[str, str]) -> None:
    """Web server and worker until told to stop. `defaults` are environment variables for both, unless given."""
    run(
        [web(host, port), worker()],
        folder=settings.BASE_DIR,
        environment=dict(defaults) | environment(),
        is_ready=lambda: answers(host, port),
        when_ready=when_ready,
    )


def web(host: str, port: int, application: str = "portal.wsgi:application") -> Program:
    options = {
        "--interface": "wsgi",
        "--host": host,
        "--port": str(port),
        "--workers": str(cores()),
        "--blocking-threads": str(THREADS),
        "--blocking-threads-idle-timeout": str(IDLE_SECONDS),
        "--log-level": "warning",
    }
    words = [word for option in options.items() for word in option]
    return Program("the web server", [sys.executable, "-m", "granian", *words, "--no-ws", application])


def worker() -> Program:
    return Program("the worker", [sys.executable, str(Path(settings.BASE_DIR) / "manage.py"), "worker"])


def cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def environment() -> dict[str, str]:
    """Ours, with folders spelled out (the programs start elsewhere) and without the owner of the database."""
    given = {name: value for name, value in os.environ.items() if name != "DATABASE_OWNER_URL"}
    return given | {"PORTAL_VAR": str(settings.PORTAL_VAR), "PORTAL_KEYS": str(settings.PORTAL_KEYS)}


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
