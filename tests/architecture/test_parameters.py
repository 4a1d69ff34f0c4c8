"""Every address × odd values of every parameter it may read: never a server error.

Parameters come from the sources: what the code reads of GET and POST, and the fields of every form.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import pytest
from django import forms
from django.conf import settings
from django.db import transaction
from django.http import HttpResponse, QueryDict
from django.test import Client, RequestFactory
from django.utils.http import urlencode

from tests.world.addresses import addresses
from tests.world.cast import signed_in

READ = re.compile(r'(?:GET|POST)(?:\.get|\.getlist)?[\[(]"(\w+)"')
# Of allauth and of Django's admin, beside what our own sources read.
OTHERS = {
    "next",
    "email",
    "login",
    "code",
    "password",
    "action_add",
    "action_remove",
    "action",
    "_popup",
    "q",
    "p",
    "o",
}
VALUES = [
    "abc",
    "//evil.example/",
    "http://[",
    "-1",
    "9" * 30,
    "1e400",
    "2026-99-99T25:61:00Z",
    "0001-01-01T00:00:00+14:00",
    "\U0001f642",
    "\u200b\uff21",
    "%00%ff{{7*7}}'\"<",
    "00000000-0000-0000-0000-000000000000",
    "x" * 5000,
]
SKIPPED = {"account_logout", "admin:logout"}
AS_FORM = "application/x-www-form-urlencoded"


def list_forms(base: type = forms.BaseForm) -> list[type]:
    return [one for child in base.__subclasses__() for one in [child, *list_forms(child)]]


def list_parameters() -> list[str]:
    sources = [*Path(settings.BASE_DIR / "consents").rglob("*.py"), *Path(settings.BASE_DIR / "portal").rglob("*.py")]
    read = {name for source in sources for name in READ.findall(source.read_text())}
    fields = {name for form in list_forms() for name in getattr(form, "base_fields", {})}
    return sorted(read | fields | OTHERS)


class Watched(QueryDict):
    """What is sent with a request, which tells what of it the portal has asked for."""

    asked: ClassVar[set[str]] = set()
    is_parsed = False

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.is_parsed = True

    def note(self, *names: str) -> None:
        if self.is_parsed:
            self.asked.update(names)

    def __contains__(self, name: object) -> bool:
        self.note(str(name))
        return super().__contains__(name)

    def __getitem__(self, name: str) -> Any:
        self.note(name)
        return super().__getitem__(name)

    def getlist(self, name: str, default: Any = None) -> Any:
        self.note(name)
        return super().getlist(name, default)

    def __iter__(self) -> Iterator[str]:
        names = list(super().__iter__())
        self.note(*names)
        return iter(names)

    def lists(self) -> Iterable[tuple[str, list[Any]]]:
        return [(name, self.getlist(name)) for name in self]

    def items(self) -> Iterable[tuple[str, Any]]:
        return [(name, self[name]) for name in self]


@pytest.fixture
def asked(monkeypatch) -> set[str]:
    """The names of what has been asked for, of all that is sent from now on."""
    for module in ("core.handlers.wsgi", "http.request"):
        monkeypatch.setattr(f"django.{module}.QueryDict", Watched)
    monkeypatch.setattr(Watched, "asked", names := set())
    return names


def ways(client: Client, path: str, all_of_them: str, only_next: str) -> list[Callable[[], HttpResponse]]:
    return [
        partial(client.get, f"/{path}?{all_of_them}"),
        partial(client.post, f"/{path}", all_of_them, content_type=AS_FORM),
        partial(client.get, f"/{path}?{only_next}"),
        partial(client.post, f"/{path}", only_next, content_type=AS_FORM),
    ]


@pytest.mark.parametrize("who", ["stranger", "ada", "pia"])
def test_no_parameter_yields_a_server_error(world, asked, who):
    """Each parameter has another value in each turn, `next` by itself, too. Where nothing of what is sent is asked for,
    or `next` alone, which every page that is drawn looks at, no other values are sent: they would change nothing."""
    parameters, heedless, bad = list_parameters(), set(), []
    others = {*parameters} - {"next"}
    for turn in range(3):
        given = urlencode([(name, VALUES[(place + 5 * turn) % len(VALUES)]) for place, name in enumerate(parameters)])
        with undone():
            client = Client() if who == "stranger" else signed_in(getattr(world, who).user)
            client.raise_request_exception = False
            for place, (name, path) in enumerate(addresses()):
                only_next = urlencode({"next": VALUES[(place + turn) % len(VALUES)]})
                for number, send in enumerate(ways(client, path, given, only_next)):
                    if name in SKIPPED or (place, number) in heedless:
                        continue
                    asked.clear()
                    response = send()
                    if not asked & ({"next"} if number > 1 else others):
                        heedless.add((place, number))
                    if response.status_code >= 500:
                        bad.append((name, number, turn, response.status_code))
    assert bad == []
    assert 0 < len(heedless) < 4 * len(addresses()) - 60


@contextmanager
def undone() -> Iterator[None]:
    """By a savepoint alone: in a block of its own no durable one could begin."""
    begun = transaction.savepoint_create()
    yield
    transaction.savepoint_rollback(begun)


def test_what_is_asked_for_is_seen(asked):
    for ask in (
        lambda sent: sent["a"],
        lambda sent: sent.get("a"),
        lambda sent: sent.getlist("a"),
        lambda sent: "a" in sent,
        list,
        dict,
        lambda sent: sent.dict(),
        lambda sent: sent.items(),
        lambda sent: sent.urlencode(),
        lambda sent: sent.copy(),
    ):
        sent = RequestFactory().get("/?a=1").GET
        assert asked == set()
        ask(sent)
        assert asked == {"a"}, ask
        asked.clear()


@pytest.mark.parametrize("page", ["abc", "//evil.example/", "http://evil.example/", "/\\evil.example", "", "\n//evil"])
def test_choosing_a_language_leads_to_no_other_place(db, page):
    response = Client().post("/language/", {"language": "de", "next": page})

    assert (response.status_code, response["Location"]) == (302, "/")


def test_choosing_a_language_leads_back(db):
    assert (
        Client().post("/language/", {"language": "de", "next": "/rights/?where=DE"})["Location"] == "/rights/?where=DE"
    )
