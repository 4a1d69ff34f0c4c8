"""Threads, of the live server and of races: one that ends hands its connection on to the next. To learn the tables anew
costs the database ten times as much as a page."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.servers.basehttp import ThreadedWSGIServer
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from tests.world.sessions import begin_anew, is_idle

IDLE: list[BaseDatabaseWrapper] = []


class HandingServer(ThreadedWSGIServer):
    def process_request_thread(self, request: socket.socket, client_address: Any) -> None:
        take_over()
        super().process_request_thread(request, client_address)

    def _close_connections(self) -> None:
        """Called by the thread that ends."""
        hand_on()


@contextmanager
def handing_on() -> Iterator[None]:
    """Inside, this thread asks the database on a connection that is as new."""
    take_over()
    try:
        yield
    finally:
        begin_anew(connections["default"])
        hand_on()


def take_over() -> None:
    if IDLE:
        connections["default"] = IDLE.pop()


def hand_on() -> None:
    mine = connections["default"]
    if not is_idle(mine):
        connections.close_all()
        return
    mine.inc_thread_sharing()
    del connections["default"]
    IDLE.append(mine)


def end_connections() -> None:
    while IDLE:
        IDLE.pop().close()
