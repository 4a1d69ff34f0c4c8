"""What somebody is answered at every address, to an empty query and to an empty form.

Asked by the first test of a worker that wants to know; the others read the same answers.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from django.http import HttpResponse
from django.test import Client

from consents.ledger.models import Entry
from tests.world.addresses import addresses
from tests.world.lived_in import refusals_drawn_once
from tests.world.watched import watch_who_heeds_a_form

# Whoever asks for them is signed out by it, and asks for all the rest as a stranger.
SIGN_OUT = {"account_logout": "/accounts/logout/", "admin:logout": "/admin/logout/"}


class Answer(NamedTuple):
    """`asked_for`: the names of what the portal asked for, of all that can be sent."""

    name: str
    path: str
    status: int
    leads_to: str
    caching: str
    asked_for: frozenset[str] = frozenset()

    @property
    def is_sent_to_sign_in(self) -> bool:
        return self.status == 302 and "login" in self.leads_to


# By person and method, of the house of customers or of staff.
KNOWN_ANSWERS: dict[tuple[str, str, bool], list[Answer]] = {}


def ask_everywhere(who: str, client: Client, method: str, *, is_staff_site: bool) -> list[Answer]:
    """`client`: theirs. Looking is no act."""
    asked = (who, method, is_staff_site)
    if asked not in KNOWN_ANSWERS:
        acts, paths = Entry.objects.count(), list_paths(is_staff_site=is_staff_site)
        KNOWN_ANSWERS[asked] = [*ask_all(paths, getattr(client, method))]
        assert method != "get" or Entry.objects.count() == acts
    return KNOWN_ANSWERS[asked]


def list_paths(*, is_staff_site: bool) -> list[tuple[str, str]]:
    return [
        (name, f"/{path}")
        for name, path in addresses()
        if (room(name) == "admin") == is_staff_site and name not in SIGN_OUT
    ]


def room(name: str) -> str:
    return name.split(":")[0]


def ask_all(places: Iterable[tuple[str, str]], send: Callable[[str], HttpResponse]) -> Iterator[Answer]:
    with refusals_drawn_once(), watch_who_heeds_a_form() as asked_for:
        for name, path in places:
            asked_for.clear()
            response = send(path)
            yield read_answer(name, path, response, frozenset(asked_for))


def read_answer(name: str, path: str, response: HttpResponse, asked_for: frozenset[str] = frozenset()) -> Answer:
    told = [response.get(header, "") for header in ("Location", "Cache-Control")]
    return Answer(name, path, response.status_code, *told, asked_for)
