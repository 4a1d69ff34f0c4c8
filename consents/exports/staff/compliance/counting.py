"""Shared queries of the charts: bounds of a year, counts per month, and running them in one time zone."""

from datetime import datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from consents.exports.rules import FIRST_DAY

MONTHS = range(1, 13)
RECENT_DAYS = 30
FIRST_YEAR = FIRST_DAY.year  # anything older was mistyped
FIND_FIRST_MOMENT = """
SELECT least((SELECT min(filed_at) FROM access_accessrequest), (SELECT min(received_at) FROM rights_rightsrequest),
             (SELECT min(occurred_at) FROM ledger_entry))
"""
# For this transaction. Naming the zone in the query would look it up for every row, which takes three times as long. A
# generic plan would assume that every year has few rows.
SETTINGS = """
SELECT set_config('TimeZone', %s, true), set_config('plan_cache_mode', 'force_custom_plan', true),
    set_config('statement_timeout', '30s', true)
"""


def get_year_bounds(year: int, zone: ZoneInfo) -> dict[str, datetime]:
    """Return query parameters: `first` and `last` (half-open) of the year, and `month_1` to `month_12`."""
    months = {f"month_{month}": datetime(year, month, 1, tzinfo=zone) for month in MONTHS}
    return months | {"first": months["month_1"], "last": datetime(year + 1, 1, 1, tzinfo=zone)}


def get_recent_bounds(now: datetime, zone: ZoneInfo) -> dict[str, datetime]:
    """Return `first` and `last` (half-open) of thirty whole days, today the last: no more rows with a longer past."""
    today = now.astimezone(zone).date()
    first, last = (today + timedelta(days=days) for days in (1 - RECENT_DAYS, 1))
    return {name: datetime.combine(day, time(0), zone) for name, day in (("first", first), ("last", last))}


def build_month_counts(column: str) -> str:
    """Return SQL of an array: how many of a year's rows fall in each month, as differences of running counts.

    Without grouping by month PostgreSQL expects few groups and counts in parallel; it computes equal counts once.
    """
    before = ["0", *(f"count(*) FILTER (WHERE {column} < %(month_{month})s)" for month in MONTHS[1:]), "count(*)"]
    return f"ARRAY[{', '.join(f'{later} - {sooner}' for sooner, later in pairwise(before))}]"


def list_years(now: datetime, zone: ZoneInfo) -> list[int]:
    """List the years on record, newest first: from the first request or ledger entry until now."""
    with connection.cursor() as cursor:
        cursor.execute(FIND_FIRST_MOMENT)
        begun = cursor.fetchone()[0]
    return list_years_since(begun or now, now, zone)


def list_years_since(begun: datetime, now: datetime, zone: ZoneInfo) -> list[int]:
    # The first moment of year 1 cannot be converted to zones west of UTC.
    first = begun.astimezone(zone).year if begun.year > FIRST_YEAR else FIRST_YEAR
    return list(range(now.astimezone(zone).year, first - 1, -1))


def run_query(query: str, zone: ZoneInfo, **values: Any) -> list[tuple]:
    """Run a query whose dates are days of the zone. It must not return moments: Django would read them as UTC."""
    with transaction.atomic(durable=True, savepoint=False), connection.cursor() as cursor:
        cursor.execute(SETTINGS, [zone.key])
        cursor.execute(query, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows
