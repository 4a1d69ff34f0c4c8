"""Send requests one after the other, check each response, and time it.

A loop of `http.client`: wrk and oha send one body to one address without a look at the answer, and locust brings a web
server and gevent along. Here each form has its own token and each page must hold what its reader should see.
"""

import http.client
import itertools
import re
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from statistics import median
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse

HOST = "127.0.0.1"
TIMEOUT = 30.0
FORM = "application/x-www-form-urlencoded"
WARM_SHARE = 0.2  # of the measured time, before it, not counted


class WrongAnswer(Exception):
    """A response was not the expected page. Names the page and the status, without content."""


@dataclass(frozen=True)
class Token:
    """The CSRF cookie and the field of a form."""

    cookie: str
    field: str


@dataclass(frozen=True)
class Call:
    """A request, and how to recognize its right response: the status, and a text in its body or Location."""

    path: str
    status: int
    marker: str
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""

    @property
    def method(self) -> str:
        return "POST" if self.body else "GET"

    def check(self, status: int, location: str, body: bytes) -> None:
        if status != self.status:
            raise WrongAnswer(f"{self.method} {self.path} was answered with status {status} instead of {self.status}.")
        if self.marker not in location and self.marker.encode() not in body:
            raise WrongAnswer(f"{self.method} {self.path} was answered, but not with the right page.")


def build_form_call(path: str, status: int, marker: str, cookie: str, token: Token, fields: dict[str, str]) -> Call:
    headers = {"Cookie": f"{cookie}; {token.cookie}", "Content-Type": FORM}
    return Call(path, status, marker, headers, urlencode(fields | {"csrfmiddlewaretoken": token.field}))


def fetch_token(port: int) -> Token:
    with open_connection(port) as speaking:
        speaking.request("GET", reverse("account_login"))
        answer = speaking.getresponse()
        found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', answer.read().decode())
    cookies, name = SimpleCookie(answer.headers.get("Set-Cookie", "")), settings.CSRF_COOKIE_NAME
    if found is None or name not in cookies:
        raise WrongAnswer(f"The sign-in page (status {answer.status}) has no form.")
    return Token(f"{name}={cookies[name].value}", found[1])


def open_connection(port: int) -> AbstractContextManager[http.client.HTTPConnection]:
    return closing(http.client.HTTPConnection(HOST, port, timeout=TIMEOUT))


def time_calls(port: int, calls: Sequence[Call], seconds: float) -> float:
    """Repeat the calls for so long, at least each once, and return the median in milliseconds. Raises WrongAnswer."""
    began = time.monotonic()
    counted, end = began + WARM_SHARE * seconds, began + (1 + WARM_SHARE) * seconds
    taken: list[float] = []
    with open_connection(port) as connection:
        for place, call in enumerate(itertools.cycle(calls)):
            asked = time.monotonic()
            if asked >= end and taken and place >= len(calls):
                return 1000 * median(taken)
            send_call(connection, call)
            if asked >= counted or place >= len(calls) // 2:
                taken.append(time.monotonic() - asked)
    raise WrongAnswer("There is nothing to ask for.")


def time_each(port: int, calls: Sequence[Call]) -> float:
    """Send each call once and return the median in milliseconds. Raises WrongAnswer."""
    taken = []
    with open_connection(port) as connection:
        for call in calls:
            asked = time.monotonic()
            send_call(connection, call)
            taken.append(time.monotonic() - asked)
    return 1000 * median(taken)


def send_call(connection: http.client.HTTPConnection, call: Call) -> None:
    try:
        connection.request(call.method, call.path, call.body or None, call.headers)
        answer = connection.getresponse()
        body = answer.read()
    except (OSError, http.client.HTTPException) as reason:
        raise WrongAnswer(f"{call.method} {call.path} was not answered ({type(reason).__name__}).") from None
    call.check(answer.status, answer.headers.get("Location", ""), body)
