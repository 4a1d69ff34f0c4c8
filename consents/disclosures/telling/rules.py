"""Decide when a customer is told of looks at their data. Pure."""

from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from django.db import models
from django.utils.translation import gettext_lazy as _

MORNING = time(8)  # of a digest, where the customer is
# Tries that were refused are told at once, then in one email for all of the time that follows.
REFUSED_EVERY = timedelta(days=1)


class Stream(StrEnum):
    """Tell apart what has emails of its own: looks with permission, looks without, and tries that were refused."""

    ALLOWED = "allowed"
    EXEMPTED = "exempted"
    REFUSED = "refused"


class HowOften(models.TextChoices):
    EACH = "each", _("Each time, within a few minutes")
    DAILY = "daily", _("Once a day, if somebody looked")
    WEEKLY = "weekly", _("Once a week, if somebody looked")
    NEVER = "never", _("Never")


def find_next_digest(how_often: HowOften, now: datetime, zone: ZoneInfo) -> datetime:
    """Return the next morning, or that of the next Monday, after the day of `now` in the customer's time zone."""
    today = now.astimezone(zone).date()
    days = 7 - today.weekday() if how_often == HowOften.WEEKLY else 1
    return datetime.combine(today + timedelta(days), MORNING, zone)
