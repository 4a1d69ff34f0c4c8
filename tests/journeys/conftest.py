"""A real browser: the system's own Chromium, against the live server, under the strict policy."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from consents.notifications.delivery import deliver
from consents.notifications.models import Message
from tests.cast import PASSWORD

# The shell draws pages like the others and has no windows: it leaves the processor more room.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser")
CHROMIUM = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
# They keep the browser from calling out, and let it run as root and in containers.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "journeys" in item.path.parts:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Ended with its module: its event loop would be in the way of tests that run one of their own."""
    if not CHROMIUM:
        if os.environ.get("CI"):
            pytest.fail("CI needs a Chromium: none in CHROMIUM or on the path.")
        pytest.skip("No Chromium in CHROMIUM or on the path.")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


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
        self.page.get_by_text(text).first.wait_for(state="visible", timeout=5000)

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name).first.click()

    def follow(self, name: str) -> None:
        self.page.get_by_role("link", name=name).first.click()

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
        form.locator("button").first.click()
        self.page.wait_for_url(lambda url: "/accounts/login" not in url)


class Clicks:
    """Presses what a person presses, and counts."""

    def __init__(self, one: Visit) -> None:
        self.one, self.count = one, 0

    def link(self, name: str, within: str = "body") -> None:
        self.one.page.locator(within).get_by_role("link", name=name).first.click()
        self.count += 1

    def button(self, name: str) -> None:
        self.one.page.get_by_role("button", name=name, exact=True).first.click()
        self.count += 1


@pytest.fixture
def visit(browser: Browser, live_server) -> Iterator:
    """`visit(script=True, width=1280, scheme="light")` opens a fresh browser for one person.

    `locale`: what the browser asks for in Accept-Language.
    """
    visits: list[Visit] = []

    def begin(*, script: bool = True, width: int = 1280, scheme: str = "light", locale: str = "en-US") -> Visit:
        context = browser.new_context(
            java_script_enabled=script,
            viewport={"width": width, "height": 900},
            color_scheme=scheme,
            locale=locale,
            service_workers="block",
            reduced_motion="reduce",
        )
        one = Visit(context.new_page(), live_server.url, context, script)
        one.page.set_default_timeout(8000)
        listen(one)
        visits.append(one)
        return one

    yield begin
    messages = [message for one in visits for message in one.messages]
    for one in visits:
        one.context.close()
    assert messages == []


def listen(one: Visit) -> None:
    """The browser's own note of a refused status is no message of ours; everything else is."""

    def note(message) -> None:
        if message.type in ("error", "warning") and "status of 4" not in message.text:
            one.messages.append(f"{message.type}: {message.text}")

    one.context.on("console", note)
    one.context.on("weberror", lambda error: one.messages.append(str(error.error)))


@pytest.fixture(params=[True, False], ids=["script", "no-script"])
def script(request: pytest.FixtureRequest) -> bool:
    """The whole journey with scripts enabled, and whole with scripts disabled."""
    return request.param


def give_password(user) -> None:
    user.set_password(PASSWORD)
    user.save(update_fields=["password"])
    EmailAddress.objects.get_or_create(user=user, email=user.email, defaults={"verified": True, "primary": True})


def post_is_delivered() -> list:
    """Do what the mail job does; the mails sent, oldest first."""
    for message in Message.objects.filter(sent_at=None).order_by("queued_at"):
        deliver(message=message.pk)
    return mail.outbox
