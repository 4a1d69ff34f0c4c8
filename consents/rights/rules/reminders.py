"""Rules for reminding officers of a day. Pure."""

from datetime import datetime, timedelta
from typing import NamedTuple

# Days before: an answer takes work, to confirm that something arrived does not.
STEPS = {"answer": (7, 2), "acknowledgement": (2,), "appeal": (7, 2)}


class Reminder(NamedTuple):
    """`of`: what is due (answer, acknowledgement, appeal); `days`: which of its reminders; `by`: the day itself."""

    of: str
    days: int
    by: datetime

    @property
    def is_last(self) -> bool:
        return self.days == min(STEPS[self.of])


def list_due_reminders(
    *, now: datetime, acknowledge_by: datetime | None, answer_by: datetime | None, appeal_by: datetime | None = None
) -> list[Reminder]:
    """List the nearest reminder of each day that is not over: a missed one is not made up for by a later one."""
    due = {"answer": answer_by, "acknowledgement": acknowledge_by, "appeal": appeal_by}
    found = [find_nearest_step(of, STEPS[of], by, now) for of, by in due.items() if by]
    return [reminder for reminder in found if reminder]


def find_nearest_step(of: str, steps: tuple[int, ...], by: datetime, now: datetime) -> Reminder | None:
    reached = [days for days in steps if by - timedelta(days=days) <= now <= by]
    return Reminder(of, min(reached), by) if reached else None
