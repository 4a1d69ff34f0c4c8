"""Ask the company's virus scanner about a file before it is kept: clamd, by its INSTREAM command.

`PORTAL_SCANNER` says where it listens; without one, the portal's own checks of what is in a file stand alone.
"""

import socket
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from consents.copies.file_checks import Harmful
from consents.core.refusals import Refusal

SCANNER_SECONDS = 20.0  # for a whole file; the database gives up an idle transaction after 60
PING_SECONDS = 2.0
PIECE = 64 * 1024
LONGEST_REPLY = 4096


class ScannerUnavailable(Refusal):
    status = 503
    sentence = _(
        "The virus scanner does not answer, so nothing was added. What you typed is here: choose the file again in a "
        "few minutes."
    )


def scan_content(content: bytes) -> None:
    """Let the scanner judge a file, where there is one. Raises Harmful, ScannerUnavailable."""
    if settings.PORTAL_SCANNER is None:
        return
    try:
        verdict = ask_scanner(content)
    except OSError:
        raise ScannerUnavailable from None
    if verdict.endswith("FOUND"):
        raise Harmful
    if verdict != "stream: OK":  # it could not: too large for it, out of memory, not clamd at all
        raise ScannerUnavailable


def ask_scanner(content: bytes) -> str:
    """Return what clamd says of this content. Raises OSError, also when it takes too long."""
    with connect_scanner(SCANNER_SECONDS) as (speaking, ends):
        speaking.sendall(b"zINSTREAM\0")
        for start in range(0, len(content), PIECE):
            piece = content[start : start + PIECE]
            limit_time(speaking, ends)
            speaking.sendall(struct.pack("!I", len(piece)) + piece)
        speaking.sendall(struct.pack("!I", 0))
        return read_reply(speaking, ends)


def has_scanner() -> bool:
    return settings.PORTAL_SCANNER is not None


def is_scanner_ready() -> bool:
    """Return True if the scanner answers as clamd does."""
    try:
        with connect_scanner(PING_SECONDS) as (speaking, ends):
            speaking.sendall(b"zPING\0")
            return read_reply(speaking, ends) == "PONG"
    except OSError:
        return False


@contextmanager
def connect_scanner(seconds: float) -> Iterator[tuple[socket.socket, float]]:
    """Yield a connection and the moment at which its time is over."""
    ends, place = time.monotonic() + seconds, settings.PORTAL_SCANNER
    if place is None:
        raise ConnectionError
    with open_socket(place, seconds) as speaking:
        limit_time(speaking, ends)
        yield speaking, ends


def open_socket(place: str | tuple[str, int], seconds: float) -> socket.socket:
    """Connect to the scanner's path, or its host and port. Raises OSError."""
    if not isinstance(place, str):
        return socket.create_connection(place, timeout=seconds)
    speaking = socket.socket(socket.AF_UNIX)
    try:
        speaking.settimeout(seconds)
        speaking.connect(place)
    except OSError:
        speaking.close()
        raise
    return speaking


def limit_time(speaking: socket.socket, ends: float) -> None:
    """Let the next step take what is left of the time. Raises TimeoutError once it is over."""
    left = ends - time.monotonic()
    if left <= 0:
        raise TimeoutError
    speaking.settimeout(left)


def read_reply(speaking: socket.socket, ends: float) -> str:
    """Read up to the zero byte that ends a reply. Raises OSError."""
    reply = b""
    while not reply.endswith(b"\0"):
        limit_time(speaking, ends)
        part = speaking.recv(LONGEST_REPLY)
        if not part or len(reply) > LONGEST_REPLY:
            raise ConnectionError
        reply += part
    return reply[:-1].decode(errors="replace").strip()
