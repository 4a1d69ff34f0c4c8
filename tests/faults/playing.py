"""One journey over HTTP, by people who try again what was not acknowledged, with the same token."""

import http.client
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from tests.waiting import PATIENCE

CSRF = "x" * 32
LATER = "Too many failed login attempts. Try again later."


@dataclass(frozen=True)
class Answer:
    status: int
    location: str
    text: str
    cookies: tuple[str, ...] = ()

    @property
    def is_acknowledged(self) -> bool:
        """Not one that asks for patience."""
        return self.status < 500 and self.status != 429


@dataclass
class Browser:
    """Signed in, without keeping connections: what was lost is asked again by who asks."""

    port: int
    session: str

    def ask(self, path: str, form: dict[str, Any] | None = None) -> Answer:
        """Raises OSError or HTTPException when no answer came."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            body = urlencode(form | {"csrfmiddlewaretoken": CSRF}, doseq=True) if form is not None else None
            headers = {"Cookie": f"{self.session}; csrf={CSRF}"}
            if body is not None:
                headers["Content-Type"] = "application/x-www-form-urlencoded"
            connection.request("POST" if body is not None else "GET", path, body, headers)
            answer = connection.getresponse()
            cookies = tuple(one.partition(";")[0] for one in answer.headers.get_all("Set-Cookie", []))
            return Answer(answer.status, answer.headers.get("Location", ""), answer.read().decode(), cookies)
        finally:
            connection.close()

    def insist(self, path: str, form: dict[str, Any] | None = None) -> Answer:
        """Ask until there is an acknowledgement."""
        until = time.monotonic() + PATIENCE
        while True:
            try:
                answer = self.ask(path, form)
            except (OSError, http.client.HTTPException):
                answer = Answer(599, "", "")
            if answer.is_acknowledged:
                return answer
            assert time.monotonic() < until, f"{path} was not answered in time, at last with {answer.status}."
            time.sleep(0.05)


@dataclass
class Journey:
    """Ask, answer, open, stop; where wanted, sign in before and choose after. `around(act, call)` may do something
    while the call is under way."""

    port: int
    stage: dict[str, Any]
    customer: dict[str, str]
    around: Callable[[str, Callable[[], Answer]], Answer]
    done: list[str] = field(default_factory=list)
    staff: str = ""

    def sign_in(self) -> None:
        """With the password; what was acknowledged is a session that lasts.

        Who is told to come back later does so: a process killed while it counted attempts leaves that count locked for
        ten seconds (allauth's `cache_lock`), and nobody gets in uncounted.
        """
        nobody, page, form = Browser(self.port, "a=nobody"), "/accounts/login/", self.stage["sign_in"]
        answer, until = self.act("sign in", nobody, page, form), time.monotonic() + PATIENCE
        while LATER in answer.text and time.monotonic() < until:
            time.sleep(1)
            answer = nobody.insist(page, form)
        name = self.stage["staff"].partition("=")[0]
        cookies = self.expect(answer, 302).cookies
        self.staff = next(cookie for cookie in cookies if cookie.startswith(f"{name}="))

    def choose(self) -> None:
        them, page = Browser(self.port, self.customer["session"]), f"/choices/{self.stage['purpose']}"
        given = {"answer": "given", "version": self.stage["version"], "token": str(uuid4())}
        self.expect(self.act("give", them, f"{page}/give/", given), 302)
        self.expect(self.act("withdraw", them, f"{page}/withdraw/", {"token": str(uuid4())}), 302)

    def play(self) -> None:
        staff = Browser(self.port, self.staff or self.stage["staff"])
        them = Browser(self.port, self.customer["session"])
        filed = self.act("ask", staff, "/admin/access/accessrequest/add/", self.ask_form())
        request = re.search(r"/accessrequest/([0-9a-f-]{36})/", filed.location)
        assert request, (filed.status, filed.location, filed.text[:2000])
        path = f"/requests/{request[1]}/"
        shown = hidden(them.insist(path).text)
        reply = {"digest": shown["digest"], "token": shown["token"], "decision": "all", "confirm": "1"}
        self.expect(self.act("answer", them, f"{path}answer/", reply), 302)
        page = f"/admin/open/{request[1]}/"
        grant = re.search(r'name="grant" value="([0-9a-f-]{36})"', staff.insist(page).text)
        assert grant
        opened = self.expect(self.act("open", staff, page, {"grant": grant[1]}), 200)
        assert "Marker lamp" in opened.text
        self.expect(self.act("stop", them, f"{path}stop/", {}), 302)
        assert "Marker lamp" not in self.expect(staff.insist(page, {"grant": grant[1]}), 403).text

    def act(self, name: str, browser: Browser, path: str, form: dict[str, Any]) -> Answer:
        answer = self.around(name, lambda: browser.insist(path, form))
        self.done.append(name)
        return answer

    def expect(self, answer: Answer, status: int) -> Answer:
        assert answer.status == status, (answer.status, re.sub(r"(<[^>]*>|\s)+", " ", answer.text)[:1500])
        return answer

    def ask_form(self) -> dict[str, Any]:
        return {
            "found": self.customer["found"],
            "token": str(uuid4()),
            "purpose": self.stage["version"],
            "categories": [self.stage["category"]],
            "reason": "you_contacted_us",
            "sentence": "You wrote to us about a wrong bill.",
            "duration": "7200",
            "answer_within": str(7 * 86400),
            "file": "1",
        }


def hidden(page: str) -> dict[str, str]:
    fields = re.findall(r"<input[^>]*type=\"hidden\"[^>]*>", page)
    pairs = ((re.search(r'name="([^"]*)"', one), re.search(r'value="([^"]*)"', one)) for one in fields)
    return {name[1]: value[1] for name, value in pairs if name and value}
