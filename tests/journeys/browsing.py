"""A person's browser: what they press, see and are sent."""

import re
import time
from dataclasses import dataclass, field
from pathlib import Path

from allauth.account.models import EmailAddress
from django.core import mail
from playwright.sync_api import BrowserContext, Locator, Page

from consents.accounts.sessions import SessionStore
from consents.notifications.delivery import deliver_message
from consents.notifications.models import Message
from consents.people.models import StaffMember
from tests.world.cast import PASSWORD, signed_in
from tests.world.proofs import PROOF_PAGE, code_in


@dataclass
class Visit:
    """One person's browser: `page`, and every console message it gave (there must be none)."""

    page: Page
    base: str
    context: BrowserContext
    script: bool = True
    messages: list[str] = field(default_factory=list)

    def go(self, path: str) -> Page:
        self.page.goto(self.base + path)
        return self.page

    def see(self, text: str) -> None:
        self.page.get_by_text(text).first.wait_for(state="visible")

    def count(self, text: str, *, near: str) -> int:
        """How often the section says it that is named by the element with this id."""
        return self.page.locator(f"section[aria-labelledby={near}]").get_by_text(text).count()

    def press(self, name: str | re.Pattern[str], *, exact: bool = False) -> None:
        click(self.page.get_by_role("button", name=name, exact=exact).first)

    def follow(self, name: str, *, exact: bool = False, near: str = "", row: str = "") -> None:
        """`near`: in what is closest around the element with this id; `row`: in the first row of a table with it."""
        place, link = self.page.locator("body"), self.page.get_by_role("link", name=name or None, exact=exact)
        if row:
            place = self.page.locator("tr", has_text=row).first
        elif near:
            place = self.page.locator(f"xpath=//*[@id='{near}']/ancestor-or-self::*").filter(has=link).last
        click(place.get_by_role("link", name=name or None, exact=exact).first)

    def meets(self, label: str, *, unless: str) -> bool:
        """Whether the page asks for this, and not says that."""
        field = self.page.get_by_label(label)
        field.or_(self.page.get_by_text(unless)).first.wait_for()
        return bool(field.count())

    def tick(self, label: str, *, exact: bool = False) -> None:
        self.page.get_by_label(label, exact=exact).check()

    def untick_all(self, name: str) -> None:
        for box in self.page.locator(f"[name={name}]").all():
            box.set_checked(False)

    def fill(self, label: str, text: str, *, exact: bool = False) -> None:
        self.page.get_by_label(label, exact=exact).fill(text)

    def choose(self, label: str, option: str) -> None:
        """By what the option says, or by its value."""
        self.page.get_by_label(label).select_option(option)

    def is_ticked(self, label: str) -> bool:
        return self.page.get_by_label(label).is_checked()

    def download(self, name: str) -> str:
        """By a button or a link."""
        with self.page.expect_download() as found:
            self.page.get_by_role("button", name=name).or_(self.page.get_by_role("link", name=name)).first.click()
        return Path(found.value.path()).read_text(newline="")

    @property
    def path(self) -> str:
        return self.page.url.removeprefix(self.base)

    def get_session_token(self) -> str:
        return next(cookie["value"] for cookie in self.context.cookies() if cookie["name"] == "portal")

    def go_on_with(self, session: str) -> None:
        """As who has signed in already."""
        self.context.add_cookies([{"name": "portal", "value": session, "url": self.base}])

    def sign_in(self, email: str, password: str = PASSWORD) -> None:
        """By password, as on the sign-in page."""
        self.go("/accounts/login/")
        form = self.page.locator("form", has=self.page.locator("input[type=password]"))
        form.locator("input[name=login]").fill(email)
        form.locator("input[type=password]").fill(password)
        click(form.locator("button").first)
        self.page.wait_for_url(lambda url: "/accounts/login" not in url)

    def prove(self) -> None:
        """By an emailed code, on the page that asks for it."""
        self.press("Send the code")
        self.see("We have sent a code")
        self.page.locator("input[name=code]").fill(code_in(post_is_delivered()[-1].body))
        self.press("Confirm")
        self.page.wait_for_url(lambda url: PROOF_PAGE not in url)

    def be_proved(self) -> None:
        prove_session(self.get_session_token())


def prove_session(token: str) -> None:
    """As if an emailed code had just been confirmed in this browser."""
    session = SessionStore.from_token(token)
    known = session.get("account_authentication_methods", [])
    session["account_authentication_methods"] = [*known, {"method": "code", "at": time.time()}]
    session["account_authentication_methods_user"] = session["_auth_user_id"]
    session.save()


def click(target: Locator) -> None:
    """Click, and wait until the page that it leads to is read whole: a browser that has only begun has nothing to count
    yet. What only changes a part of the page is waited for by its effect (`see`)."""
    page = target.page
    target.click()
    page.wait_for_load_state("domcontentloaded")


class Clicks:
    """Presses what a person presses, and counts."""

    def __init__(self, one) -> None:
        self.one, self.count = one, 0

    def link(self, name: str, near: str = "") -> None:
        self.one.follow(name, near=near)
        self.count += 1

    def button(self, name: str) -> None:
        self.one.press(name, exact=True)
        self.count += 1


def give_password(user) -> None:
    user.set_password(PASSWORD)
    user.save(update_fields=["password"])
    EmailAddress.objects.get_or_create(user=user, email=user.email, defaults={"verified": True, "primary": True})


def post_is_delivered() -> list:
    """Do what the mail job does; the mails sent, oldest first."""
    for message in Message.objects.filter(sent_at=None).order_by("queued_at"):
        deliver_message(message=message.pk)
    return mail.outbox


def enter(one: Visit, member: StaffMember) -> None:
    """Open the staff site, signed in."""
    one.go_on_with(signed_in(member.user).cookies["portal"].value)
