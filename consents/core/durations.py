"""Put moments and lengths of time into words ("2 hours", never "PT2H"), and days left as a person counts them."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from django.utils import timezone
from django.utils.dateformat import format as date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

STEPS = [
    timedelta(minutes=30),
    timedelta(hours=1),
    timedelta(hours=2),
    timedelta(hours=4),
    timedelta(hours=8),
    timedelta(days=1),
    timedelta(days=3),
    timedelta(days=7),
    timedelta(days=14),
    timedelta(days=30),
]


def format_local_moment(moment: datetime | None) -> str:
    """Format a moment as a clock on the wall shows it, in the active time zone and language; '' for none."""
    if moment is None:
        return ""
    return date_format(timezone.localtime(moment), pgettext("date and time format", "j F Y, H:i"))


def format_day(day: date | datetime | None) -> str:
    return date_format(day, pgettext("date format", "j F Y")) if day else ""


def get_home_day(moment: datetime) -> date:
    """Return the day where the company is, by which the law's periods are counted, whatever the reader's clock says."""
    return timezone.localdate(moment, timezone.get_default_timezone())


def keep_counts(sentence: str) -> str:
    """Keep each number on one line with the word after it: “1 late”, “31 Oct”."""
    return re.sub(r"(?<=\d)(\.?) (?=\w)", "\\1\N{NO-BREAK SPACE}", str(sentence))


def format_whole_day(day: date | datetime | None) -> str:
    """Format a day for a sentence on a page: no line ends between the day and its month."""
    return keep_counts(format_day(day))


def describe_duration(length: timedelta) -> str:
    """Describe the length in its one natural unit, or in two where one is not enough: "1 hour 30 minutes"."""
    minutes = max(1, round(length.total_seconds() / 60))
    days, minutes = divmod(minutes, 24 * 60)
    hours, minutes = divmod(minutes, 60)
    parts = [
        ngettext("%(n)d day", "%(n)d days", days) % {"n": days} if days else "",
        ngettext("%(n)d hour", "%(n)d hours", hours) % {"n": hours} if hours else "",
        ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes} if minutes else "",
    ]
    return " ".join(part for part in parts if part)


def list_durations_up_to(most: timedelta) -> list[timedelta]:
    """Return the lengths to choose from, shortest first, ending with `most` itself."""
    return [step for step in STEPS if step < most] + [most]


def describe_time_left(until: datetime, now: datetime, zone: tzinfo | None = None) -> str:
    """Return "in 58 minutes" or "in 5 hours" for less than a day, else "tomorrow" or "in 5 days", by calendar days
    where the reader is, or in `zone`; empty for the past.
    """
    if until < now:
        return ""
    if until - now < timedelta(days=1):
        return describe_hours_left(until - now)
    days = (timezone.localtime(until, zone).date() - timezone.localtime(now, zone).date()).days
    return _("tomorrow") if days == 1 else ngettext("in %(n)d day", "in %(n)d days", days) % {"n": days}


def describe_hours_left(left: timedelta) -> str:
    """Return whole hours, or minutes for less than two hours; never more than is left."""
    minutes = max(1, int(left.total_seconds() // 60))
    if minutes < 120:
        return ngettext("in %(n)d minute", "in %(n)d minutes", minutes) % {"n": minutes}
    return ngettext("in %(n)d hour", "in %(n)d hours", minutes // 60) % {"n": minutes // 60}


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
