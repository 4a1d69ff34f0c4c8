"""Several acts at once, from one starting line, each on a connection of its own."""

import random
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection

from consents.access.models import AccessRequest, Answer, Grant
from consents.access.rules import STEPS_OF_REQUESTS
from consents.ledger.models import Entry
from consents.ledger.selectors.chains import ChainFault, find_chain_faults
from consents.ops import rebuilding
from tests.races.browsing import Browser
from tests.waiting import PATIENCE
from tests.world.serving import handing_on

MOST_HEAD_START = 12  # statements that a runner may let the others go ahead by


def run(dice: random.Random, *acts: Callable[[], Any]) -> list[Any]:
    """What each act came to, in the order given: what it returned, or the exception it raised.

    The runners stand at one barrier; the dice say in which order they come and who starts some statements late.
    """
    outcomes: list[Any] = [None] * len(acts)
    barrier = threading.Barrier(len(acts))

    @handing_on()
    def runner(place: int, head_start: int) -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('lock_timeout', %s, false)", [f"{PATIENCE}s"])
                barrier.wait(PATIENCE)
                for _ in range(head_start):
                    cursor.execute("SELECT 1")
            outcomes[place] = acts[place]()
        except Exception as outcome:
            outcomes[place] = outcome

    places = dice.sample(range(len(acts)), len(acts))
    runners = [
        threading.Thread(target=runner, args=(place, dice.randrange(MOST_HEAD_START)), daemon=True) for place in places
    ]
    for one in runners:
        one.start()
    for one in runners:
        one.join(PATIENCE)
    assert not any(one.is_alive() for one in runners), "Somebody waits for ever."
    return outcomes


@pytest.fixture
def race(real_world, dice) -> Iterator[Callable[..., list[Any]]]:
    """`race(act, act, …)`, and afterwards every promise holds, whoever won."""
    yield lambda *acts: run(dice, *acts)
    check_promises()


def check_promises() -> None:
    """Tables and ledger tell the same, chains are whole, one terminal entry per request, no look without its entry."""
    assert [one for one in rebuilding.find_differences() if isinstance(one, rebuilding.Difference)] == []
    assert [one for one in find_chain_faults() if isinstance(one, ChainFault)] == []
    for request in AccessRequest.objects.all():
        told = Entry.objects.filter(object=str(request.pk), event__startswith="access_request.")
        ends = [entry.event for entry in told if entry.event not in ("access_request.filed", *STEPS_OF_REQUESTS)]
        assert len(ends) == (request.state != "pending"), (request.state, ends)
        assert Answer.objects.filter(access_request=request).count() <= 1
        allowed = request.state in ("approved", "partly_approved")
        assert Grant.objects.filter(access_request=request).exists() == allowed


@pytest.fixture
def browser(live_server) -> Callable[..., Browser]:
    """`browser(user)`: signed in, on a real server with real sessions."""
    return lambda user: Browser(live_server.url, user)
