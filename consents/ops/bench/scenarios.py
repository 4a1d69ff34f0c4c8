"""Build the HTTP calls of signed-in customers and staff for the pages that are measured."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from http.cookies import SimpleCookie
from urllib.parse import urlencode
from uuid import uuid4

from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from consents.choices.models import Choice, Status
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


def build_scenarios(readers: Sequence[Reader], stock: Sequence[PendingRequest], token: Token) -> list[Scenario]:
    return [
        Scenario("home page", [build_home_call(reader) for reader in readers]),
        Scenario("request page", [build_request_call(reader) for reader in readers]),
        Scenario("choices", [Call(reverse("choices:list"), 200, 'id="', reader.waiting.cookie) for reader in readers]),
        Scenario("who looked", [build_log_call(reader) for reader in readers]),
        Scenario("answer", [build_answer_call(waiting, token) for waiting in stock], again=False),
        Scenario("withdraw", list_withdrawals(stock, token), again=False),
        Scenario("open data", [build_open_call(reader, token) for reader in readers]),
    ]


def build_home_call(reader: Reader) -> Call:
    return Call(reverse("home"), 200, f"access-{reader.running}", reader.waiting.cookie)


def build_request_call(reader: Reader) -> Call:
    path = reverse("access:request", args=[reader.waiting.request])
    return Call(path, 200, reader.waiting.digest, reader.waiting.cookie)


def build_log_call(reader: Reader) -> Call:
    return Call(reverse("disclosures:activity"), 200, 'id="results"', reader.waiting.cookie)


def build_answer_call(waiting: PendingRequest, token: Token) -> Call:
    """Build the confirmed approval, which creates the grants."""
    path = reverse("access:answer", args=[waiting.request])
    said = {"decision": "all", "confirm": "1", "digest": waiting.digest, "token": str(uuid4())}
    return build_form_call(path, 302, path, waiting.cookie, token, said)


def list_withdrawals(stock: Sequence[PendingRequest], token: Token) -> list[Call]:
    """Build a withdrawal for each consent that those who answer have given; those of one person far apart."""
    cookies = {waiting.customer: waiting.cookie for waiting in stock}
    given = Choice.objects.filter(customer__in=cookies, status=Status.GIVEN).order_by("purpose", "customer")
    return [
        build_form_call(
            reverse("choices:withdraw", args=[code]),
            302,
            reverse("choices:saved", args=[code]),
            cookies[customer],
            token,
            {"token": str(uuid4())},
        )
        for customer, code in given.values_list("customer", "purpose__code")
    ]


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
