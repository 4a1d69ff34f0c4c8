"""Clients that do what people do, in a random mixture, and write down what they were told."""

import hashlib
import http.client
import random
import re
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from threading import BoundedSemaphore, Event
from typing import Any
from uuid import uuid4

from consents.exports.services.delivering import MAX_WRITERS
from consents.people.found_customers import sign_found_customer
from consents.people.models import Customer, StaffMember, User
from tests.races.browsing import Browser, Page
from tests.soak.history import CUT_SHORT, TURNED_AWAY, Call, History, Kind, Outcome

MARKER = "marker-"
TRIES = 40  # of one form, while nobody knows whether it counted
BETWEEN_TRIES = 0.25
# How often each is done.
MIXTURE = {"ask": 5, "answer": 6, "open": 9, "stop": 2, "choose": 2, "export": 1}


@dataclass
class Person:
    """A customer with their browser."""

    customer: Customer
    browser: Browser


@dataclass
class Board:
    """What clients know of each other's doings: whom to answer, what may be opened. Lists are thread-safe enough."""

    customers: list[Person]
    staff: list[tuple[StaffMember, Browser]]
    officer: Browser
    version: int
    purpose: str
    categories: list[int]
    period: tuple[str, str]
    waiting: list[tuple[str, Person]] = field(default_factory=list)
    running: list[tuple[str, str, Person, Browser]] = field(default_factory=list)
    # One web process takes no more than these, and says "not now" to others.
    exports: BoundedSemaphore = field(default_factory=lambda: BoundedSemaphore(MAX_WRITERS))


class Client:
    def __init__(self, number: int, board: Board, history: History, seed: int, over: Event) -> None:
        self.number, self.board, self.history, self.over = number, board, history, over
        self.dice = random.Random(f"{seed} {number}")

    def run(self) -> None:
        while not self.over.is_set():
            getattr(self, self.dice.choices(list(MIXTURE), list(MIXTURE.values()))[0])()

    def told(
        self,
        kind: Kind,
        act: Callable[[], Page],
        read: Callable[[Page], dict[str, Any]] = lambda page: {},
        **about: Any,
    ) -> tuple[Page | None, Outcome]:
        """One call, kept with what came of it; `read` says what an answer in full told."""
        start, page = time.time(), None
        with suppress(OSError, http.client.HTTPException):
            page = act()
        outcome = outcome_of(page)
        about |= read(page) if page and outcome == Outcome.OK else {}
        self.history.add(
            Call(
                client=self.number,
                kind=kind,
                start=start,
                end=time.time(),
                outcome=outcome,
                status=get_status(page),
                data=page is not None and MARKER in page.text,
                **about,
            )
        )
        return page, outcome

    def until_known(self, kind: Kind, act: Callable[[], Page], **about: Any) -> tuple[Page | None, Outcome]:
        """The same form again until somebody says whether it counted."""
        page, outcome = self.told(kind, act, **about)
        for _ in range(TRIES):
            if outcome != Outcome.UNKNOWN or self.over.is_set():
                break
            self.over.wait(BETWEEN_TRIES)
            page, outcome = self.told(kind, act, **about)
        return page, outcome

    def ask(self) -> None:
        person = self.dice.choice(self.board.customers)
        member, browser = self.dice.choice(self.board.staff)
        token = str(uuid4())
        categories = self.dice.sample(self.board.categories, self.dice.randint(1, len(self.board.categories)))
        said = {
            "found": sign_found_customer(person.customer.pk, User(pk=member.pk)),
            "token": token,
            "purpose": self.board.version,
            "categories": categories,
            "reason": "complaint",
            "sentence": "You wrote to us about a lamp.",
            "duration": "7200",
            "answer_within": "604800",
            "file": "1",
        }
        page, outcome = self.until_known(
            Kind.ASK,
            lambda: browser.post("/admin/access/accessrequest/add/", **said),
            customer=str(person.customer.pk),
            token=token,
            read=lambda page: {"made": id_in(page.location)},
        )
        if page and outcome == Outcome.OK:
            self.board.waiting.append((id_in(page.location), person))

    def answer(self) -> None:
        if not self.board.waiting:
            self.ask()
            return
        request, person = self.dice.choice(self.board.waiting)
        form = form_on(person.browser, f"/requests/{request}/", "digest")
        if form is None:
            return
        decision = self.dice.choice(["all", "all", "all", "part", "none"])
        said: dict[str, Any] = {"decision": decision, "confirm": "1", "duration": "3600"}
        if decision == "part" and "categories" in form.offers:  # a lone category is cut by its time alone
            said["categories"] = self.dice.choice(form.offers["categories"])
        _page, outcome = self.until_known(
            Kind.ANSWER,
            lambda: person.browser.send(form, **said),
            customer=str(person.customer.pk),
            object=request,
            token=form.fields["token"],
            said=decision,
        )
        if outcome != Outcome.UNKNOWN and (request, person) in self.board.waiting:
            self.board.waiting.remove((request, person))
        if outcome == Outcome.OK and decision != "none":
            self.learn_grants(request, person)

    def learn_grants(self, request: str, person: Person) -> None:
        for _member, browser in self.board.staff:
            page = try_get(browser, f"/admin/open/{request}/")
            for form in page.forms() if page and page.status == 200 else []:
                for name, value in form.buttons:
                    if name == "grant":
                        self.board.running.append((request, value, person, browser))

    def open(self) -> None:
        """Mostly what was allowed lately, sometimes what ended long ago."""
        if not self.board.running:
            self.answer()
            return
        some = self.board.running[-40:] if self.dice.random() < 0.9 else self.board.running
        request, grant, person, browser = self.dice.choice(some)
        self.told(
            Kind.OPEN,
            lambda: browser.post(f"/admin/open/{request}/", grant=grant),
            customer=str(person.customer.pk),
            object=request,
            grant=grant,
        )

    def stop(self) -> None:
        if not self.board.running:
            return
        request, _grant, person, _browser = self.dice.choice(self.board.running[-20:])
        token = str(uuid4())
        self.until_known(
            Kind.STOP,
            lambda: person.browser.post(f"/requests/{request}/stop/", token=token),
            customer=str(person.customer.pk),
            object=request,
            token=token,
        )

    def choose(self) -> None:
        person, token = self.dice.choice(self.board.customers), str(uuid4())
        about = {"customer": str(person.customer.pk), "object": self.board.purpose, "token": token}
        path = f"/choices/{self.board.purpose}/"
        if self.dice.random() < 0.8:
            said = {"version": self.board.version, "answer": "given", "token": token}
            self.until_known(Kind.GIVE, lambda: person.browser.post(f"{path}give/", **said), **about)
        else:
            self.until_known(Kind.WITHDRAW, lambda: person.browser.post(f"{path}withdraw/", token=token), **about)

    def export(self) -> None:
        """An export counts as taken when the list says so, with the digest of what arrived, as officers check it."""
        (since, last), name, token = self.board.period, str(uuid4()), str(uuid4())
        said = {"from_date": since, "last_date": last, "reason": name, "format": "csv", "token": token}
        with self.board.exports:
            self.until_known(Kind.EXPORT, lambda: take(self.board.officer, said), object=name, token=token)


def take(officer: Browser, said: dict[str, Any]) -> Page:
    """The file; what refused to make it; or what is CUT_SHORT: once it is made, no later page says that it is not."""
    made = officer.post("/admin/exports/export/make/access_log/", **said)
    if made.status != 302:
        return made
    record = officer.get(f"/admin/exports/export/{id_in(made.location)}/change/")
    link = re.search(r'href="([^"]*/file/[^"]*)"', record.text)
    if link is None:
        return cut_short(record)
    page = officer.get(link[1])
    if page.status != 200:
        return cut_short(page)
    listed = officer.get("/admin/exports/export/")
    is_whole = listed.status == 200 and hashlib.sha256(page.text.encode()).hexdigest() in listed.text
    return page if is_whole else cut_short(listed)


def cut_short(page: Page) -> Page:
    return page if page.status >= 500 else replace(page, status=CUT_SHORT)


def get_status(page: Page | None) -> int:
    if page is None:
        return 0
    return TURNED_AWAY if page.is_turned_away else page.status


def outcome_of(page: Page | None) -> Outcome:
    if page is None or page.status >= 500 or page.status == CUT_SHORT:
        return Outcome.UNKNOWN
    return Outcome.OK if page.status in (200, 302) else Outcome.REFUSED


def id_in(location: str) -> str:
    found = re.search(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", location)
    return found[0] if found else ""


def try_get(browser: Browser, path: str) -> Page | None:
    try:
        return browser.get(path)
    except (OSError, http.client.HTTPException):
        return None


def form_on(browser: Browser, path: str, name: str) -> Any:
    page = try_get(browser, path)
    forms = page.forms(name) if page and page.status == 200 else []
    return forms[0] if forms else None
