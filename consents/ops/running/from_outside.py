"""Notice that the database and what is kept outside do not belong together.

`ahead`: journal or checkpoints tell of more than it holds, as after a failover; whoever serves would show what was
erased and follow what was withdrawn, until `manage.py catch_up`. `replaced`: another database has taken over. Then
nobody is served. `elsewhere`: this machine writes a journal of its own, beside the one whose head was signed last; it
is not ready, and does not start.
"""

import http.client
import ssl
import time
from collections.abc import Iterator
from threading import RLock
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from consents.core.signing import NotVerified
from consents.ledger import checkpoints
from consents.ledger.selectors.chains import is_journal_ahead, is_journal_elsewhere, is_log_ahead
from consents.ledger.services.sealing import find_other_sealer

WAIT_SECONDS = 10
PAGE = "/accounts/login/"
HEADERS = ("Strict-Transport-Security", "Content-Security-Policy", "X-Content-Type-Options")


def try_proxy(address: str) -> Iterator[tuple[bool, str]]:
    """Yield (is in order, sentence) of what the portal's public address answers. Raises OSError, HTTPException."""
    alive = request_page(address, "/healthz")
    yield alive.status == 200, f"/healthz answers {alive.status}."
    ready = request_page(address, "/readyz")
    yield ready.status == 200, f"/readyz answers {ready.status}."
    page = request_page(address, PAGE)
    location = page.getheader("Location", "")
    if page.status in (301, 302, 307, 308) and urlsplit(location).path == PAGE:
        yield (
            False,
            (
                "A page leads to itself for ever: the proxy sets no X-Forwarded-Proto, or PORTAL_PROXIES does not name "
                "it."
            ),
        )
    else:
        yield page.status == 200, f"The page to sign in answers {page.status}."
    for name in HEADERS:
        is_set = bool(page.getheader(name))
        yield is_set, f"{name} {'is set' if is_set else 'is missing: the proxy takes it away'}."


def request_page(address: str, path: str) -> http.client.HTTPResponse:
    parts = urlsplit(address)
    speaking: http.client.HTTPConnection
    if parts.scheme == "https":
        context = ssl.create_default_context()
        speaking = http.client.HTTPSConnection(parts.netloc, timeout=WAIT_SECONDS, context=context)
    else:
        speaking = http.client.HTTPConnection(parts.netloc, timeout=WAIT_SECONDS)
    try:
        speaking.request("GET", path, headers={"Accept": "text/html"})
        response = speaking.getresponse()
        response.read()
        return response
    finally:
        speaking.close()


LIMIT_SECONDS = 30.0
OK, LATE = "ok", "late"  # late: what is outside cannot be compared, and acts are durable all the same
CLOSING = {"ahead", "replaced"}
SENTENCES = {
    LATE: "what is kept outside cannot be compared with this database: a place does not answer, or holds what none of "
    "our keys signed. Look at PORTAL_JOURNAL and the place of the checkpoints.",
    "ahead": "the checkpoints or the journal outside tell of entries that this database does not hold. It is an older "
    "state, as after a failover or a restore to a point in time, or another database. Run `manage.py catch_up`.",
    "replaced": "another database seals into the place of these checkpoints: this one was replaced, or is a copy. Give "
    "a copy places of its own; let this one take over with `manage.py seal_ledger --take-over` if the other is gone.",
    "elsewhere": "the journal of this machine is not the one whose head was signed last: another machine writes "
    "another. All of them share one: put PORTAL_JOURNAL on a shared file system, or set PORTAL_JOURNAL_BACKEND.",
}


class OutsideWatch:
    """Remember for a while that all was well: the checkpoints may lie in another house. What was not is asked again."""

    def __init__(self) -> None:
        # Comparing may connect anew, and each new connection asks again (consents.ops.running.portal).
        self.lock, self.until, self.state = RLock(), 0.0, OK

    def describe(self) -> str:
        """Return "ok", "late", or the word for what is wrong. Raises DatabaseError."""
        with self.lock:
            if self.state != OK or time.monotonic() >= self.until:
                self.state = compare_with_outside()
                self.until = time.monotonic() + LIMIT_SECONDS
            return self.state

    @property
    def is_closed(self) -> bool:
        """Return True if the last comparison found that nobody may be served."""
        return self.state in CLOSING


def compare_with_outside() -> str:
    storage = checkpoints.get_checkpoint_storage()
    try:
        if is_journal_ahead() or is_log_ahead(storage):
            return "ahead"
        if find_other_sealer(settings.PORTAL_KEYS, storage):
            return "replaced"
        return "elsewhere" if is_journal_elsewhere(storage) else OK
    except (OSError, NotVerified):
        return LATE  # sealing, which cannot go on, tells of it, too


def check_outside() -> None:
    """Raises ImproperlyConfigured where the database is not the one that what is outside tells of."""
    if (state := compare_with_outside()) not in (OK, LATE):
        raise ImproperlyConfigured(f"The portal does not start: {SENTENCES[state]}")


watch = OutsideWatch()
