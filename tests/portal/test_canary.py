"""What is typed, and what is known of a person, reaches no log line, no figure and no span, whatever goes wrong."""

import inspect
import json
import re
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import DataError, connection, transaction
from django.test import Client
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from prometheus_client import CollectorRegistry, generate_latest

from consents.ops.monitoring import figures, tracing
from consents.ops.monitoring.figures import FigureCollector
from consents.ops.monitoring.readiness import check_readiness
from consents.ops.running.checks import check_variables
from consents.people.languages import LanguageMiddleware
from tests.forms import forms_on, sent
from tests.world.addresses import addresses
from tests.world.cast import answer, ask, signed_in

CANARY = "Canarybird-4711"
TYPED = {
    "email": f"{CANARY}@example.com",
    "login": f"{CANARY}@example.com",
    "address": f"{CANARY} Street 1",
    "born_on": "1990-11-22",
}
# Of the people on the scene: in the vault, on file, in a request, in an answer.
KNOWN = ["Ada Marker", "Blue lamp", "Marker allergy", "ada@example.com", "about a wrong bill", "Please write to me"]
KNOWN += ["1990-11-22"]
FORMS = [
    "/",
    "/accounts/login/",
    "/accounts/login/code/",
    "/accounts/signup/",
    "/accounts/password/reset/",
    "/accounts/email/",
    "/claim/",
    "/settings/",
    "/blocks/",
    "/rights/",
    "/rights/access/",
    "/rights/rectification/",
    "/rights/collect/",
    "/rights/answer/",
    "/receipts/verify/",
    "/admin/login/",
    "/admin/people/customer/",
    "/admin/people/user/add/",
    "/admin/access/accessrequest/add/",
    "/admin/rights/rightsrequest/add/",
    "/admin/catalogue/purpose/add/",
]


@pytest.fixture
def watched(lines, spans, monkeypatch):
    """Everything that leaves the portal by the side, as one text: JSON lines of all levels, spans, figures."""
    monkeypatch.setattr(figures.connection, "close", lambda: None)

    def gather() -> str:
        registry = CollectorRegistry()
        registry.register(FigureCollector(check_readiness))
        traced = [span.to_json() for span in spans()]
        assert lines() and traced
        return "\n".join([json.dumps(lines(), ensure_ascii=False), *traced, generate_latest(registry).decode()])

    return gather


def find_leaks(text: str, *more: str) -> list[str]:
    return [value for value in [CANARY, *KNOWN, *more] if value.lower() in text.lower()]


@pytest.mark.parametrize("who", ["stranger", "ada"])
def test_no_address_that_is_asked_for_leaves_by_a_side(world, watched, who):
    client = Client() if who == "stranger" else signed_in(getattr(world, who).user)
    client.raise_request_exception = False
    browser = {"user-agent": CANARY, "referer": f"https://x.example/{CANARY}", "traceparent": f"00-{CANARY}-1-01"}

    for _name, path in addresses():
        client.get(f"/{path}".replace("/x/", f"/{CANARY}/"), {"q": CANARY, "token": CANARY}, headers=browser)

    assert not find_leaks(watched())


@pytest.mark.parametrize("who", ["stranger", "ada", "sam", "pia"])
def test_what_is_typed_anywhere_leaves_by_no_side(world, watched, who):
    request = ask(world, "contact")
    answer(world, ask(world, "health"), "none", message="Please write to me.")
    client = Client() if who == "stranger" else signed_in(getattr(world, who).user)
    client.raise_request_exception = False

    typed = sum(fill_forms(client, path) for path in [*FORMS, f"/requests/{request.pk}/"])

    run_queued_jobs()

    assert typed >= 3
    cookies = [morsel.value for morsel in client.cookies.values() if len(morsel.value) > 20]
    assert not find_leaks(watched(), *cookies)


def fill_forms(client: Client, path: str) -> int:
    """Search a page for the canary, type it into every field of its forms, send them; return how many there were."""
    client.get(path, {"q": f"{CANARY} searched"})
    response = client.get(path)
    forms = forms_on(response) if response.status_code == 200 else []
    for form in forms:
        fields = {name for name, value in form.fields.items() if not value and name not in form.offers}
        sent(client, form, path=path, **{name: TYPED.get(name, f"{CANARY} {name}") for name in fields})
    return len(forms)


def run_queued_jobs() -> None:
    """Run what acts have queued, as the worker does: the emails, for one."""
    for job in ProcrastinateJob.objects.all():
        task = app.tasks[job.task_name]
        if not inspect.iscoroutinefunction(task.func) and not task.pass_context:
            with transaction.atomic():
                run_job(task.name, lambda task=task, job=job: task.func(**job.args))


def run_job(name: str, run) -> None:
    tracing.trace_job(run, SimpleNamespace(job=SimpleNamespace(task_name=name)), None)


def test_an_error_of_the_database_leaves_with_its_class_alone(world, watched, monkeypatch):
    def fail(self, request):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT %s::int", [f"{CANARY} {request.POST.get('email', '')}"])

    monkeypatch.setattr(LanguageMiddleware, "__call__", fail)
    client = signed_in(world.ada.user)
    client.raise_request_exception = False

    answers = [client.get(f"/requests/?{CANARY}"), client.post("/rights/", {"email": TYPED["email"]})]

    assert [answer.status_code for answer in answers] == [500, 500]
    assert not find_leaks("".join(answer.text for answer in answers)) and not find_leaks(watched())
    assert "DataError 22P02" in watched()


def test_a_job_that_fails_leaves_with_its_class_alone(world, watched):
    def fail():
        raise DataError(f"Key (email)=({TYPED['email']}) already exists.")

    signed_in(world.ada.user).get("/choices/")
    with pytest.raises(DataError):
        run_job("consents.notifications.tasks.deliver", fail)

    assert not find_leaks(watched()) and '"error.type": "DataError"' in watched()


# Traces hold words of ours alone, and nothing of them is loaded unless a collector is named.

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
