"""Admit requests to Django: whole forms only, and never so many of strangers that known browsers wait.

The proxy of portal/deploy buffers forms and bounds each address, so that behind it this is hardly felt. Without one, a
form that never ends or a crowd costs others some time, and nothing else.
"""

import logging
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connections
from django.http import parse_cookie

from consents.core import charts
from consents.ops.postgres.base import WATCH
from consents.ops.running.from_outside import watch
from consents.ops.running.portal import get_allowed_host
from consents.people.known_browsers import read_known_users
from portal.environment import find_client, is_unnamed_proxy
from portal.views import build_trouble

BODY_SECONDS, UPLOAD_SECONDS, PATIENCE = 10.0, 120.0, 2.0
log = logging.getLogger(__name__)
UPLOADS = re.compile(r".*/rights/rightsrequest/[0-9a-f-]{36}/files/")


class Party(NamedTuple):
    """Identify whom a request is from: a known browser by its user, or anyone else by their address."""

    name: str
    is_known: bool


@dataclass
class Gate:
    """Let so many requests of strangers through at once, of one address `each`, and of each known browser as many."""

    strangers: int
    each: int
    patience: float
    inside: Counter[Party] = field(default_factory=Counter)
    waiting: Counter[bool] = field(default_factory=Counter)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def enter(self, party: Party) -> bool:
        """Return False where no place gets free in time, or as many wait already. A party that enters must `leave`."""
        with self.changed:
            if not self.has_place(party) and self.waiting[party.is_known] < self.strangers:
                self.waiting[party.is_known] += 1
                self.changed.wait_for(lambda: self.has_place(party), self.patience)
                self.waiting[party.is_known] -= 1
            if is_free := self.has_place(party):
                self.inside[party] += 1
            return is_free

    def has_place(self, party: Party) -> bool:
        strangers = sum(count for other, count in self.inside.items() if not other.is_known)
        return self.inside[party] < self.each and (party.is_known or strangers < self.strangers)

    def leave(self, party: Party) -> None:
        with self.changed:
            self.inside = self.inside - Counter([party])
            self.changed.notify_all()


reading = Gate(strangers=settings.STRANGERS_AT_ONCE, each=2, patience=0)
running = Gate(strangers=settings.STRANGERS_AT_ONCE, each=2, patience=PATIENCE)


def admit(django: Callable[..., Any]) -> Callable[..., Iterable[bytes]]:
    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path == "/healthz":
            start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8"), ("Cache-Control", "no-store")])
            return [b"alive\n"]
        find_client(environ)
        users = read_known_users(parse_cookie(environ.get("HTTP_COOKIE", "")).get(settings.KNOWN_COOKIE_NAME, ""))
        party = Party(str(users[0]) if users else environ["REMOTE_ADDR"], is_known=bool(users))
        is_closed = path != "/readyz" and (watch.is_closed or is_unnamed_proxy(environ))
        status = 503 if is_closed else read_body(environ, party)
        if path == "/readyz":
            environ["HTTP_HOST"] = get_allowed_host()  # monitoring asks by address
        is_quick = path.startswith(settings.STATIC_URL)
        if status or not (is_quick or running.enter(party)):
            return build_trouble(environ, status or note_crowd(), start_response)
        try:
            with WATCH.watch_connection(connections["default"]):
                response = django(environ, start_response)
                if response.streaming:  # the server takes a piece when the reader has taken the last
                    return response  # type: ignore[no-any-return]
                body = b"".join(response)
                response.close()
                return [body]
        finally:
            if not is_quick:
                running.leave(party)

    return application


def read_body(environ: dict[str, Any], party: Party) -> int:
    """Replace the stream by the whole body; return the status to refuse with, 0 for none."""
    if "HTTP_TRANSFER_ENCODING" in environ:
        return 411  # the server does not tell such a body that was cut off from a whole one
    length = environ.get("CONTENT_LENGTH") or "0"
    is_upload = party.is_known and bool(UPLOADS.fullmatch(environ["PATH_INFO"]))
    most = settings.FILE_UPLOAD_MAX_MEMORY_SIZE if is_upload else settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    if not (length.isascii() and length.isdigit()) or int(length) > most:
        return 413
    if length == "0":
        return 0
    if not reading.enter(party):
        return note_crowd()
    # The server gives no deadline: a thread reads, and is left behind until the connection ends.
    bodies: list[bytes] = []
    reader = threading.Thread(target=lambda: bodies.append(environ["wsgi.input"].read()), daemon=True)
    reader.start()
    reader.join(UPLOAD_SECONDS if is_upload else BODY_SECONDS)
    reading.leave(party)
    if not bodies:
        return 408
    environ["wsgi.input"] = BytesIO(bodies[0])
    return 0 if len(bodies[0]) == int(length) else 400


def note_crowd() -> int:
    if not charts.has_turned_away():
        log.warning("More requests than can be served in time: some are asked to come back.")
    charts.note_turned_away()
    return 503
