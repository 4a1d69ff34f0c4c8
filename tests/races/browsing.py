"""A person's browser without script: real requests, a real session, forms sent as they were read."""

import http.client
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings

from consents.people.models import User
from tests.forms import Form, Reader
from tests.waiting import PATIENCE
from tests.world.cast import signed_in

SECRET = "s" * 32
FORM = "application/x-www-form-urlencoded"
# Of pages that the web process sends by itself, before the request reaches the application.
BEFORE = "default-src 'none'"


@dataclass(frozen=True)
class Page:
    """`is_turned_away`: there was no place in time, and nothing of the request was read."""

    status: int
    location: str
    text: str
    is_turned_away: bool = False

    def forms(self, *names: str) -> list[Form]:
        reader = Reader()
        reader.feed(self.text)
        return [form for form in reader.forms if form.method == "post" and set(names) <= set(form.fields)]


class Browser:
    def __init__(self, url: str, user: User) -> None:
        self.server = urlsplit(url).netloc
        session = signed_in(user).cookies[settings.SESSION_COOKIE_NAME].value
        self.cookies = f"{settings.SESSION_COOKIE_NAME}={session}; {settings.CSRF_COOKIE_NAME}={SECRET}"

    def get(self, path: str) -> Page:
        return self.ask("GET", path)

    def post(self, path: str, **said: Any) -> Page:
        """`said`: what the form carries; a list for a field with several values."""
        return self.ask("POST", path, urlencode(said | {"csrfmiddlewaretoken": SECRET}, doseq=True))

    def send(self, form: Form, **said: Any) -> Page:
        return self.post(form.action, **{name: value for name, value in form.fields.items() if value} | said)

    def ask(self, method: str, path: str, body: str | None = None) -> Page:
        connection = http.client.HTTPConnection(self.server, timeout=PATIENCE)
        try:
            connection.request(method, path, body, {"Cookie": self.cookies, "Content-Type": FORM})
            response = connection.getresponse()
            policy = response.headers.get("Content-Security-Policy", "")
            is_turned_away = response.status == 503 and policy.startswith(BEFORE)
            return Page(response.status, response.headers.get("Location", ""), response.read().decode(), is_turned_away)
        finally:
            connection.close()
