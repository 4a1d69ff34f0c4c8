import io
import json
import logging
import runpy
from pathlib import Path

import pytest
from django.db import connection
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from consents.ops.monitoring import tracing
from portal.request_log import JSONFormatter

SETTINGS = Path(__file__).parents[2] / "portal" / "settings.py"


@pytest.fixture
def settings_of(monkeypatch):
    """The settings as they are read from an environment with these variables."""

    def read(**variables: str) -> dict:
        for name in ("DATABASE_URL", "DATABASE_OWNER_URL"):
            monkeypatch.delenv(name, raising=False)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return runpy.run_path(str(SETTINGS))

    return read


@pytest.fixture
def lines(monkeypatch):
    """What the root logger would write as JSON, everything from DEBUG on, as far as settings do not silence it."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(JSONFormatter())
    root, mine = logging.getLogger(), logging.getLogger("portal.request_log")
    monkeypatch.setattr(root, "level", logging.DEBUG)
    monkeypatch.setattr(mine, "level", logging.DEBUG)
    logging.Logger.manager._clear_cache()
    root.addHandler(handler)
    yield lambda: [json.loads(line) for line in written.getvalue().splitlines()]
    root.removeHandler(handler)
    logging.Logger.manager._clear_cache()


@pytest.fixture
def spans():
    """The spans that have ended, with this connection's statements traced from here on."""
    kept = InMemorySpanExporter()
    tracing.send_spans_to(SimpleSpanProcessor(kept))
    with connection.execute_wrapper(tracing.trace_statement):
        yield kept.get_finished_spans
    tracing.stop_tracing()
