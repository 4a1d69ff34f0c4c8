"""A mail server that keeps what it is given, and can be told to misbehave."""

import email
import socketserver
import threading
from collections.abc import Callable
from email.message import Message
from typing import Any


class MailServer:
    """`mails`, as they arrived; `on_arrival` is called after each, before the sender is told that it was taken.

    While it `is_down`, it hangs up on everybody and counts whom it `refused`.
    """

    def __init__(self) -> None:
        self.mails: list[Message] = []
        self.is_down, self.refused = False, 0
        self.on_arrival: Callable[[], None] = lambda: None
        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Session)
        self.server.daemon_threads = True
        self.server.post = self  # type: ignore[attr-defined]
        self.port: int = self.server.server_address[1]

    def __enter__(self) -> "MailServer":
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_: Any) -> None:
        self.server.shutdown()
        self.server.server_close()

    def ids(self) -> list[str]:
        return [mail["Message-ID"] for mail in self.mails]


class Session(socketserver.StreamRequestHandler):
    def say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())

    def handle(self) -> None:
        post: MailServer = self.server.post  # type: ignore[attr-defined]
        if post.is_down:
            post.refused += 1
            return
        self.say("220 here")
        while line := self.rfile.readline():
            word = line[:4].upper()
            if word == b"DATA":
                self.say("354 go on")
                post.mails.append(email.message_from_bytes(self.text()))
                post.on_arrival()
                self.say("250 taken")
            elif word == b"QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 here")

    def text(self) -> bytes:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line)
        return b"".join(lines)
