"""Build the HTTP calls of signed-in customers and staff for the pages that are measured."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from http.cookies import SimpleCookie
from urllib.parse import urlencode
from uuid import UUID, uuid4

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from consents.access.models import AccessRequest
from consents.choices.customers.presenting import sign_first_step
from consents.choices.models import Choice, Status
from consents.choices.rules import NO
from consents.ops.bench.customers import Reader
from consents.ops.bench.load import FORM, Call, WrongAnswer, open_connection
from consents.ops.bench.stock import PendingRequest
from consents.ops.running.portal import get_allowed_host

# Django logs some of them bare, some in quotes.
TRANSACTION_WORDS = re.compile(r"(QUERY = ['\"])?(BEGIN|COMMIT|SAVEPOINT|RELEASE)\b")


@dataclass(frozen=True)
class Scenario:
    """A page to measure. `again`: calls can be repeated; otherwise each is sent once."""

    name: str
    calls: Sequence[Call]
    again: bool = True


@dataclass(frozen=True)
class Token:
    """The CSRF cookie and form token."""

    cookie: str
    field: str


def fetch_token(port: int) -> Token:
    with open_connection(port) as speaking:
        speaking.request("GET", reverse("account_login"))
        answer = speaking.getresponse()
        found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', answer.read().decode())
        cookies = SimpleCookie(answer.headers.get("Set-Cookie", ""))
    if found is None or settings.CSRF_COOKIE_NAME not in cookies:
        raise WrongAnswer(f"The sign-in page (status {answer.status}) has no form.")
    name = settings.CSRF_COOKIE_NAME
    return Token(f"{name}={cookies[name].value}", found[1])


def build_scenarios(readers: Sequence[Reader], stock: Sequence[PendingRequest], token: Token) -> Iterator[Scenario]:
    """Build each scenario once the one before was measured: only what was answered can be stopped, and what was
    withdrawn be given again.
    """
    waiting = [reader.waiting for reader in readers]
    yield Scenario(
        "home page",
        [Call(reverse("home"), 200, f"access-{reader.running}", reader.waiting.cookie) for reader in readers],
    )
    yield Scenario(
        "request page",
        [
            Call(reverse("access:request", args=[pending.request]), 200, pending.digest, pending.cookie)
            for pending in waiting
        ],
    )
    yield Scenario("choices", [Call(reverse("choices:list"), 200, 'id="', pending.cookie) for pending in waiting])
    yield Scenario(
        "who looked",
        [Call(reverse("disclosures:activity"), 200, 'id="results"', pending.cookie) for pending in waiting],
    )
    yield Scenario("answer", [build_answer_call(pending, token) for pending in stock], again=False)
    yield Scenario("stop", list_stops(stock, token), again=False)
    yield Scenario("withdraw", list_withdrawals(stock, token), again=False)
    yield Scenario("give", list_consents(stock, token), again=False)
    yield Scenario("open data", [build_open_call(reader, token) for reader in readers])


def build_answer_call(waiting: PendingRequest, token: Token) -> Call:
    """Build the confirmed approval, which creates the grants."""
    path = reverse("access:answer", args=[waiting.request])
    said = {"decision": "all", "confirm": "1", "digest": waiting.digest, "token": str(uuid4())}
    return build_form_call(path, 302, path, waiting.cookie, token, said)


def list_stops(stock: Sequence[PendingRequest], token: Token) -> list[Call]:
    """Build a stop for each of these requests under which access runs; those of one person far apart."""
    cookies = {waiting.request: waiting.cookie for waiting in stock}
    running = AccessRequest.objects.filter(pk__in=cookies, grants__ended_at=None, grants__isnull=False)
    ids = running.order_by("purpose", "customer", "pk").values_list("pk", flat=True).distinct()
    calls = []
    for id in ids:
        path, marker = reverse("access:stop", args=[id]), reverse("access:request", args=[id])
        calls.append(build_form_call(path, 302, marker, cookies[id], token, {"token": str(uuid4())}))
    return calls


def list_withdrawals(stock: Sequence[PendingRequest], token: Token) -> list[Call]:
    """Build a withdrawal for each consent that those who answer have given."""
    cookies = {waiting.customer: waiting.cookie for waiting in stock}
    return [
        build_choice_call("choices:withdraw", choice, cookies[choice.customer_id], token, {})
        for choice in select_choices(cookies, {Status.GIVEN})
    ]


def list_consents(stock: Sequence[PendingRequest], token: Token) -> list[Call]:
    """Build the second step of a yes to each purpose that those who answer have said no to."""
    cookies = {waiting.customer: waiting.cookie for waiting in stock}
    calls = []
    for choice in select_choices(cookies, NO):
        form = {"answer": "given", "version": str(choice.version_id), "language": choice.language}
        form["step"] = sign_first_step(choice.customer_id, choice.version_id)
        calls.append(build_choice_call("choices:give", choice, cookies[choice.customer_id], token, form))
    return calls


def select_choices(customers: Collection[UUID], states: Collection[Status]) -> QuerySet[Choice]:
    """Select the choices that stand so; those of one person far apart."""
    standing = Choice.objects.filter(customer__in=customers, status__in=states)
    return standing.select_related("purpose").order_by("purpose", "customer")


def build_choice_call(name: str, choice: Choice, cookie: str, token: Token, form: dict[str, str]) -> Call:
    path, saved = (reverse(page, args=[choice.purpose.code]) for page in (name, "choices:saved"))
    return build_form_call(path, 302, saved, cookie, token, form | {"token": str(uuid4())})


def build_open_call(reader: Reader, token: Token) -> Call:
    path = reverse("admin:disclosures_open", args=[reader.running])
    return build_form_call(path, 200, reader.marker, reader.staff_cookie, token, {"grant": str(reader.grant)})


def build_form_call(path: str, status: int, marker: str, cookie: str, token: Token, said: dict[str, str]) -> Call:
    form = urlencode(said | {"csrfmiddlewaretoken": token.field})
    return Call(path, status, marker, f"{cookie}; {token.cookie}", form)


def weigh_page(call: Call) -> tuple[int, int]:
    """Send the call and return how many statements it ran, without those that begin or end transactions, and how many
    letters it answered with. A page is read once before: once a minute a session notes that it is still used.
    """
    client = Client(SERVER_NAME=get_allowed_host(), HTTP_COOKIE=call.cookie)
    if not call.form:
        client.get(call.path)
    with CaptureQueriesContext(connection) as captured:
        answer = client.generic(call.method, call.path, call.form, content_type=FORM)
    call.check(answer.status_code, answer.headers.get("Location", ""), answer.content)
    statements = sum(not TRANSACTION_WORDS.match(query["sql"]) for query in captured.captured_queries)
    return statements, len(answer.content)
