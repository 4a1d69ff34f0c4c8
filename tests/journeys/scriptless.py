"""A person's browser that runs no script and draws nothing: it reads a page's HTML and sends its forms, by Django's
client. It has the doings of `Visit` that a journey by forms and links is told in."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.http import HttpResponse
from django.test import Client

from tests.journeys.browsing import Visit, post_is_delivered, prove_session
from tests.journeys.page_tree import Node, Page, read_page
from tests.world.cast import PASSWORD
from tests.world.proofs import PROOF_PAGE, code_in

Name = str | re.Pattern[str]
# A page, one that says why it shows nothing, and one whose form has a problem.
SHOWN = {200, 403, 422}


@dataclass
class ScriptlessVisit:
    """One person's browser: what it is at, `path`, and the page there, as it was answered and as far as it was filled
    in."""

    client: Client = field(default_factory=lambda: Client(enforce_csrf_checks=True))
    path: str = ""
    page: Page = field(default_factory=lambda: read_page(""))
    answer: HttpResponse = field(default_factory=HttpResponse)
    downloaded: str = ""

    def go(self, path: str) -> None:
        self.take(self.client.get(path, follow=True))

    def take(self, response: HttpResponse) -> None:
        """What is to be kept as a file leaves the page as it is."""
        if "attachment" in response.get("Content-Disposition", ""):
            self.downloaded = response.getvalue().decode()
            return
        assert response.status_code in SHOWN, (response.status_code, response.request["PATH_INFO"])
        query = response.request["QUERY_STRING"]
        self.path = response.request["PATH_INFO"] + (f"?{query}" if query else "")
        self.answer, self.page = response, read_page(response.content.decode())

    def see(self, text: str) -> None:
        assert is_named(self.page.text, text), (text, self.path, self.page.text)

    def count(self, text: str, *, near: str) -> int:
        """How often the section says it that the element with this id stands in."""
        section = self.page.get(near).find_parent("section")
        assert section, (near, self.path)
        return section.text.count(text)

    def press(self, name: Name, *, exact: bool = False) -> None:
        self.send(self.find("button", name, exact, self.page))

    def follow(self, name: str, *, exact: bool = False, near: str = "", row: str = "") -> None:
        self.go_on(self.find_link(name, exact, near, row).attributes["href"])

    def go_on(self, address: str) -> None:
        self.go(self.path.partition("?")[0] + address if address.startswith("?") else address)

    def find_link(self, name: str, exact: bool, near: str, row: str) -> Node:
        """`near`: in what is closest around the element with this id; `row`: in the first row of a table with it."""
        if row:
            places = [one for one in self.page.walk() if one.tag == "tr" and row in one.text]
        else:
            places = [*self.around(near)] if near else [self.page]
        found = next((one for place in places for one in self.select("link", name, exact, place)), None)
        assert found, (name, near, row, self.path)
        return found

    def around(self, id: str) -> Iterator[Node]:
        one: Node | None = self.page.get(id)
        while one:
            yield one
            one = one.parent

    def find(self, role: str, name: Name, exact: bool, place: Node) -> Node:
        found = next(self.select(role, name, exact, place), None)
        assert found, (role, name, self.path, self.page.text)
        return found

    def select(self, role: str, name: Name, exact: bool, place: Node) -> Iterator[Node]:
        return (one for one in place.walk() if one.role == role and is_named(self.page.name_of(one), name, exact))

    def field(self, label: str, exact: bool = False) -> Node:
        """The only one with this label."""
        found = self.fields(label, exact)
        assert len(found) == 1, (label, self.path, len(found), self.page.text)
        return found[0]

    def fields(self, label: str, exact: bool = False) -> list[Node]:
        return [
            one for one in self.page.walk() if one.role == "field" and is_named(self.page.label_of(one), label, exact)
        ]

    def meets(self, label: str, *, unless: str) -> bool:
        """Whether the page asks for this, and not says that."""
        return bool(self.fields(label)) or not is_named(self.page.text, unless)

    def tick(self, label: str, *, exact: bool = False) -> None:
        box = self.field(label, exact)
        if box.attributes["type"] == "radio":
            self.untick_all(box.attributes["name"])
        box.attributes["checked"] = ""

    def untick_all(self, name: str) -> None:
        for one in self.page.walk():
            if one.attributes.get("name") == name:
                one.attributes.pop("checked", None)

    def fill(self, label: str, text: str, *, exact: bool = False) -> None:
        self.field(label, exact).write(text)

    def choose(self, label: str, option: str) -> None:
        self.field(label).choose(option)

    def is_ticked(self, label: str) -> bool:
        return "checked" in self.field(label).attributes

    def send(self, button: Node) -> None:
        """As far as a browser lets it: what a field requires is there, unless the form asks for no such check."""
        form = self.page.form_of(button)
        assert form and not button.is_disabled, (self.path, button.text)
        missing = [] if "novalidate" in form.attributes else self.page.list_missing(form)
        assert missing == [], (self.path, button.text, missing)
        data = defaultdict(list)
        for name, value in [*self.page.entries_of(form), *button.entries]:
            data[name].append(value)
        action = button.attributes.get("formaction") or form.attributes.get("action") or self.path
        if (button.attributes.get("formmethod") or form.attributes.get("method", "get")).lower() == "get":
            self.take(self.client.get(action.partition("?")[0], data, follow=True))
        else:
            self.take(self.client.post(action, data, follow=True))

    def download(self, name: str) -> str:
        """By a button or a link."""
        self.downloaded = ""
        if next(self.select("button", name, False, self.page), None):
            self.press(name)
        else:
            self.follow(name)
        return self.downloaded

    def sign_in(self, email: str, password: str = PASSWORD) -> None:
        self.go("/accounts/login/")
        form = next(one for one in self.page.walk() if one.attributes.get("type") == "password").find_parent("form")
        for one in form.walk():
            if one.attributes.get("name") == "login" or one.attributes.get("type") == "password":
                one.write(email if one.attributes["name"] == "login" else password)
        self.send(next(one for one in form.walk() if one.role == "button"))
        assert "/accounts/login" not in self.path

    def get_session_token(self) -> str:
        return self.client.cookies["portal"].value

    @property
    def language(self) -> str:
        return next(one.attributes["lang"] for one in self.page.walk() if one.tag == "html")

    def signal(self, *, is_on: bool) -> None:
        """Global Privacy Control, with whatever is asked for from now on."""
        self.client.defaults.pop("HTTP_SEC_GPC", None)
        if is_on:
            self.client.defaults["HTTP_SEC_GPC"] = "1"

    def be_proved(self) -> None:
        prove_session(self.get_session_token())

    def prove(self) -> None:
        self.press("Send the code")
        self.see("We have sent a code")
        next(one for one in self.page.walk() if one.attributes.get("name") == "code").write(
            code_in(post_is_delivered()[-1].body)
        )
        self.press("Confirm")
        assert PROOF_PAGE not in self.path


AnyVisit = Visit | ScriptlessVisit


def is_named(words: str, name: Name, exact: bool = False) -> bool:
    """As a browser finds what is named: any part of it, in any case, unless exact."""
    if isinstance(name, re.Pattern):
        return bool(name.search(words))
    return words == name if exact else name.lower() in words.lower()
