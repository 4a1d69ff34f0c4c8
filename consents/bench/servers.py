"""The web servers of a run: the portal and the floor, alike in everything but the program."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from django.conf import settings

from consents.bench import database, floor, load
from consents.running import portal
from consents.running.ports import usable
from consents.running.processes import (
    PAUSE,
    READY_SECONDS,
    CannotStart,
    Program,
    asked_to_stop,
    check_runs,
    start,
    stop,
)


@contextmanager
def portal_server() -> Iterator[int]:
    """The portal on the bench's database; yields its port."""
    port = usable(load.HOST, 0)
    with serving(portal.web(load.HOST, port), environment(), lambda: portal.answers(load.HOST, port)):
        yield port


@contextmanager
def floor_server(rows: int) -> Iterator[int]:
    port = usable(load.HOST, 0)
    program = replace(portal.web(load.HOST, port, "consents.bench.floor:application"), name="the floor's web server")
    with serving(program, environment() | {floor.ROWS: str(rows)}, lambda: floor_answers(port)):
        yield port


def environment() -> dict[str, str]:
    hosts = f"{load.HOST},{portal.allowed_host()}"
    ours = {"PORTAL_MODE": settings.PORTAL_MODE, "PORTAL_HOSTS": hosts, "PORTAL_LOG_LEVEL": "ERROR"}
    return portal.environment() | ours | dict(database.environment())


def floor_answers(port: int) -> bool:
    try:
        with load.connected(port) as connection:
            load.ask(connection, floor_call(1))
    except load.WrongAnswer:
        return False
    return True


def floor_call(queries: int) -> load.Call:
    return load.Call(f"/{queries}", 200, floor.text(queries))


@contextmanager
def serving(program: Program, environment: Mapping[str, str], is_ready: Callable[[], bool]) -> Iterator[None]:
    """The program runs inside. Raises CannotStart when it does not get ready."""
    child = start(program, settings.BASE_DIR, environment)
    try:
        until = time.monotonic() + READY_SECONDS
        while not is_ready():
            check_runs(child)
            if time.monotonic() > until:
                raise CannotStart(f"{program.name.capitalize()} did not answer within {READY_SECONDS} seconds.")
            time.sleep(PAUSE)
        yield
    finally:
        with asked_to_stop() as asked:
            stop([child], asked)
