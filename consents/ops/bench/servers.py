"""Start the web servers of a run, portal and floor, which differ only in the program."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from django.conf import settings

from consents.ops.bench import database, floor, load
from consents.ops.running import portal
from consents.ops.running.ports import find_free_port
from consents.ops.running.processes import Child, Program, catch_stop_signals, stop_programs, wait_until_ready


@contextmanager
def start_portal() -> Iterator[int]:
    """Start the portal on the bench's database and yield its port."""
    port = find_free_port(load.HOST, 0)
    with run_server(
        portal.build_web_program(load.HOST, port), build_environment(), lambda: portal.is_answering(load.HOST, port)
    ):
        yield port


@contextmanager
def start_floor(rows: int) -> Iterator[int]:
    port = find_free_port(load.HOST, 0)
    program = replace(
        portal.build_web_program(load.HOST, port, "consents.ops.bench.floor:application", "wsgi"),
        name="the floor's web server",
    )
    with run_server(program, build_environment() | {floor.ROWS: str(rows)}, lambda: is_floor_ready(port)):
        yield port


def build_environment() -> dict[str, str]:
    hosts = f"{load.HOST},{portal.get_allowed_host()}"
    ours = {"PORTAL_MODE": settings.PORTAL_MODE, "PORTAL_HOSTS": hosts, "PORTAL_LOG_LEVEL": "ERROR"}
    return portal.build_environment() | ours | dict(database.build_environment())


def is_floor_ready(port: int) -> bool:
    try:
        with load.open_connection(port) as connection:
            load.send_call(connection, build_floor_call(1))
    except load.WrongAnswer:
        return False
    return True


def build_floor_call(queries: int) -> load.Call:
    return load.Call(f"/{queries}", 200, floor.describe_count(queries))


@contextmanager
def run_server(program: Program, environment: Mapping[str, str], is_ready: Callable[[], bool]) -> Iterator[None]:
    """Run a program until the block ends. Raises CannotStart if it does not get ready."""
    child = Child(program, environment)
    try:
        wait_until_ready([child], is_ready, threading.Event())
        yield
    finally:
        with catch_stop_signals() as asked:
            stop_programs([child], asked)
