"""The forms of a page, read and sent as a browser without script does."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from django.http import HttpResponse
from django.test import Client


@dataclass
class Form:
    """`fields`: hidden and text fields with their values; `buttons`: (name, value) of what can be pressed.

    `offers`: what can be ticked, by field. `can_be_sent`: there is anything to press.
    """

    method: str
    action: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)
    offers: dict[str, list[str]] = field(default_factory=dict)
    can_be_sent: bool = False


class Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: set[str] = set()
        self.inside: Form | None = None

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        if tag == "a" and given.get("href"):
            self.links.add(given["href"])
        if tag == "form":
            self.inside = Form(given.get("method", "get").lower(), given.get("action", ""))
            self.forms.append(self.inside)
        if self.inside is None:
            return
        is_button = tag == "button" or given.get("type") in ("submit", "image")
        self.inside.can_be_sent |= is_button
        if not given.get("name"):
            return
        if is_button:
            self.inside.buttons.append((given["name"], given.get("value", "")))
        elif given.get("type") in ("radio", "checkbox") and "checked" not in given:
            self.inside.fields.setdefault(given["name"], "")
            self.inside.offers.setdefault(given["name"], []).append(given.get("value", ""))
        elif tag in ("input", "select", "textarea"):
            self.inside.fields[given["name"]] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = None


def read(response: HttpResponse) -> Reader:
    reader = Reader()
    reader.feed(response.content.decode())
    return reader


def forms_on(response: HttpResponse, *names: str) -> list[Form]:
    """The forms that are posted and have all these fields, but for signing out."""
    found = [form for form in read(response).forms if form.method == "post" and "logout" not in form.action]
    return [form for form in found if set(names) <= set(form.fields)]


def sent(client: Client, form: Form, *, path: str = "", headers: Any = None, **said: str) -> HttpResponse:
    """The form with what it carries and what is said; `path` for one that is sent to its own page."""
    filled = {name: value for name, value in form.fields.items() if value}
    return client.post(form.action or path, filled | said, headers=headers)


def ask_first(client: Client, response: HttpResponse) -> HttpResponse:
    """The page of an act that asks first, to which a button of a record leads."""
    return client.get(response.url) if response.status_code == 302 and "/act/" in response.url else response
