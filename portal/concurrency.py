"""Give places to requests: a fixed number is served at once, so that a crowd does not slow everyone down.

Places are given on the event loop of one web process, so nothing here is locked. A request without a place holds no
thread and no database connection; after WAIT_SECONDS it is asked to come back: the portal fails closed.
"""

import asyncio
import logging
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import NamedTuple

from consents.core import crowding

WAIT_SECONDS = 2.0
log = logging.getLogger(__name__)


class Party(NamedTuple):
    """Identify whom a request is from: a known browser by its user, or anyone else by their address."""

    name: str
    is_known: bool = False


@dataclass(eq=False)
class Waiter:
    party: Party
    admitted: asyncio.Future[None]


@dataclass
class Places:
    """Admit `total` requests at once, `kept` of them for known browsers alone.

    Strangers of one address hold at most `per_address` places, a known browser `per_browser`; of each party at most
    `queue` requests wait. After one has waited in vain, others of its kind are turned away at once until a place is
    free again.
    """

    total: int
    kept: int
    per_address: int
    per_browser: int
    queue: int
    wait_seconds: float = WAIT_SECONDS
    taken: Counter[Party] = field(default_factory=Counter)
    waiting: dict[bool, deque[Waiter]] = field(default_factory=lambda: {True: deque(), False: deque()})
    jammed: set[bool] = field(default_factory=set)

    async def enter(self, party: Party) -> bool:
        """Take a place, waiting for one if need be; False if there is none in time. Who enters must `leave`."""
        if self.has_place(party):
            self.taken[party] += 1
            return True
        if party.is_known in self.jammed or self.count_waiting(party) >= self.queue:
            return self.turn_away()
        waiter = Waiter(party, asyncio.get_running_loop().create_future())
        self.waiting[party.is_known].append(waiter)
        try:
            if self.wait_seconds:
                await asyncio.wait([waiter.admitted], timeout=self.wait_seconds)
        except asyncio.CancelledError:
            if waiter.admitted.done():
                self.leave(party)
            raise
        finally:
            if not waiter.admitted.done():
                self.waiting[party.is_known].remove(waiter)
        if waiter.admitted.done():
            return True
        if self.taken.total() >= self.total:
            self.jammed.add(party.is_known)
        return self.turn_away()

    def leave(self, party: Party) -> None:
        """Give the place back, and hand it to whoever waits: known browsers first, then by arrival."""
        self.taken[party] -= 1
        if not self.taken[party]:
            del self.taken[party]
        self.jammed.clear()
        for queue in (self.waiting[True], self.waiting[False]):
            for waiter in list(queue):
                if self.has_place(waiter.party):
                    queue.remove(waiter)
                    self.taken[waiter.party] += 1
                    waiter.admitted.set_result(None)

    def has_place(self, party: Party) -> bool:
        limit = self.per_browser if party.is_known else self.per_address
        if self.taken.total() >= self.total or self.taken[party] >= limit:
            return False
        strangers = (count for other, count in self.taken.items() if not other.is_known)
        return party.is_known or sum(strangers) < self.total - self.kept

    def count_waiting(self, party: Party) -> int:
        return sum(waiter.party == party for waiter in self.waiting[party.is_known])

    def turn_away(self) -> bool:
        if not crowding.has_turned_away():
            log.warning("More requests than can be served in time: some are asked to come back.")
        crowding.note_turned_away()
        return False
