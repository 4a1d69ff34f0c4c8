"""Time for the made-up past: the database's clock stands where the story is."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model

from consents.access.rules import RequestState
from consents.access.services import ending
from consents.copies.services import packages
from consents.core.owner import move_clock
from consents.exemptions.services import deciding as exempted_ending
from consents.exemptions.services import telling

# In SQL: it is asked between any two acts.
NEXT_END = """
SELECT least(
    (SELECT min(answer_by) FROM access_accessrequest WHERE state = %s),
    (SELECT min(ends_at) FROM access_grant WHERE ended_at IS NULL),
    (SELECT min(d.until) FROM exemptions_delay AS d JOIN exemptions_exemption AS e ON e.id = d.exemption_id
     WHERE e.told_at IS NULL),
    (SELECT min(ends_at) FROM copies_package WHERE removed_at IS NULL))
"""
TICK = timedelta(seconds=20)  # how late the worker records what time has ended


class Played[Row: Model]:
    """Hold what a line of the story became, once its moment was played."""

    row: Row | None = None

    @property
    def played(self) -> Row:
        assert self.row is not None
        return self.row

    @property
    def id(self) -> Any:
        return self.played.pk


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
    with connection.cursor() as cursor:
        cursor.execute(NEXT_END, [RequestState.PENDING])
        due: datetime | None = cursor.fetchone()[0]
    return due
