"""The live server: a thread that ends hands its connection on to the next. To learn the tables anew costs the database
ten times as much as a page."""

import socket
from typing import Any

from django.core.servers.basehttp import ThreadedWSGIServer
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from tests.world.sessions import is_idle

IDLE: list[BaseDatabaseWrapper] = []


class HandingServer(ThreadedWSGIServer):
    def process_request_thread(self, request: socket.socket, client_address: Any) -> None:
        if IDLE:
            connections["default"] = IDLE.pop()
        super().process_request_thread(request, client_address)

    def _close_connections(self) -> None:
        """Called by the thread that ends."""
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
