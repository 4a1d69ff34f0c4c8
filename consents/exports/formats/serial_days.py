"""Days and moments as spreadsheets count them, exact to the microsecond both ways: whole days since 1899-12-30 (UTC).

Before March 1900 Excel counts a day that never was; what lies there, or is no moment at all, stays text.
"""

from datetime import UTC, date, datetime, timedelta

ZERO = datetime(1899, 12, 30, tzinfo=UTC)
FIRST = datetime(1900, 3, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
DAY = 86_400_000_000  # microseconds
PARTS = 10**12  # of a day; finer than a microsecond, and no more digits than a program keeps


def count_serial_days(moment: str) -> str | None:
    """Return the serial number of an RFC 3339 moment, or None if a spreadsheet has none for it."""
    try:
        at = datetime.fromisoformat(moment)
    except ValueError:
        return None
    if at.tzinfo is None or at < FIRST:
        return None
    days, rest = divmod((at - ZERO) // MICROSECOND, DAY)
    part = (rest * PARTS + DAY // 2) // DAY
    return f"{days}.{part:012d}".rstrip("0").rstrip(".")


def count_whole_days(day: str) -> str | None:
    """Return the serial number of an ISO 8601 day, or None if a spreadsheet has none for it."""
    try:
        at = date.fromisoformat(day)
    except ValueError:
        return None
    return str((at - ZERO.date()).days) if at >= FIRST.date() else None


def read_serial_moment(number: str) -> str:
    """Return the moment as the other formats write it."""
    days, _point, part = number.partition(".")
    micros = (int(part.ljust(12, "0")[:12] or "0") * DAY + PARTS // 2) // PARTS
    at = ZERO + timedelta(days=int(days), microseconds=micros)
    fraction = f".{at.microsecond:06d}".rstrip("0") if at.microsecond else ""
    return f"{at:%Y-%m-%dT%H:%M:%S}{fraction}+00:00"


def read_serial_day(number: str) -> str:
    return str(ZERO.date() + timedelta(days=int(number)))
