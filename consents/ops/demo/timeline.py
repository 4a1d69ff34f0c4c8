"""Time for the made-up past: the database's clock stands where the story is."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Min

from consents.access.models import AccessRequest, Grant
from consents.access.rules import RequestState
from consents.access.services import ending
from consents.copies.models import Package
from consents.copies.services import packages
from consents.core.owner import move_clock
from consents.exemptions.models import Delay
from consents.exemptions.services import ending as exempted_ending
from consents.exemptions.services import telling

TICK = timedelta(seconds=20)  # how late the worker records what time has ended


class Timeline:
    """Acts, played in the order of their moments. Between two of them the worker's jobs run when they are due.

    Moments are given as days ago and a time of day (UTC), as a day of last year, or as a length of time ago.
    """

    def __init__(self, connection: BaseDatabaseWrapper, now: datetime) -> None:
        self.connection, self.now = connection, now
        self.acts: list[tuple[datetime, Callable[[], object]]] = []

    def moment(self, days: int, time: str) -> datetime:
        hour, minute = map(int, time.split(":"))
        return (self.now - timedelta(days=days)).replace(hour=hour, minute=minute, second=7 * hour % 60)

    def last_year(self, month: int, day: int, time: str) -> datetime:
        return self.moment(0, time).replace(year=self.now.year - 1, month=month, day=day)

    def add(self, at: datetime, act: Callable[[], object]) -> None:
        self.acts.append((at, act))

    def play(self) -> None:
        """Play all acts, then the time up to now, and leave the clock as it was."""
        for at, act in sorted(self.acts, key=lambda entry: entry[0]):
            self.catch_up(at)
            self.stand_at(at)
            act()
        self.catch_up(self.now)
        move_clock(self.connection, timedelta(0))

    def stand_at(self, moment: datetime) -> None:
        move_clock(self.connection, min(moment - self.now, timedelta(0)))

    def catch_up(self, until: datetime) -> None:
        while (due := find_next_end()) and due + TICK < until:
            self.stand_at(due + TICK)
            ending.expire_due_requests()
            ending.end_due_grants()
            exempted_ending.end_due_exempted_grants()
            telling.release_due_notices()
            packages.remove_packages_when_due()


def find_next_end() -> datetime | None:
    """Return when the next pending request, live grant, delay of telling or copy of data ends, or None."""
    waiting = AccessRequest.objects.filter(state=RequestState.PENDING).aggregate(due=Min("answer_by"))["due"]
    running = Grant.objects.filter(ended_at=None).aggregate(due=Min("ends_at"))["due"]
    delayed = Delay.objects.filter(exemption__told_at=None).aggregate(due=Min("until"))["due"]
    kept = Package.objects.filter(removed_at=None).aggregate(due=Min("ends_at"))["due"]
    return min((due for due in (waiting, running, delayed, kept) if due), default=None)
