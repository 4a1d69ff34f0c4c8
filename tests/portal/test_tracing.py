"""Traces hold words of ours alone, and nothing of them is loaded unless a collector is named."""

import re
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from consents.ops.monitoring import tracing
from consents.ops.running.checks import check_variables
from tests.world.cast import signed_in

ROOT = Path(__file__).parents[2]
COLLECTOR = "http://127.0.0.1:9/v1/traces"  # the discard port: nobody listens


def test_a_request_is_a_span_and_its_statements_are_spans_below(world, spans):
    answer = signed_in(world.ada.user).get("/choices/")

    [request] = [span for span in spans() if span.name == "GET /choices/"]
    assert request.attributes["http.response.status_code"] == 200
    assert request.attributes["portal.request"] == answer["X-Request-ID"] and request.parent is None
    below = [span for span in spans() if span.parent and span.parent.span_id == request.context.span_id]
    assert below and {span.attributes["db.operation.name"] for span in below} >= {"SELECT"}


def test_a_statement_outside_a_request_is_no_span(world, spans):
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")

    assert not spans()


def test_an_error_is_told_by_its_class(spans):
    with pytest.raises(ZeroDivisionError), tracing.trace_work("work", {}):
        raise ZeroDivisionError("canary-4711")

    [span] = spans()
    assert span.attributes["error.type"] == "ZeroDivisionError" and not span.status.is_ok
    assert "canary" not in span.to_json()


@pytest.mark.parametrize(
    ("statement", "text"),
    [
        ("SELECT 'it''s' , 17.5\n FROM t1 WHERE a = %s", "SELECT ? , ? FROM t1 WHERE a = %s"),
        ("DO $x$ BEGIN secret; END $x$", "DO ?"),
        (object(), ""),
    ],
)
def test_a_statement_is_told_without_its_literals(statement, text):
    assert tracing.leave_out_literals(statement) == text


@pytest.mark.parametrize(
    ("variables", "is_wanted"),
    [
        ({}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": COLLECTOR}, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": COLLECTOR}, True),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": COLLECTOR, "OTEL_SDK_DISABLED": "true"}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": COLLECTOR, "OTEL_TRACES_EXPORTER": "none"}, False),
    ],
)
def test_the_usual_variables_turn_it_on_and_off(monkeypatch, variables, is_wanted):
    for name in (*tracing.COLLECTORS, "OTEL_SDK_DISABLED", "OTEL_TRACES_EXPORTER"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    assert tracing.has_trace_collector() is is_wanted


def test_wanted_but_not_installed_is_said_in_a_sentence(monkeypatch):
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", COLLECTOR)
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http", None)

    with pytest.raises(ImproperlyConfigured, match="uv sync --extra tracing"):
        check_variables()


def test_a_collector_without_an_address_is_said_in_a_sentence(monkeypatch):
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "localhost:4318")

    with pytest.raises(ImproperlyConfigured, match="OTEL_EXPORTER_OTLP_ENDPOINT begins with https://"):
        check_variables()


def test_nothing_of_it_is_loaded_while_it_is_off():
    """It is imported inside functions alone, which run once it is wanted."""
    sources = [path for room in ("consents", "portal") for path in (ROOT / room).rglob("*.py")]
    loading = {
        path.name for path in sources if re.search(r"^ *(from|import) opentelemetry", path.read_text(), re.MULTILINE)
    }
    at_once = [path for path in sources if re.search(r"^(from|import) opentelemetry", path.read_text(), re.MULTILINE)]

    assert loading == {"tracing.py"} and not at_once
