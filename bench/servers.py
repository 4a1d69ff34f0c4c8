"""Start the web servers of a run, portal and floor, which differ only in the program."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress

from django.conf import settings

from bench.data import PURPOSES
from bench.database import build_environment
from bench.http_load import HOST, WrongAnswer
from consents.core.bearer_tokens import hash_token

START_SECONDS = 60
TOKEN = "of-the-bench"


def start_portal() -> AbstractContextManager[int]:
    purposes = [f"purpose-{number}" for number in range(1, PURPOSES + 1)]
    systems = {"bench": {"purposes": purposes, "tokens": [hash_token(TOKEN)]}}
    return start_server("portal.wsgi:application", PORTAL_SYSTEMS=json.dumps(systems))


def start_floor() -> AbstractContextManager[int]:
    return start_server("bench.floor:application")


@contextmanager
def start_server(application: str, **variables: str) -> Iterator[int]:
    """Run the application with a process a core until the block ends; `as` its port. Raises WrongAnswer."""
    with socket.socket() as free:
        free.bind((HOST, 0))
        port: int = free.getsockname()[1]
    workers = str(os.cpu_count() or 1)
    options = ["--interface", "wsgi", "--host", HOST, "--port", str(port), "--workers", workers, "--log-level", "error"]
    variables |= build_environment() | {"PORTAL_HOSTS": HOST, "PORTAL_LOG_LEVEL": "ERROR"}
    server = subprocess.Popen(
        [sys.executable, "-m", "granian", *options, "--no-ws", application],
        cwd=settings.BASE_DIR,
        env=os.environ | variables,
    )
    try:
        wait_until_open(server, port)
        yield port
    finally:
        server.terminate()
        server.wait()


def wait_until_open(server: "subprocess.Popen[bytes]", port: int) -> None:
    end = time.monotonic() + START_SECONDS
    while server.poll() is None and time.monotonic() < end:
        with suppress(OSError), socket.create_connection((HOST, port), timeout=1):
            return
        time.sleep(0.1)
    raise WrongAnswer("A web server of the bench did not start.")
