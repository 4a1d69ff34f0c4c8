"""Log lines without personal values: no request bodies, no query strings, no text of database errors."""

import json
import logging
import re
import time
from collections.abc import Callable
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from django.http import HttpRequest, HttpResponse

from consents.decisions.api.messages import PATH
from consents.ops.monitoring.tracing import describe_answer, trace_work

# Give each request an id, for every line that is logged meanwhile, and log, and trace, how it was answered.
#
# The line names the route and not the path, which holds numbers of customers and requests. The id is our own, and goes
# back in `X-Request-ID`, so that whoever calls can tell us which; a system that gives its question an id of its own
# gets that one back, and the line has both.

HEADER = "X-Request-ID"
log = logging.getLogger(__name__)


class RequestLogMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        id, began = uuid4().hex[:16], time.monotonic()
        token = request_id.set(id)
        try:
            with trace_work("request", {"portal.request": id}) as span:
                response = self.get_response(request)
                answer = describe_response(request, response)
                if span:
                    describe_answer(span, **answer)
            own_id = find_own_id(request)
            response[HEADER] = own_id or id
            if log.isEnabledFor(logging.INFO):
                answer |= {"milliseconds": round((time.monotonic() - began) * 1000, 1)}
                facts = answer | ({"system_request": own_id} if own_id else {})
                log.info("%(method)s %(route)s %(status)s %(milliseconds)s ms", facts, extra={FACTS: facts})
            return response
        finally:
            request_id.reset(token)


def find_own_id(request: HttpRequest) -> str:
    """Return the id that a system gave its question (AuthZEN Authorization API 1.0, section 10); empty without one."""
    return read_own_id(request.headers.get(HEADER, "")) if request.path.startswith(PATH) else ""


def read_own_id(value: str) -> str:
    return value if re.fullmatch("[!-~]{1,128}", value) else ""


def describe_response(request: HttpRequest, response: HttpResponse) -> dict[str, Any]:
    match = request.resolver_match
    return {
        "method": request.method if request.method in METHODS else "other",
        "route": f"/{match.route}" if match else "none",
        "status": response.status_code,
    }


METHODS = {"GET", "HEAD", "POST", "OPTIONS", "PUT", "DELETE", "PATCH"}


# The request that is answered in this thread, for every line that is logged meanwhile.
request_id: ContextVar[str] = ContextVar("request_id", default="")
# Loggers whose messages repeat what was typed: addresses of pages, hosts, reasons with both in them.
REPEATING = ("django.request", "django.security")
FACTS = "facts"  # of a record's `extra`: named values that are not personal


class PlainFormatter(logging.Formatter):
    """Format one line: ISO time, level, logger, message. Exceptions show their type and place, never their text.

    PostgreSQL puts row values into error details, so `str(exc)` is never printed.
    """

    def format(self, record: logging.LogRecord) -> str:
        line = f"{format_moment(record)} {record.levelname} {record.name} {build_message(record)}"
        if error := describe_error(record):
            line += f" [{error}]"
        if id := request_id.get():
            line += f" ({id})"
        return line.replace("\r", "\\r").replace("\n", "\\n")


class JSONFormatter(logging.Formatter):
    """Format one JSON object a line, with the same content."""

    def format(self, record: logging.LogRecord) -> str:
        facts: dict[str, Any] = {
            "time": format_moment(record),
            "level": record.levelname,
            "logger": record.name,
            "message": build_message(record),
            "request": request_id.get(),
            "error": describe_error(record),
        }
        return json.dumps({key: value for key, value in facts.items() if value} | getattr(record, FACTS, {}))


def build_message(record: logging.LogRecord) -> str:
    """Return the message; of Django's own about requests the status alone, since they repeat paths and hosts."""
    if record.name.startswith(REPEATING):
        return f"A request was answered with {getattr(record, 'status_code', 'a refusal')}."
    return record.getMessage()


def format_moment(record: logging.LogRecord) -> str:
    """Format in UTC, as RFC 3339 writes it, with milliseconds."""
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def describe_error(record: logging.LogRecord) -> str:
    return describe_place(record.exc_info[1]) if record.exc_info and record.exc_info[1] is not None else ""


def describe_place(exc: BaseException) -> str:
    """Name an exception, its SQLSTATE and where it came from."""
    places = []
    trace = exc.__traceback__
    while trace:
        places.append(f"{trace.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}")
        trace = trace.tb_next
    state = getattr(exc, "sqlstate", None) or getattr(exc.__cause__, "sqlstate", None)
    return " ".join(filter(None, [type(exc).__name__, state, " > ".join(places[-6:])]))
