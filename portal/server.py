"""Serve the portal over HTTP (RSGI, the interface of granian): read the request, give it a place, let Django answer it.

A request is read whole, within a deadline and a size, before it gets a place, so that half-sent forms hold neither a
place nor a thread.
"""

from portal.wsgi import application as django

# isort: split
# The import above sets Django up, which those below need.
import asyncio
import logging
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache, partial
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connections
from django.http import parse_cookie

from consents.decisions.api.messages import PATH
from consents.ops.monitoring.alarms import start_alarms
from consents.ops.monitoring.readiness import check_readiness
from consents.ops.monitoring.tracing import start_tracing
from consents.ops.postgres.watching import WATCH
from consents.ops.running import leaving
from consents.ops.running.outside_watch import watch
from consents.ops.running.portal import STREAMING_THREADS, get_allowed_host
from consents.people.known_browsers import read_known_users
from portal.concurrency import Party, Places
from portal.environ import build_environ, find_client, is_private, is_unnamed_proxy
from portal.programs import is_for_programs, refuse_program
from portal.request_log import HEADER, read_own_id
from portal.streaming import ReaderGone, write_through_pipe
from portal.troubles import RETRY_SECONDS
from portal.views import render_plain_trouble

BODY_SECONDS, UPLOAD_SECONDS = 10.0, 120.0
UPLOADS = re.compile(r".*/rights/rightsrequest/[0-9a-f-]{36}/files/")
BODIES_AT_ONCE, BODIES_KEPT, BODIES_PER_PARTY = 64, 32, 8
WAITING_PER_PARTY = 16
Headers = list[tuple[str, str]]
log = logging.getLogger(__name__)

places = Places(
    total=settings.REQUESTS_AT_ONCE,
    kept=settings.REQUESTS_KEPT_FOR_KNOWN,
    per_address=1,
    per_browser=2,
    queue=WAITING_PER_PARTY,
)
bodies = Places(
    total=BODIES_AT_ONCE,
    kept=BODIES_KEPT,
    per_address=BODIES_PER_PARTY,
    per_browser=BODIES_PER_PARTY,
    queue=0,
    wait_seconds=0,
)
threads = ThreadPoolExecutor(settings.REQUESTS_AT_ONCE + STREAMING_THREADS, thread_name_prefix="request")


WATCH.start()
start_tracing()
start_alarms(check_readiness)


class Response(NamedTuple):
    status: int
    headers: Headers
    body: bytes


NOT_KEPT = ("cache-control", "no-store, private")
STOPPING = Response(503, [("content-type", "application/json"), NOT_KEPT], b'{"web": "stopping"}')


class BadBody(Exception):
    """The body is too large (413), of no stated length (411), not there in time (408) or cut off (400)."""

    def __init__(self, status: int) -> None:
        self.status = status


async def application(scope: Any, protocol: Any) -> None:
    """Answer one request. What the connection loses is never acted on: a form counts only when it is there whole."""
    if scope.path == "/healthz":
        protocol.response_str(200, [("content-type", "text/plain; charset=utf-8"), NOT_KEPT], "alive\n")
        return
    if status := leaving.find_leaving_status(scope.path, scope.method):
        send_response(protocol, STOPPING if scope.path == "/readyz" else build_trouble(scope, status))
        return
    if watch.is_closed and scope.path != "/readyz":
        send_response(protocol, build_trouble(scope, 503))
        return
    client, scheme = find_client(scope)
    party = identify_party(scope, client)
    try:
        body = await receive_body(scope, protocol, party)
    except BadBody as bad:
        send_response(protocol, build_trouble(scope, bad.status))
        return
    if is_unnamed_proxy(scope, scheme):
        warn_of_unnamed_proxy(client)
        send_response(protocol, build_trouble(scope, 503))
        return
    environ = build_environ(scope, body, client, scheme)
    if scope.path == "/readyz":
        environ["HTTP_HOST"] = get_allowed_host()  # monitoring asks by address
    if not await places.enter(party):
        send_response(protocol, build_trouble(scope, 503))
        return
    await answer_in_thread(protocol, environ, party)


@lru_cache(maxsize=64)
def warn_of_unnamed_proxy(address: str) -> None:
    log.warning(
        "%s says that a client spoke HTTPS, and PORTAL_PROXIES does not name it. If it is your proxy, name it there; "
        "until then its requests are refused.",
        address if is_private(address) else "An address outside your networks",
    )


def identify_party(scope: Any, client: str) -> Party:
    users = read_known_users(parse_cookie(scope.headers.get("cookie", "")).get(settings.KNOWN_COOKIE_NAME, ""))
    return Party(str(users[0]), is_known=True) if users else Party(client)


async def receive_body(scope: Any, protocol: Any, party: Party) -> bytes:
    """Return the whole body. Raises BadBody."""
    if "transfer-encoding" in scope.headers:
        raise BadBody(411)  # the web server does not tell such a body that was cut off from a whole one
    length = scope.headers.get("content-length", "")
    if length in ("", "0"):
        return b""
    most, seconds = find_body_limits(scope, party)
    if not (length.isascii() and length.isdigit()) or int(length) > most:
        raise BadBody(413)
    if not await bodies.enter(party):
        raise BadBody(503)
    try:
        async with asyncio.timeout(seconds):
            body: bytes = await protocol()
    except TimeoutError:
        raise BadBody(408) from None
    finally:
        bodies.leave(party)
    if len(body) != int(length):
        raise BadBody(400)
    return body


def find_body_limits(scope: Any, party: Party) -> tuple[int, float]:
    """Return the most bytes of a body, and the most seconds: more where an officer's browser adds a file to a copy."""
    if party.is_known and UPLOADS.fullmatch(scope.path):
        return settings.FILE_UPLOAD_MAX_MEMORY_SIZE, UPLOAD_SECONDS
    return settings.DATA_UPLOAD_MAX_MEMORY_SIZE, BODY_SECONDS


async def answer_in_thread(protocol: Any, environ: dict[str, Any], party: Party) -> None:
    """Let Django answer in a thread. A streamed response gives its place back when its first byte is ready."""
    loop, held = asyncio.get_running_loop(), [party]

    def give_back_place() -> None:
        if held:
            places.leave(held.pop())

    def begin_stream(status: int, headers: Headers, path: str) -> None:
        protocol.response_file(status, leaving.close_when_leaving(headers), path)
        give_back_place()

    def begin(status: int, headers: Headers, path: str) -> None:
        loop.call_soon_threadsafe(begin_stream, status, headers, path)

    try:
        response = await loop.run_in_executor(threads, respond_in_thread, environ, begin)
    finally:
        give_back_place()
    if response:
        send_response(protocol, response)


def respond_in_thread(environ: dict[str, Any], begin: Callable[[int, Headers, str], None]) -> Response | None:
    """Run Django, in this thread from the first byte to the last; None when the response was streamed."""
    with WATCH.watch_connection(connections["default"]):
        return run_django(environ, begin)


def run_django(environ: dict[str, Any], begin: Callable[[int, Headers, str], None]) -> Response | None:
    started: list[Any] = []
    serve: Any = django
    response = serve(environ, lambda status, headers, _info=None: started.extend([status, headers]))
    try:
        status, headers = int(started[0][:3]), started[1]
        if not getattr(response, "streaming", False) or environ["REQUEST_METHOD"] == "HEAD":
            return Response(status, headers, b"".join(response) if environ["REQUEST_METHOD"] != "HEAD" else b"")
        write_through_pipe(response, partial(begin, status, headers))
    except ReaderGone:
        log.info("A download ended before it was complete.")
    finally:
        response.close()
    return None


def build_trouble(scope: Any, status: int) -> Response:
    """Build what needs neither a thread nor the database: a page, or for a program what its protocol has."""
    is_form = scope.method not in leaving.SAFE_METHODS
    if is_for_programs(scope.path):
        refusal = refuse_program(scope.path, status)
        body, kind = refusal.content, refusal["Content-Type"]
    else:
        body = render_plain_trouble(status, scope.headers.get("accept-language", ""), is_form)
        kind = "text/html; charset=utf-8"
    headers = [
        ("content-type", kind),
        NOT_KEPT,
        ("x-content-type-options", "nosniff"),
        ("content-security-policy", "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'"),
    ]
    if status in RETRY_SECONDS:
        headers.append(("retry-after", str(RETRY_SECONDS[status])))
    if scope.path.startswith(PATH) and (own_id := read_own_id(scope.headers.get(HEADER.lower(), ""))):
        headers.append((HEADER.lower(), own_id))
    if status in (408, 411, 413):
        headers.append(("connection", "close"))
    return Response(status, headers, body)


def send_response(protocol: Any, response: Response) -> None:
    protocol.response_bytes(response.status, leaving.close_when_leaving(response.headers), response.body)
