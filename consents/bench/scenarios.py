"""The pages that are measured, as HTTP calls of customers and staff who are signed in."""

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

from consents.bench.customers import Reader
from consents.bench.load import FORM, Call, WrongAnswer, connected
from consents.bench.stock import Waiting
from consents.running.portal import allowed_host

# As Django logs them: some bare, some in quotes.
TRANSACTION_WORDS = re.compile(r"(QUERY = ['\"])?(BEGIN|COMMIT|SAVEPOINT|RELEASE)\b")


@dataclass(frozen=True)
class Scenario:
    """`again`: the same call may be made any number of times; otherwise each once."""

    name: str
    calls: Sequence[Call]
    again: bool = True


@dataclass(frozen=True)
class Token:
    """What a form of ours needs to be accepted, from a page of ours."""

    cookie: str
    field: str


def fetch_token(port: int) -> Token:
    with connected(port) as speaking:
        speaking.request("GET", reverse("account_login"))
        answer = speaking.getresponse()
        found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', answer.read().decode())
        cookies = SimpleCookie(answer.headers.get("Set-Cookie", ""))
    if found is None or settings.CSRF_COOKIE_NAME not in cookies:
        raise WrongAnswer(f"The sign-in page (status {answer.status}) has no form.")
    name = settings.CSRF_COOKIE_NAME
    return Token(f"{name}={cookies[name].value}", found[1])


def all_pages(readers: Sequence[Reader], stock: Sequence[Waiting], token: Token) -> list[Scenario]:
    return [
        Scenario("home page", [home(reader) for reader in readers]),
        Scenario("request page", [request_page(reader) for reader in readers]),
        Scenario("answer", [answer(waiting, token) for waiting in stock], again=False),
        Scenario("open data", [open_data(reader, token) for reader in readers]),
    ]


def home(reader: Reader) -> Call:
    return Call(reverse("home"), 200, f"access-{reader.running}", reader.waiting.cookie)


def request_page(reader: Reader) -> Call:
    path = reverse("access:request", args=[reader.waiting.request])
    return Call(path, 200, reader.waiting.digest, reader.waiting.cookie)


def answer(waiting: Waiting, token: Token) -> Call:
    """The confirmed yes, which makes the grants. The answer leads to the page of what was saved."""
    path = reverse("access:answer", args=[waiting.request])
    said = {"decision": "all", "confirm": "1", "digest": waiting.digest, "token": str(uuid4())}
    return posted(path, 302, path, waiting.cookie, token, said)


def open_data(reader: Reader, token: Token) -> Call:
    path = reverse("admin:disclosures_open", args=[reader.running])
    return posted(path, 200, reader.marker, reader.staff_cookie, token, {"grant": str(reader.grant)})


def posted(path: str, status: int, marker: str, cookie: str, token: Token, said: dict[str, str]) -> Call:
    form = urlencode(said | {"csrfmiddlewaretoken": token.field})
    return Call(path, status, marker, f"{cookie}; {token.cookie}", form)


def queries(call: Call) -> int:
    """How many statements the page sends to the database, those about transactions not counted. Makes the call."""
    client = Client(SERVER_NAME=allowed_host(), HTTP_COOKIE=call.cookie)
    with CaptureQueriesContext(connection) as captured:
        answer = client.generic(call.method, call.path, call.form, content_type=FORM)
    call.check(answer.status_code, answer.headers.get("Location", ""), answer.content)
    return sum(not TRANSACTION_WORDS.match(query["sql"]) for query in captured.captured_queries)
