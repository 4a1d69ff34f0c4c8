"""Two acts that meet: who won, who waited, and what holds afterwards."""

import itertools
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from consents.core.refusals import Refusal
from tests.world.serving import handing_on


def won(outcomes: list) -> list:
    """Those that were done; the others must have been refused, not have failed."""
    faults = [one for one in outcomes if isinstance(one, Exception) and not isinstance(one, Refusal)]
    assert faults == []
    return [one for one in outcomes if not isinstance(one, Refusal)]


# Others that wait for this connection.
WAITS = "SELECT count(*) FROM pg_locks AS l WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(l.pid))"


def apart(act):
    """On a connection of the thread's own."""
    with handing_on():
        return act()


LOOKERS = 4


@dataclass
class Look:
    """When it was asked for, and whether it yielded data."""

    started: float
    data: bool


def looking(look: Callable[[], bool], over: threading.Event) -> Callable[[], list[Look]]:
    """Look again and again, until two looks were begun after the end."""

    def act() -> list[Look]:
        looks: list[Look] = []
        for after in itertools.count():
            seen_over = over.is_set()
            looks.append(Look(time.monotonic(), False))
            looks[-1].data = look()
            if seen_over and after > 2:
                return looks
        return looks

    return act


def ending(act: Callable[[], object], over: threading.Event) -> Callable[[], float]:
    """The act, and the moment it was acknowledged."""

    def ended() -> float:
        try:
            act()
            return time.monotonic()
        finally:
            over.set()

    return ended


def check_no_data_after(acknowledged: float, looks: list[list[Look]]) -> None:
    for one in (acknowledged, *looks):
        if isinstance(one, Exception):
            raise one
    late = [look for look in itertools.chain(*looks) if look.started > acknowledged]
    assert len(late) >= LOOKERS
    assert not any(look.data for look in late)
