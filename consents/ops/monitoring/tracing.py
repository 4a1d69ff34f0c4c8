"""Trace requests, jobs and statements with OpenTelemetry, where the usual OTEL_ variables name a collector.

Nothing of it is loaded otherwise. A span holds words of ours alone: the route and not the path, a statement without its
literals and parameters, the class of an error and never its text. What a caller sends about traces of its own is not
read.
"""

import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

COLLECTORS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
SERVICE = "consent-portal"
LITERAL = re.compile(r"'(?:[^']|'')*'|\$(\w*)\$.*?\$\1\$|\b[0-9]+(?:\.[0-9]+)?\b", re.DOTALL)
STATEMENT_LONGEST = 2000


class Tracing:
    """Keeps, for this process, the tracer and the module of its words, once it has begun."""

    tracer: Any = None
    words: Any = None


def has_trace_collector() -> bool:
    """Return True where a collector is named and nothing turns it off."""
    is_off = os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true"
    is_unwanted = is_off or os.environ.get("OTEL_TRACES_EXPORTER") == "none"
    return not is_unwanted and any(os.environ.get(name) for name in COLLECTORS)


def check_tracing() -> None:
    """Raises ImproperlyConfigured where it is wanted and not installed, or the collector has no address."""
    if not has_trace_collector():
        return
    load_exporter()
    for name in COLLECTORS:
        if (address := os.environ.get(name)) and not re.match(r"https?://[^/\s]", address):
            raise ImproperlyConfigured(f"{name} begins with https:// or http://, then the collector's host.")


def load_exporter() -> Any:
    try:
        from opentelemetry.exporter.otlp.proto.http import trace_exporter
        from opentelemetry.sdk.trace import export  # noqa: F401 (another package, asked for here so that it is missed)
    except ImportError:
        raise ImproperlyConfigured(
            "The OTEL_ variables name a collector of traces, but OpenTelemetry is not installed: `uv sync --extra "
            "tracing`, or unset them."
        ) from None
    return trace_exporter


def start_tracing() -> None:
    """Begin in this process, if it is wanted; after it was forked, for a thread of it sends the spans."""
    if has_trace_collector():
        exporter = load_exporter().OTLPSpanExporter()
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        send_spans_to(BatchSpanProcessor(exporter))


def send_spans_to(processor: Any) -> None:
    """Begin, and hand each span that has ended to this processor of OpenTelemetry's."""
    from opentelemetry import trace
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider

    named = {"service.name": os.environ.get("OTEL_SERVICE_NAME") or SERVICE}
    provider = TracerProvider(resource=Resource.create(named))
    provider.add_span_processor(processor)
    Tracing.tracer, Tracing.words = provider.get_tracer(SERVICE), trace
    connection_created.connect(trace_connection, dispatch_uid="consents.trace_connection")


def stop_tracing() -> None:
    connection_created.disconnect(dispatch_uid="consents.trace_connection")
    Tracing.tracer = Tracing.words = None


@contextmanager
def trace_work(name: str, facts: Mapping[str, Any]) -> Iterator[Any]:
    """Yield the span of what is done inside; None where nothing is traced."""
    if Tracing.tracer is None:
        yield None
        return
    # Its own ways to note an error would send the error's text.
    with Tracing.tracer.start_as_current_span(
        name, attributes=facts, record_exception=False, set_status_on_exception=False
    ) as span:
        try:
            yield span
        except BaseException as error:
            mark_span_failed(span, type(error).__name__)
            raise


def mark_span_failed(span: Any, kind: str) -> None:
    span.set_attribute("error.type", kind)
    span.set_status(Tracing.words.StatusCode.ERROR)


def describe_answer(span: Any, *, method: str, route: str, status: int) -> None:
    """Say which page it was, once that is known, and how it was answered."""
    span.update_name(f"{method} {route}")
    span.set_attributes({"http.request.method": method, "http.route": route, "http.response.status_code": status})
    if status >= 500:
        mark_span_failed(span, str(status))


def trace_job(run_task: Callable[[], Any], context: Any, worker: Any) -> Any:
    """Run a job of the worker in a span of its own, without what the job was given."""
    with trace_work(context.job.task_name, {"messaging.system": "procrastinate"}):
        return run_task()


def trace_connection(connection: BaseDatabaseWrapper, **_more: Any) -> None:
    if trace_statement not in connection.execute_wrappers:
        connection.execute_wrappers.append(trace_statement)


def trace_statement(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
    """Run a statement in a span of its own, inside that of a request or job."""
    if Tracing.tracer is None or not Tracing.words.get_current_span().get_span_context().is_valid:
        return execute(sql, params, many, context)
    text = leave_out_literals(sql)
    verb = text.partition(" ")[0].upper()
    facts = {"db.system.name": "postgresql", "db.operation.name": verb, "db.query.text": text}
    with trace_work(verb or "statement", facts):
        return execute(sql, params, many, context)


def leave_out_literals(sql: Any) -> str:
    """Return the text of a statement on one line, with a question mark for each literal."""
    # psycopg's composed statements would spell their literals in ways of their own.
    return " ".join(LITERAL.sub("?", sql).split())[:STATEMENT_LONGEST] if isinstance(sql, str) else ""
