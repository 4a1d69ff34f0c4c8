"""A wire between the portal and PostgreSQL that can be cut at COMMIT, before or after the server has heard it."""

import socket
import threading
from contextlib import suppress
from typing import Any

COMMIT = b"COMMIT"
PIECE = 65536


class Proxy:
    """Listens on loopback. `cut`: "before" loses the next COMMIT, "after" loses the answer to it; once."""

    def __init__(self, host: str, port: str) -> None:
        self.host, self.server_port = host, port
        self.cut, self.cuts = "", 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listener.getsockname()[1]
        self.muted: set[socket.socket] = set()  # what comes from there is heard by nobody
        self.open: list[socket.socket] = [self.listener]

    def __enter__(self) -> "Proxy":
        threading.Thread(target=self.accept, daemon=True).start()
        return self

    def __exit__(self, *_: Any) -> None:
        for one in self.open:
            hang_up(one)

    def accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                server = self.connected()
                self.open += [client, server]
                threading.Thread(target=self.carry, args=[client, server, True], daemon=True).start()
                threading.Thread(target=self.carry, args=[server, client, False], daemon=True).start()

    def connected(self) -> socket.socket:
        if self.host.startswith("/"):
            server = socket.socket(socket.AF_UNIX)
            server.connect(f"{self.host}/.s.PGSQL.{self.server_port}")
            return server
        return socket.create_connection((self.host, int(self.server_port)))

    def carry(self, source: socket.socket, target: socket.socket, from_client: bool) -> None:
        with suppress(OSError):
            while piece := source.recv(PIECE):
                if from_client and self.cut and COMMIT in piece:
                    self.cut_at(piece, target)
                    break
                if source not in self.muted:
                    target.sendall(piece)
        hang_up(source)
        hang_up(target)

    def cut_at(self, piece: bytes, server: socket.socket) -> None:
        how, self.cut = self.cut, ""
        self.cuts += 1
        if how == "after":
            self.muted.add(server)
            server.sendall(piece)
            # The server closes once it has committed and heard that nobody is left.
            server.shutdown(socket.SHUT_WR)
            while server.recv(PIECE):
                pass


def hang_up(one: socket.socket) -> None:
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()
