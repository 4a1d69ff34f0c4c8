"""Every address × odd values of every parameter it may read: never a server error.

Parameters come from the sources: what the code reads of GET and POST, and the fields of every form.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path

import pytest
from django import forms
from django.conf import settings
from django.db import transaction
from django.http import HttpResponse
from django.http.response import HttpResponseRedirectBase
from django.test import Client, RequestFactory
from django.utils.http import MAX_URL_REDIRECT_LENGTH, urlencode

from tests.world.addresses import addresses
from tests.world.cast import signed_in
from tests.world.lived_in import refusals_drawn_once
from tests.world.watched import GATE, WHOLE, watch_what_is_asked, watch_who_heeds_a_form

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
# Where nothing is, the page that says so is drawn each time; wherever else a page says no, it asks for the same.
NOWHERE = {"nowhere": "nowhere/", "admin:nowhere": "admin/nowhere/"}
SKIPPED = {"account_logout", "admin:logout"}
# Some that read, whoever asks, what is sent.
HEEDING = {"people:language", "account_login", "verify_receipt"}
AS_FORM = "application/x-www-form-urlencoded"


def list_forms(base: type = forms.BaseForm) -> list[type]:
    return [one for child in base.__subclasses__() for one in [child, *list_forms(child)]]


def list_parameters() -> list[str]:
    addresses()  # by which every page is imported, and its forms with it
    sources = [*Path(settings.BASE_DIR / "consents").rglob("*.py"), *Path(settings.BASE_DIR / "portal").rglob("*.py")]
    read = {name for source in sources for name in READ.findall(source.read_text())}
    fields = {name for form in list_forms() for name in getattr(form, "base_fields", {})}
    return sorted((read | fields | OTHERS) - {GATE})


@pytest.fixture
def asked() -> Iterator[set[str]]:
    """The names of what has been asked for, of all that is sent from now on."""
    with watch_what_is_asked() as names:
        yield names


def ways(client: Client, path: str, all_of_them: str, part: str) -> list[Callable[[], HttpResponse]]:
    """An even one sends all, the one after it a part of it."""
    return [
        partial(client.get, f"/{path}?{all_of_them}"),
        partial(client.get, f"/{path}?{part}"),
        partial(client.post, f"/{path}", all_of_them, content_type=AS_FORM),
        partial(client.post, f"/{path}", part, content_type=AS_FORM),
    ]


def choose_part(name: str) -> list[str]:
    """What is also sent by itself: where a page leads; and of a list what it reads itself, for it refuses others."""
    return ["o", "p", "q"] if name.endswith("_changelist") else ["next"]


@contextmanager
def way_back_of_any_length() -> Iterator[None]:
    """Each closed door would draw the same page because of it."""
    limits = HttpResponseRedirectBase.__init__.__kwdefaults__
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(limits, "max_length", None)
        yield


def begin(world, who: str) -> Client:
    client = Client() if who == "stranger" else signed_in(getattr(world, who).user)
    client.raise_request_exception = False
    client.get("/help/")  # notes in the session that it is in use: undone, it would be noted again each time
    return client


@pytest.mark.parametrize("who", ["stranger", "ada", "pia"])
def test_no_parameter_yields_a_server_error(world, asked, who):
    """Each parameter has another value in each turn, and so has a part of them by itself. Where nothing of what is sent
    is asked for, or `next` alone, which every page that is drawn looks at, no other values are sent: they would change
    nothing. And who asks for nothing of all asks for nothing of a part."""
    parameters, heedless, bad, drawn = list_parameters(), set(), [], set()
    client, others = begin(world, who), {*parameters} - {"next"}
    places = [*NOWHERE.items(), *addresses()]
    for turn in range(3):
        given = urlencode([(name, VALUES[(place + 5 * turn) % len(VALUES)]) for place, name in enumerate(parameters)])
        for place, (name, path) in enumerate(places):
            part = {own: VALUES[(place + number + turn) % len(VALUES)] for number, own in enumerate(choose_part(name))}
            for number, send in enumerate(ways(client, path, given, urlencode(part))):
                if name in SKIPPED or (place, number) in heedless:
                    continue
                asked.clear()
                refusals = refusals_drawn_once(set() if name in NOWHERE else drawn)
                with undone(client), refusals, nullcontext() if turn else way_back_of_any_length():
                    response = send()
                is_list = name.endswith("_changelist") and response.status_code == 400
                if not asked & ({*part} if number % 2 else others) or (is_list and number == 0):
                    heedless.add((place, number))
                if not asked - {GATE}:
                    heedless.add((place, number | 1))
                if response.status_code >= 500:
                    bad.append((name, number, turn, response.status_code))
    assert bad == []
    assert 0 < len(heedless) < 4 * len(places) - 40
    heeding = {name for place, (name, _) in enumerate(places) if any((place, way) not in heedless for way in range(4))}
    assert heeding >= HEEDING


@pytest.mark.parametrize("who", ["stranger", "ada"])
def test_a_form_that_was_shown_for_nobody_is_refused(world, who):
    """Before any page reads another parameter of it."""
    client = begin(world, who)

    assert {client.post("/rights/", {GATE: value}).status_code for value in VALUES} == {409}


@pytest.mark.parametrize("who", ["stranger", "ada"])
def test_a_way_back_that_is_too_long_is_refused(world, who):
    assert begin(world, who).get("/admin/", {"q": "x" * MAX_URL_REDIRECT_LENGTH}).status_code == 400


@contextmanager
def undone(client: Client) -> Iterator[None]:
    """So that nobody is signed out by what one page did. By a savepoint alone: in a block of its own no durable one
    could begin."""
    begun, cookies = transaction.savepoint_create(), client.cookies.copy()
    yield
    transaction.savepoint_rollback(begun)
    transaction.savepoint_commit(begun)
    client.cookies = cookies


def test_what_is_asked_for_is_seen(asked):
    for ask in (
        lambda sent: sent["a"],
        lambda sent: sent.get("a"),
        lambda sent: sent.getlist("a"),
        lambda sent: "a" in sent,
        list,
        dict,
        bool,
        lambda sent: sent.keys(),
        lambda sent: list(sent.values()),
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


def test_what_is_asked_for_of_an_empty_form_is_seen():
    with watch_who_heeds_a_form() as asked:
        for ask, seen in (
            (lambda request: request.POST.get("a"), "a"),
            (lambda request: bool(request.POST), WHOLE),
            (lambda request: [*request.POST], WHOLE),
            (lambda request: request.body, WHOLE),
        ):
            ask(RequestFactory().post("/"))
            assert asked == {seen}
            asked.clear()


@pytest.mark.parametrize("page", ["abc", "//evil.example/", "http://evil.example/", "/\\evil.example", "", "\n//evil"])
def test_choosing_a_language_leads_to_no_other_place(db, page):
    response = Client().post("/language/", {"language": "de", "next": page})

    assert (response.status_code, response["Location"]) == (302, "/")


def test_choosing_a_language_leads_back(db):
    assert (
        Client().post("/language/", {"language": "de", "next": "/rights/?where=DE"})["Location"] == "/rights/?where=DE"
    )
