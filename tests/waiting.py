"""Waiting for what other processes do."""

import time
from collections.abc import Callable

PATIENCE = 90  # seconds that anything may take to come or come back: a busy machine is no fault
PAUSE = 0.02


def wait_until(condition: Callable[[], object], what: str) -> None:
    until = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < until, f"{what}: it did not happen."
        time.sleep(PAUSE)
