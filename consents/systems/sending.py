"""Send one HTTPS request to an address from the settings, and to nothing that may hide behind it."""

import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache
from http.client import HTTPException, HTTPSConnection
from urllib.parse import urlsplit

from consents.systems.rules import Network, Reply, System, may_call_address

SECONDS = 15.0  # for everything, from the first byte to the last that is read

CONTENT = {"Content-Type": "application/json", "User-Agent": "consent-portal"}


class AddressRefused(Exception):
    """Signal a name that leads to an address which may not be called."""


class CheckedConnection(HTTPSConnection):
    """Connect to an address that was checked, and to no other; the certificate must be of the name in the settings."""

    def __init__(self, host: str, port: int, networks: tuple[Network, ...]) -> None:
        super().__init__(host, port, timeout=SECONDS, context=get_tls_context())
        self.networks = networks
        self.is_over = threading.Event()

    def connect(self) -> None:
        speaking = open_checked_socket(self.host, self.port, self.networks)
        # Known to the watch before the handshake, which may hang as well.
        self.sock = get_tls_context().wrap_socket(speaking, server_hostname=self.host, do_handshake_on_connect=False)
        if self.is_over.is_set():
            raise TimeoutError
        self.sock.do_handshake()

    def cut(self) -> None:
        """End whatever waits for the other side, now or later."""
        self.is_over.set()
        if self.sock is not None:
            with suppress(OSError):
                socket.socket.shutdown(self.sock, socket.SHUT_RDWR)


@cache
def get_tls_context() -> ssl.SSLContext:
    return ssl.create_default_context()


def open_checked_socket(host: str, port: int, networks: tuple[Network, ...]) -> socket.socket:
    """Look the name up once, and connect to what was found, if all of it may be called.

    Raises AddressRefused, OSError.
    """
    ends = time.monotonic() + SECONDS
    places = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    if not all(may_call_address(str(place[0]), networks) for *_kind, place in places):
        raise AddressRefused
    for family, kind, protocol, _name, place in places:
        speaking = socket.socket(family, kind, protocol)
        try:
            speaking.settimeout(max(0.1, ends - time.monotonic()))
            speaking.connect(place)
        except OSError:
            speaking.close()
        else:
            return speaking
    raise ConnectionRefusedError


def post_webhook(system: System, body: bytes, headers: Mapping[str, str], now: datetime) -> Reply:
    """Post it, and read no more of the answer than its head. Redirects are answers as others are."""
    parts = urlsplit(system.address)
    connection = CheckedConnection(parts.hostname or "", parts.port or 443, system.networks)
    path = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
    try:
        with limit_seconds(connection):
            connection.request("POST", path, body, {**CONTENT, **headers})
            response = connection.getresponse()
        return Reply(response.status, retry_after=read_retry_after(response.getheader("Retry-After", ""), now))
    except (AddressRefused, OSError, HTTPException, ValueError) as error:
        return Reply(error=type(error).__name__)
    finally:
        connection.close()


@contextmanager
def limit_seconds(connection: CheckedConnection) -> Iterator[None]:
    """Cut the connection when the time is over: a time-out of a socket begins anew with each byte that drips in.

    Raises TimeoutError.
    """
    watch = threading.Timer(SECONDS, connection.cut)
    watch.daemon = True
    watch.start()
    try:
        yield
    except (OSError, HTTPException, ValueError):
        if connection.is_over.is_set():
            raise TimeoutError from None
        raise
    finally:
        watch.cancel()


def read_retry_after(header: str, now: datetime) -> timedelta | None:
    """Read seconds or a date (RFC 9110); None for anything else."""
    if header.isascii() and header.isdecimal():
        return timedelta(seconds=int(header[:9]))
    try:
        moment = parsedate_to_datetime(header)
    except (ValueError, OverflowError):
        return None
    return max(timedelta(0), moment.replace(tzinfo=moment.tzinfo or UTC) - now)
