"""Years and rows: what every figure of this page is counted with."""

from datetime import datetime
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from consents.exports.rules import FIRST_DAY

MONTHS = range(1, 13)
LONGEST_AGO = FIRST_DAY.year  # what claims to be older was mistyped
BEGUN = """
SELECT least((SELECT min(filed_at) FROM access_accessrequest), (SELECT min(received_at) FROM rights_rightsrequest),
             (SELECT min(occurred_at) FROM ledger_entry))
"""
# Until the end of the transaction. The zone: named in a query instead, it is looked up anew for every row, which takes
# three times as long. The plan: one for whatever year would take each for a short one.
SETTINGS = "SELECT set_config('TimeZone', %s, true), set_config('plan_cache_mode', 'force_custom_plan', true)"


def bounds(year: int, zone: ZoneInfo) -> dict[str, datetime]:
    """Parameters of a query: the year's first moment, the one after its last, and the first of each month."""
    months = {f"month_{month}": datetime(year, month, 1, tzinfo=zone) for month in MONTHS}
    return months | {"first": months["month_1"], "last": datetime(year + 1, 1, 1, tzinfo=zone)}


def by_month(column: str) -> str:
    """How many of a year's rows fall in each month, as an array: those before its end less those before its beginning.

    By bounds rather than by the name of the month: so the database knows that there are few groups, and counts in
    parallel. The same count written twice is made once.
    """
    before = ["0", *(f"count(*) FILTER (WHERE {column} < %(month_{month})s)" for month in MONTHS[1:]), "count(*)"]
    return f"ARRAY[{', '.join(f'{later} - {sooner}' for sooner, later in pairwise(before))}]"


def years(now: datetime, zone: ZoneInfo) -> list[int]:
    """The years on record, newest first: this one and those since the first request or ledger entry."""
    with connection.cursor() as cursor:
        cursor.execute(BEGUN)
        begun = cursor.fetchone()[0]
    return years_since(begun or now, now, zone)


def years_since(begun: datetime, now: datetime, zone: ZoneInfo) -> list[int]:
    # A moment of the year 1 has no day west of UTC.
    first = begun.astimezone(zone).year if begun.year > LONGEST_AGO else LONGEST_AGO
    return list(range(now.astimezone(zone).year, first - 1, -1))


def rows(query: str, zone: ZoneInfo, **values: Any) -> list[tuple]:
    """Dates in the query are days of the zone. Let it return no moment: Django would take it for one of UTC."""
    with transaction.atomic(durable=True, savepoint=False), connection.cursor() as cursor:
        cursor.execute(SETTINGS, [zone.key])
        cursor.execute(query, values)
        return cursor.fetchall()
