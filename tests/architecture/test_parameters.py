"""Every address × odd values of every parameter it may read: never a server error.

Parameters come from the sources: what the code reads of GET and POST, and the fields of every form.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import pytest
from django import forms
from django.conf import settings
from django.db import transaction
from django.http.response import HttpResponseRedirectBase
from django.test import Client, RequestFactory
from django.utils.http import MAX_URL_REDIRECT_LENGTH, urlencode

from tests.world.addresses import addresses
from tests.world.cast import signed_in
from tests.world.doors import Answer, ask_everywhere
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
NOWHERE = {"nowhere": "/nowhere/", "admin:nowhere": "/admin/nowhere/"}
# The doors that lead to a sign-in and back to the address that was asked for, whatever it holds: one of each kind.
ALWAYS = NOWHERE | {"home": "/", "admin:index": "/admin/", "account_email": "/accounts/email/"}
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


@dataclass
class Way:
    """To send a query or a form to an address; `heeded`: the names of what is asked for there."""

    name: str
    method: str
    path: str
    heeded: set[str]
    is_part: bool

    def choose_sent(self, values: dict[str, str], turn: int) -> dict[str, str]:
        """Whatever else were sent, nobody would ask for it."""
        if self.is_part:
            return {own: VALUES[(number + turn) % len(VALUES)] for number, own in enumerate(choose_part(self.name))}
        return values if WHOLE in self.heeded else {name: values[name] for name in values if name in self.heeded}


def list_ways(who: str, client: Client, parameters: list[str]) -> Iterator[Way]:
    """An empty query and an empty form tell what is asked for. Every page that is drawn looks at `next`."""
    always = [Answer(name, path, 0, "", "", frozenset({WHOLE, "next"})) for name, path in ALWAYS.items()]
    for method in ("get", "post"):
        houses = [ask_everywhere(who, client, method, is_staff_site=is_staff_site) for is_staff_site in (False, True)]
        for answer in chain(always, *houses):
            heeded = answer.asked_for & {*parameters, WHOLE}
            if heeded - {"next"}:
                yield Way(answer.name, method, answer.path, {*heeded}, is_part=False)
            if heeded & {WHOLE, *choose_part(answer.name)}:
                yield Way(answer.name, method, answer.path, {*heeded}, is_part=True)


@pytest.mark.parametrize("who", ["stranger", "ada", "pia"])
def test_no_parameter_yields_a_server_error(world, who):
    """Each parameter that is asked for has another value in each turn, and so has a part of them by itself."""
    parameters, client, bad, drawn = list_parameters(), begin(world, who), [], set()
    with undone(client):
        ways = [*list_ways(who, client, parameters)]
    for turn in range(3):
        values = {name: VALUES[(place + 5 * turn) % len(VALUES)] for place, name in enumerate(parameters)}
        for way in [*ways]:
            with refusals_drawn_once(set() if way.name in NOWHERE else drawn), way_back_of_any_length():
                asked, status = send(client, way, values, turn)
            if status >= 500:
                bad.append((way, turn, status))
            if not is_worth_more(way, asked, status):
                ways.remove(way)
    assert bad == []
    assert len(ways) > 40 and {way.name for way in ways} >= HEEDING


def send(client: Client, way: Way, values: dict[str, str], turn: int) -> tuple[set[str], int]:
    """Return what was asked for, and the answer; what is asked for only now is sent with all the rest once more."""
    while True:
        sent = way.choose_sent(values, turn)
        with undone(client), watch_what_is_asked() as asked:
            if way.method == "get":
                response = client.get(f"{way.path}?{urlencode(sent)}")
            else:
                response = client.post(way.path, urlencode(sent), content_type=AS_FORM)
        way.heeded |= asked & {*values, WHOLE}
        if way.is_part or response.status_code >= 500 or len(sent) == len(way.choose_sent(values, turn)):
            return asked, response.status_code


def is_worth_more(way: Way, asked: set[str], status: int) -> bool:
    """Other values change nothing where none is asked for; a list refuses what it does not read itself."""
    if way.is_part:
        return bool(asked & {*choose_part(way.name)})
    return bool(asked & way.heeded - {"next", WHOLE}) and not (status == 400 and way.name.endswith("_changelist"))


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


def test_what_is_asked_for_is_seen():
    by_name = (
        lambda sent: sent["a"],
        lambda sent: sent.get("a"),
        lambda sent: sent.getlist("a"),
        lambda sent: "a" in sent,
    )
    as_a_whole = (
        list,
        dict,
        bool,
        lambda sent: sent.keys(),
        lambda sent: list(sent.values()),
        lambda sent: sent.dict(),
        lambda sent: sent.items(),
        lambda sent: sent.urlencode(),
        lambda sent: sent.copy(),
    )
    for ask in (*by_name, *as_a_whole):
        with watch_what_is_asked() as asked:
            sent = RequestFactory().get("/?a=1").GET
            assert asked == set()
            ask(sent)
            assert asked == ({"a"} if ask in by_name else {"a", WHOLE}), ask


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
