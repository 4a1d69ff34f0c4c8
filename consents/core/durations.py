"""Lengths of time in words: "2 hours", never "PT2H"; days left as a person counts them."""

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

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


def in_words(length: timedelta) -> str:
    """The length in its one natural unit, two units where one does not do: "1 hour 30 minutes"."""
    minutes = max(1, round(length.total_seconds() / 60))
    days, minutes = divmod(minutes, 24 * 60)
    hours, minutes = divmod(minutes, 60)
    parts = [
        ngettext("%(n)d day", "%(n)d days", days) % {"n": days} if days else "",
        ngettext("%(n)d hour", "%(n)d hours", hours) % {"n": hours} if hours else "",
        ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes} if minutes else "",
    ]
    return " ".join(part for part in parts if part)


def up_to(most: timedelta) -> list[timedelta]:
    """The steps to choose from, shortest first, ending with `most` itself."""
    return [step for step in STEPS if step < most] + [most]


def left_in_words(until: datetime, now: datetime) -> str:
    """ "today", "tomorrow", "in 5 days": calendar days where the reader is. Empty for the past."""
    if until < now:
        return ""
    days = (timezone.localtime(until).date() - timezone.localtime(now).date()).days
    if days == 0:
        return _("today")
    return _("tomorrow") if days == 1 else ngettext("in %(n)d day", "in %(n)d days", days) % {"n": days}
