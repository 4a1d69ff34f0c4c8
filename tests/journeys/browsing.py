"""A person's browser: what they press, see and are sent."""

import time
from dataclasses import dataclass, field

from allauth.account.models import EmailAddress
from django.core import mail
from playwright.sync_api import BrowserContext, Locator, Page

from consents.notifications.delivery import deliver_message
from consents.notifications.models import Message
from consents.people.models import StaffMember
from consents.sessions import SessionStore
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

    def press(self, name: str) -> None:
        click(self.page.get_by_role("button", name=name).first)

    def follow(self, name: str) -> None:
        click(self.page.get_by_role("link", name=name).first)

    def speak(self, language: str) -> None:
        """By the switch at the foot of every page, named in the language itself; signed in, the record follows."""
        self.go("/help/")
        self.press(language)
        self.page.locator(".languages [aria-current]", has_text=language).wait_for()

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
        """As if an emailed code had just been confirmed in this browser."""
        token = next(cookie["value"] for cookie in self.context.cookies() if cookie["name"] == "portal")
        session = SessionStore.from_token(token)
        session["account_authentication_methods"] += [{"method": "code", "at": time.time()}]
        session.save()


def click(target: Locator) -> None:
    """Click, and wait until the page that it leads to is read whole: a browser that has only begun has nothing to count
    yet. What only changes a part of the page is waited for by its effect (`see`)."""
    page = target.page
    target.click()
    page.wait_for_load_state("domcontentloaded")


class Clicks:
    """Presses what a person presses, and counts."""

    def __init__(self, one: Visit) -> None:
        self.one, self.count = one, 0

    def link(self, name: str, within: str = "body") -> None:
        click(self.one.page.locator(within).get_by_role("link", name=name).first)
        self.count += 1

    def button(self, name: str) -> None:
        click(self.one.page.get_by_role("button", name=name, exact=True).first)
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
    """Open the staff house, signed in."""
    session = signed_in(member.user).cookies["portal"].value
    one.context.add_cookies([{"name": "portal", "value": session, "url": one.base}])
