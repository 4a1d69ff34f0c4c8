"""Waiting for what other processes do."""

import time
from collections.abc import Callable

from django.db import connection

PATIENCE = 240  # seconds that anything may take to come or come back: a busy machine is no fault
PAUSE = 0.02
LONG_PAUSE = 0.2  # where each look costs: all processes are listed, or a connection is opened


def wait_until(condition: Callable[[], object], what: str, pause: float = PAUSE) -> None:
    until = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < until, f"{what}: it did not happen."
        time.sleep(pause)


def wait_until_somebody_waits() -> None:
    """Until another connection waits for a lock; the statement timeout bounds it. It looks every two milliseconds: to
    look all the time would take the processor from whom it waits for."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DO $$ BEGIN WHILE NOT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()"
            " AND wait_event_type = 'Lock') LOOP PERFORM pg_sleep(0.002), pg_stat_clear_snapshot(); END LOOP; END $$"
        )
