"""The system's own Chromium: which one, how it is started and ended."""

import os
import shutil
from contextlib import ExitStack

import pytest
from django.db import connections
from playwright.sync_api import Browser, Playwright, sync_playwright

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
    # No page lives as long as it takes to make its scripts fast: a tenth of the processor.
    "--js-flags=--no-opt --no-maglev",
]
# Pages get their styles and boxes and are never painted, which saves two fifths of the processor; nothing can be
# clicked in them, for a click waits for a frame.
UNPAINTED = "--enable-begin-frame-control"


class Browsers:
    """The open ones of this worker: one for each way of starting it, from the first test that needs it on. Several
    files share them: starting one, and the program that drives it, costs as much as ten pages."""

    def __init__(self) -> None:
        self.stack = ExitStack()
        self.playwright: Playwright | None = None
        self.known: dict[tuple[str, ...], Browser] = {}

    def open(self, *flags: str) -> Browser:
        """Return the one that was started with these flags; one that has crashed is started anew."""
        if flags not in self.known or not self.known[flags].is_connected():
            path, playwright = find_chromium(), self.start_playwright()
            self.known[flags] = playwright.chromium.launch(executable_path=path, args=[*FLAGS, *flags])
            self.stack.callback(self.known[flags].close)
        return self.known[flags]

    def start_playwright(self) -> Playwright:
        """Its event loop makes Django believe that whatever is asked of the database is asked in a coroutine."""
        if self.playwright is None:
            os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
            self.stack.callback(os.environ.pop, "DJANGO_ALLOW_ASYNC_UNSAFE")
            self.playwright = self.stack.enter_context(sync_playwright())
        return self.playwright

    def close(self) -> None:
        """With the event loop ends what can be seen only in it: the connection to the database of these tests."""
        if self.playwright is not None:
            connections.close_all()
        self.stack.close()
        self.playwright, self.known = None, {}


BROWSERS = Browsers()


def find_chromium() -> str:
    if CHROMIUM:
        return CHROMIUM
    if os.environ.get("CI"):
        pytest.fail("CI needs a Chromium: none in CHROMIUM or on the path.")
    pytest.skip("No Chromium in CHROMIUM or on the path.")
