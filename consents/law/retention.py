"""Compute how long a record is kept after its end. Pure."""

from datetime import UTC, date, datetime

from dateutil.relativedelta import relativedelta

KEPT_MONTHS = 24  # 11 CCR 7101(a): at least; counted from the answer, the later of the readings


def compute_retain_until(answered_on: date) -> date:
    until: date = answered_on + relativedelta(months=KEPT_MONTHS)
    return until


def is_past_retention(closed_at: datetime, retain_until: date, now: datetime) -> bool:
    """Require both the day on record and 24 months since the last decision, which may be that of an appeal."""
    return retain_until < now.astimezone(UTC).date() and closed_at + relativedelta(months=KEPT_MONTHS) < now
