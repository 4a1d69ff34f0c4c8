"""When officers are reminded of a day. Pure."""

from datetime import datetime, timedelta
from typing import NamedTuple

# Days before: an answer takes work, to confirm that something arrived does not.
ANSWER_DAYS = (7, 2)
ACKNOWLEDGE_DAYS = (2,)


class Reminder(NamedTuple):
    """`of`: what is due (answer, acknowledgement); `days`: which of its reminders; `by`: the day itself."""

    of: str
    days: int
    by: datetime


def due_now(*, acknowledge_by: datetime | None, answer_by: datetime, now: datetime) -> list[Reminder]:
    """The nearest reminder of each day that is not over: one that was missed is not made up for by a later one."""
    found = [nearest("answer", ANSWER_DAYS, answer_by, now)]
    if acknowledge_by:
        found.append(nearest("acknowledgement", ACKNOWLEDGE_DAYS, acknowledge_by, now))
    return [reminder for reminder in found if reminder]


def nearest(of: str, steps: tuple[int, ...], by: datetime, now: datetime) -> Reminder | None:
    reached = [days for days in steps if by - timedelta(days=days) <= now <= by]
    return Reminder(of, min(reached), by) if reached else None
