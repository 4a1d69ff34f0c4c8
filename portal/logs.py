"""Log lines without personal values: no request bodies, no query strings, no text of database errors."""

import json
import logging
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

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
