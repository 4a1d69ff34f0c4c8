"""The system's own Chromium: which one, how it is started and ended."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, sync_playwright

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
# Pages get their styles and boxes and are never painted, which saves two fifths of the processor; nothing can be
# clicked in them, for a click waits for a frame.
UNPAINTED = "--enable-begin-frame-control"


@contextmanager
def open_browser(*flags: str) -> Iterator[Browser]:
    if not CHROMIUM:
        if os.environ.get("CI"):
            pytest.fail("CI needs a Chromium: none in CHROMIUM or on the path.")
        pytest.skip("No Chromium in CHROMIUM or on the path.")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *flags])
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]
