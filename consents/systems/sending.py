"""Send one HTTPS request to an address from the settings, and to nothing that may hide behind it."""

import base64
import hmac
import json
import re
import secrets
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
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection

from consents.core import clock
from consents.core.keys import write_once
from consents.core.sealing import CannotOpen
from consents.core.working_ahead import run_for_each
from consents.systems import selectors, services
from consents.systems.kinds import CUSTOMER, PURPOSE, RECORD, TEST, read_number
from consents.systems.models import Webhook
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


# Deliver webhooks: one process at a time, one after the other, to each system in its turn.

MOST_AT_ONCE, SECONDS_AT_ONCE = 50, 20.0  # to one system, before the next has its turn
TRY_TURN = "SELECT pg_try_advisory_lock(hashtextextended('webhooks', 0))"
END_TURN = "SELECT pg_advisory_unlock(hashtextextended('webhooks', 0))"


def deliver_due_webhooks() -> None:
    """Send what is due, to every system in turn; whoever comes while another process does leaves it to that one.

    So a receiver that hangs holds one of the worker's places at most, and emails go on. What is due still, or again
    because its own job came meanwhile and left, gets another job.
    """
    systems = selectors.list_told_systems()
    with take_turn() as is_ours:
        if not is_ours:
            return
        services.add_receivers()
        run_for_each(systems, deliver_to_system)
    if any(selectors.find_due_webhook(system) for system in systems if has_secret(system)):
        services.queue_delivery()


@contextmanager
def take_turn() -> Iterator[bool]:
    with connection.cursor() as cursor:
        cursor.execute(TRY_TURN)
        is_ours = bool(cursor.fetchone()[0])
        try:
            yield is_ours
        finally:
            if is_ours:
                cursor.execute(END_TURN)


def deliver_to_system(system: System) -> None:
    """Send to this system what is due, until nothing is, it fails, or its turn is over. Without a secret all waits."""
    ends = time.monotonic() + SECONDS_AT_ONCE
    if not has_secret(system):
        services.record_missing_secret(system.name)
        return
    for _turn in range(MOST_AT_ONCE):
        webhook = selectors.find_due_webhook(system)
        if webhook is None or time.monotonic() > ends:
            return
        services.record_reply(webhook=webhook, reply=try_delivery(system, webhook))


def has_secret(system: System) -> bool:
    try:
        return bool(read_secrets(settings.PORTAL_KEYS, system.name))
    except NoSecret:
        return False


def try_delivery(system: System, webhook: Webhook) -> Reply:
    """Sign and send it. Its id is that of every try, its time that of this one."""
    now, id = clock.now(), f"msg_{webhook.pk.hex}"
    timestamp = int(now.timestamp())
    try:
        body = build_body(webhook)
        signature = sign_webhook(read_secrets(settings.PORTAL_KEYS, system.name), id, timestamp, body)
    except (NoSecret, KeyError, CannotOpen) as error:
        return Reply(error=type(error).__name__)
    headers = {"webhook-id": id, "webhook-timestamp": str(timestamp), "webhook-signature": signature}
    return post_webhook(system, body, headers, now)


def build_body(webhook: Webhook) -> bytes:
    """Write what is told: ids alone. Of one customer a greater `sequence` is newer."""
    # Count them since 1970: a number that JSON holds exactly, and that goes on rising over a restoration.
    facts = {
        CUSTOMER: read_number(webhook),
        PURPOSE: webhook.purpose or None,
        RECORD: str(webhook.record) if webhook.record else None,
        "sequence": ((webhook.queued_at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)),
    }
    moment = webhook.queued_at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    content = {"type": webhook.kind, "timestamp": moment, "data": {} if webhook.kind == TEST else facts}
    return json.dumps(content, separators=(",", ":")).encode()


# Keep the secrets of webhooks, and sign with them (Standard Webhooks 1.0.0, signatures `v1`).
#
# A secret is a file of its own beside the keys, `webhook-<system>-<n>`, in the form in which the system is given it:
# `whsec_` and 32 random bytes. While the newest two are there, both sign.

PREFIX = "whsec_"
BYTES, LEAST_BYTES, MOST_BYTES = 32, 24, 64
MOST_SECRETS = 2


class NoSecret(Exception):
    """Signal that there is no secret to sign with, or none that is whole."""


def make_secret(folder: Path, system: str) -> str:
    """Make the next secret of this system, which signs beside the one before. Raises ImproperlyConfigured."""
    number = max(list_secret_files(folder, system), default=0) + 1
    path = folder / f"webhook-{system}-{number}"
    write_once(path, PREFIX + base64.b64encode(secrets.token_bytes(BYTES)).decode())
    return path.read_text()  # that of whoever was first, if two made it at once


def drop_older_secrets(folder: Path, system: str) -> int:
    """Remove all but the newest. Returns how many."""
    older = list(list_secret_files(folder, system).values())[1:]
    for path in older:
        path.unlink()
    return len(older)


def list_secret_files(folder: Path, system: str) -> dict[int, Path]:
    """List the files of this system's secrets by number, the newest first."""
    names = {path: re.fullmatch(rf"webhook-{re.escape(system)}-(\d+)", path.name) for path in folder.glob("webhook-*")}
    numbered = {int(match[1]): path for path, match in names.items() if match}
    return dict(sorted(numbered.items(), reverse=True))


def read_secrets(folder: Path, system: str) -> list[bytes]:
    """Read what signs, the newest first. Raises NoSecret."""
    paths = list(list_secret_files(folder, system).values())[:MOST_SECRETS]
    try:
        found_secrets = [base64.b64decode(read_encoded_secret(path), validate=True) for path in paths]
    except (OSError, ValueError):
        raise NoSecret from None
    if not found_secrets or not all(LEAST_BYTES <= len(secret) <= MOST_BYTES for secret in found_secrets):
        raise NoSecret
    return found_secrets


def read_encoded_secret(path: Path) -> str:
    written = path.read_text().strip()
    if not written.startswith(PREFIX):
        raise NoSecret
    return written.removeprefix(PREFIX)


def sign_webhook(signing: list[bytes], id: str, timestamp: int, body: bytes) -> str:
    """Sign exactly these bytes with each secret."""
    signed = f"{id}.{timestamp}.".encode() + body
    codes = [base64.b64encode(hmac.digest(secret, signed, "sha256")).decode() for secret in signing]
    return " ".join(f"v1,{code}" for code in codes)
