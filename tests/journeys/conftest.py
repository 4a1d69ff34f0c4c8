"""A real browser: the system's own Chromium, against the live server, under the strict policy."""

import threading
from collections.abc import Generator, Iterator
from functools import cache
from pathlib import Path

import pytest
from django.core.signals import request_finished, request_started
from playwright.sync_api import Browser, expect

from tests.journeys.browsing import Visit
from tests.journeys.launching import BROWSERS
from tests.waiting import PATIENCE, wait_until

JOURNEYS = Path(__file__).parent
expect.set_options(timeout=1000 * PATIENCE)


@cache
def lies_among_journeys(path: Path) -> bool:
    return path.is_relative_to(JOURNEYS)


def is_journey(item: pytest.Item) -> bool:
    return lies_among_journeys(item.path)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if is_journey(item):
            item.add_marker(pytest.mark.browser)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None]:
    """All browsers end with the last of the journeys that follow each other: their event loop would be in the way of
    tests that run one of their own."""
    try:
        return (yield)
    finally:
        if nextitem is None or not is_journey(nextitem):
            BROWSERS.close()


@pytest.fixture
def browser() -> Browser:
    return BROWSERS.open()


@pytest.fixture
def until_all_is_answered(live_server) -> Iterator[None]:
    """A page asks also by itself, for news or to tell the zone. What is being answered when the browsers close would
    else be written into the world of the next test."""
    answering: set[int] = set()

    def begin(**_about) -> None:
        if threading.current_thread() is not threading.main_thread():
            answering.add(threading.get_ident())

    def end(**_about) -> None:
        answering.discard(threading.get_ident())

    request_started.connect(begin)
    request_finished.connect(end)
    yield
    wait_until(lambda: not answering, "the last answer")
    request_started.disconnect(begin)
    request_finished.disconnect(end)


@pytest.fixture
def visit(browser: Browser, live_server, until_all_is_answered: None) -> Iterator:
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
        context.set_default_timeout(1000 * PATIENCE)
        one = Visit(context.new_page(), live_server.url, context, script)
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
