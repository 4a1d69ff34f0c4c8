"""Measure pages, acts and decisions over HTTP."""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from uuid import uuid4

from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bench.data import PURPOSES, Reader
from bench.http_load import HOST, Call, Token, build_form_call, time_calls, time_each
from bench.report import ACT, CUSTOMER_PAGE, NONE, STAFF_PAGE, Goal, Row
from bench.servers import TOKEN
from consents.choices.customers.presenting import sign_first_step
from consents.choices.models import Choice, Status

# Django logs some of them bare, some in quotes.
TRANSACTION_WORDS = re.compile(r"(QUERY = ['\"])?(BEGIN|COMMIT|SAVEPOINT|RELEASE)\b")
BATCH = 100  # decisions at once


def build_page_call(path: str, cookie: str, marker: str = "</html>") -> Call:
    return Call(path, 200, marker, {"Cookie": cookie})


def list_pages(readers: Sequence[Reader], officer: str) -> Iterator[tuple[str, Goal, list[Call]]]:
    home, choices, looks, rights, queue = map(
        reverse,
        ("home", "choices:list", "disclosures:activity", "rights:list", "admin:rights_rightsrequest_changelist"),
    )
    yield "home", CUSTOMER_PAGE, [build_page_call(home, one.cookie, f"access-{one.running}") for one in readers]
    yield (
        "request",
        CUSTOMER_PAGE,
        [
            build_page_call(reverse("access:request", args=[one.waiting.pk]), one.cookie, one.waiting.digest)
            for one in readers
        ],
    )
    for name, path in {"choices": choices, "who looked": looks, "rights": rights}.items():
        yield name, CUSTOMER_PAGE, [build_page_call(path, one.cookie) for one in readers]
    asked = reverse("admin:access_accessrequest_changelist")
    yield "requester: list", STAFF_PAGE, [build_page_call(asked, one.staff_cookie) for one in readers]
    yield "officer: Today", STAFF_PAGE, [build_page_call(reverse("admin:index"), officer)]
    yield "officer: queue", STAFF_PAGE, [build_page_call(queue, officer)]


def measure_pages(
    portal: int, floor: int, readers: Sequence[Reader], officer: str, seconds: float, say: Callable[[str], None]
) -> Iterator[Row]:
    for name, goal, calls in list_pages(readers, officer):
        say(f"Measuring: {name} …")
        statements, letters = weigh_page(calls[0])
        p50 = time_calls(portal, calls, seconds)
        session = re.compile(rf"{settings.SESSION_COOKIE_NAME}=[^;]+")
        bare = [build_page_call(f"/{letters}", session.findall(one.headers["Cookie"])[0], "</title>") for one in calls]
        yield Row(name, goal, p50, statements, time_calls(floor, bare, seconds / 2) / p50)


def weigh_page(call: Call) -> tuple[int, int]:
    """Read the page here and return how many statements it ran, without those of transactions, and how many letters it
    answered with. It is read once before: once a minute a session notes that it is still used.
    """
    client = Client(SERVER_NAME=HOST, HTTP_COOKIE=call.headers["Cookie"])
    client.get(call.path)
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(call.path)
    call.check(answer.status_code, answer.headers.get("Location", ""), answer.content)
    statements = sum(not TRANSACTION_WORDS.match(query["sql"]) for query in captured.captured_queries)
    return statements, len(answer.content)


def measure_acts(portal: int, readers: Sequence[Reader], token: Token, say: Callable[[str], None]) -> Iterator[Row]:
    """Measure each act once for each reader: only what was answered can be stopped, what was withdrawn be given."""
    for name, build_calls in ACTS.items():
        say(f"Measuring: {name} …")
        yield Row(name, ACT, time_each(portal, build_calls(readers, token)))


def build_openings(readers: Sequence[Reader], token: Token) -> list[Call]:
    return [
        build_form_call(
            reverse("admin:disclosures_open", args=[one.running]),
            *(200, one.marker, one.staff_cookie, token),
            {"grant": str(one.grant)},
        )
        for one in readers
    ]


def build_answers(readers: Sequence[Reader], token: Token) -> list[Call]:
    """Build the confirmed approvals, which create the grants."""
    calls = []
    for one in readers:
        path = reverse("access:answer", args=[one.waiting.pk])
        fields = {"decision": "all", "confirm": "1", "digest": one.waiting.digest, "token": str(uuid4())}
        calls.append(build_form_call(path, 302, path, one.cookie, token, fields))
    return calls


def build_stops(readers: Sequence[Reader], token: Token) -> list[Call]:
    calls = []
    for one in readers:
        path, marker = (reverse(name, args=[one.waiting.pk]) for name in ("access:stop", "access:request"))
        calls.append(build_form_call(path, 302, marker, one.cookie, token, {"token": str(uuid4())}))
    return calls


def build_withdrawals(readers: Sequence[Reader], token: Token) -> list[Call]:
    return [
        build_choice_call("withdraw", one, choice, token, {}) for one, choice in pick_choices(readers, Status.GIVEN)
    ]


def build_consents(readers: Sequence[Reader], token: Token) -> list[Call]:
    """Build the second steps of a yes, each to a purpose that its reader has said no to."""
    calls = []
    for one, choice in pick_choices(readers, Status.REFUSED):
        form = {"answer": "given", "version": str(choice.version_id), "language": choice.language}
        form["step"] = sign_first_step(one.customer, choice.version_id)
        calls.append(build_choice_call("give", one, choice, token, form))
    return calls


def pick_choices(readers: Sequence[Reader], status: Status) -> Iterator[tuple[Reader, Choice]]:
    """Pick one choice of each reader that stands so."""
    for one in readers:
        yield (
            one,
            Choice.objects.filter(customer=one.customer, status=status).select_related("purpose").latest("purpose"),
        )


def build_choice_call(act: str, reader: Reader, choice: Choice, token: Token, fields: dict[str, str]) -> Call:
    path, saved = (reverse(f"choices:{name}", args=[choice.purpose.code]) for name in (act, "saved"))
    return build_form_call(path, 302, saved, reader.cookie, token, fields | {"token": str(uuid4())})


ACTS: dict[str, Callable[[Sequence[Reader], Token], list[Call]]] = {
    "open data": build_openings,
    "answer": build_answers,
    "stop": build_stops,
    "withdraw": build_withdrawals,
    "record a yes": build_consents,
}


def measure_decisions(portal: int, customers: int, seconds: float, say: Callable[[str], None]) -> Iterator[Row]:
    say("Measuring: decisions …")
    single = [build_question("evaluation", ask_about(number)) for number in range(1, min(customers, 1_000) + 1)]
    batch = {"evaluations": [ask_about(number % customers + 1) for number in range(BATCH)]}
    yield Row("one decision", NONE, time_calls(portal, single, seconds))
    taken = time_calls(portal, [build_question("evaluations", batch)], seconds)
    yield Row(f"{BATCH} decisions at once", NONE, taken, rate=1000 * BATCH / taken)


def ask_about(number: int) -> dict[str, object]:
    return {
        "subject": {"type": "system", "id": "bench"},
        "action": {"name": f"purpose-{number % PURPOSES + 1}"},
        "resource": {"type": "contact", "id": f"B-{number}"},
    }


def build_question(name: str, content: object) -> Call:
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    return Call(reverse(f"decisions:{name}"), 200, '"decision"', headers, json.dumps(content))
