"""A small clamd: speaks INSTREAM and PING on a socket, and calls the agreed test signature by its name."""

import socket
import socketserver
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

from consents.copies.file_checks import TEST_SIGNATURE


class Speaking(socketserver.StreamRequestHandler):
    reply: ClassVar[bytes | None] = None  # instead of a verdict
    streamed: ClassVar[list[bytes]] = []

    def handle(self) -> None:
        command = b""
        while not command.endswith(b"\0"):
            if not (byte := self.rfile.read(1)):
                return  # whoever called has gone
            command += byte
        if command == b"zPING\0":
            self.wfile.write(self.reply or b"PONG\0")
        elif command == b"zINSTREAM\0":
            content = b"".join(self.read_pieces())
            self.streamed.append(content)
            found = b"stream: Eicar-Test-Signature FOUND\0" if TEST_SIGNATURE in content else b"stream: OK\0"
            self.wfile.write(self.reply or found)

    def read_pieces(self) -> Iterator[bytes]:
        while size := struct.unpack("!I", self.rfile.read(4))[0]:
            yield self.rfile.read(size)


@contextmanager
def listening(server: socketserver.BaseServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def clamd_on_path(path: Path, *, reply: bytes | None = None) -> Iterator[type[Speaking]]:
    handler = type("Handler", (Speaking,), {"reply": reply, "streamed": []})
    with listening(socketserver.ThreadingUnixStreamServer(str(path), handler)):
        yield handler


@contextmanager
def clamd_on_port() -> Iterator[tuple[str, int]]:
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Speaking)
    with listening(server):
        yield "127.0.0.1", server.server_address[1]


@contextmanager
def silent_listener() -> Iterator[tuple[str, int]]:
    """Takes a connection and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield "127.0.0.1", listener.getsockname()[1]
