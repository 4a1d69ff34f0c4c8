"""How long a record is kept after its end. Pure."""

from datetime import UTC, date, datetime

from dateutil.relativedelta import relativedelta

from consents.rights.rules.answers import KEPT_MONTHS


def is_over(closed_at: datetime, retain_until: date, now: datetime) -> bool:
    """Both the day on record and 24 months from the last word, which an appeal may have had later."""
    return retain_until < now.astimezone(UTC).date() and closed_at + relativedelta(months=KEPT_MONTHS) < now
