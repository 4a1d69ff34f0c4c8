"""Start the web servers of a run, portal and floor, which differ only in the program."""

import os
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from django.conf import settings

from consents.ops.bench import database, load
from consents.ops.running import portal
from consents.ops.running.ports import find_free_port
from consents.ops.running.runner import catch_stop_signals, start_program, stop_programs, wait_until_ready


class Server(NamedTuple):
    port: int
    pid: int


@contextmanager
def start_portal() -> Iterator[Server]:
    """Start the portal on the bench's database."""
    port = find_free_port(load.HOST, 0)
    with run_server(
        portal.build_web_command(load.HOST, port), build_environment(), lambda: portal.is_answering(load.HOST, port)
    ) as pid:
        yield Server(port, pid)


@contextmanager
def start_floor() -> Iterator[Server]:
    port = find_free_port(load.HOST, 0)
    command = portal.build_web_command(load.HOST, port, "consents.ops.bench.floor:application")
    with run_server(command, build_environment(), lambda: is_open(port)) as pid:
        yield Server(port, pid)


def build_environment() -> dict[str, str]:
    hosts = f"{load.HOST},{portal.get_allowed_host()}"
    ours = {"PORTAL_MODE": settings.PORTAL_MODE, "PORTAL_HOSTS": hosts, "PORTAL_LOG_LEVEL": "ERROR"}
    return portal.build_environment() | ours | dict(database.build_environment())


def is_open(port: int) -> bool:
    with suppress(OSError), socket.create_connection((load.HOST, port), timeout=1):
        return True
    return False


def build_floor_call(letters: int, cookie: str) -> load.Call:
    """Build the call of a bare page with as many letters, by the same user in a browser that is not known."""
    session = next(part for part in cookie.split("; ") if part.startswith(f"{settings.SESSION_COOKIE_NAME}="))
    return load.Call(f"/{letters}", 200, "</title>", session)


def count_processor_seconds(pid: int) -> float:
    """Count the processor time that a server and its workers have used so far."""
    parents = {int(path.name): read_process(path) for path in Path("/proc").iterdir() if path.name.isdigit()}
    family = {pid}
    while grown := {child for child, (parent, _ticks) in parents.items() if parent in family} - family:
        family |= grown
    return sum(parents[member][1] for member in family if member in parents) / os.sysconf("SC_CLK_TCK")


def read_process(path: Path) -> tuple[int, int]:
    """Return the parent of a process and its ticks; (0, 0) once it has ended."""
    try:
        fields = (path / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0, 0
    return int(fields[1]), int(fields[11]) + int(fields[12])


@contextmanager
def run_server(command: list[str], environment: Mapping[str, str], is_ready: Callable[[], bool]) -> Iterator[int]:
    """Run a program until the block ends; yield its process. Raises CannotStart if it does not get ready."""
    process = start_program(command, environment)
    try:
        wait_until_ready({"the web server": process}, is_ready, threading.Event())
        yield process.pid
    finally:
        with catch_stop_signals() as asked:
            stop_programs([process], asked)
