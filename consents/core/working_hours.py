"""The hours in which staff work, as an installation states them: "Mon-Fri 07:00-19:00"."""

import re
from dataclasses import dataclass
from datetime import time

DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
STATED = re.compile(rf"({'|'.join(DAYS)})-({'|'.join(DAYS)}) (\d\d:\d\d)-(\d\d:\d\d)")


@dataclass(frozen=True)
class WorkingHours:
    """`days`: 1 is Monday, as in ISO 8601. `ends` is the last moment of a working day."""

    days: list[int]
    begins: time
    ends: time


def parse_working_hours(text: str) -> WorkingHours | None:
    """Return None for an empty text: every hour is a working hour. Raises ValueError."""
    if not text:
        return None
    stated = STATED.fullmatch(text)
    if not stated:
        raise ValueError(text)
    first, last = DAYS.index(stated[1]) + 1, DAYS.index(stated[2]) + 1
    begins = time.fromisoformat(stated[3])
    ends = time.max if stated[4] == "24:00" else time.fromisoformat(stated[4])
    if first > last or begins >= ends:
        raise ValueError(text)
    return WorkingHours(list(range(first, last + 1)), begins, ends)
