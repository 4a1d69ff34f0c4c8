"""Years and rows: what every figure of this page is counted with."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Min

from consents.access.models import AccessRequest
from consents.exports.rules import FIRST_DAY
from consents.ledger.models import Entry
from consents.rights.models import RightsRequest

MONTHS = range(1, 13)
LONGEST_AGO = FIRST_DAY.year  # what claims to be older was mistyped


def bounds(year: int, zone: ZoneInfo) -> dict[str, Any]:
    """Parameters of a query: the year's first moment, the one after its last, and whose days are counted."""
    return {
        "first": datetime(year, 1, 1, tzinfo=zone),
        "last": datetime(year + 1, 1, 1, tzinfo=zone),
        "zone": zone.key,
    }


def years(now: datetime, zone: ZoneInfo) -> list[int]:
    """The years on record, newest first: this one and those since the first request or ledger entry."""
    first = [
        AccessRequest.objects.aggregate(at=Min("filed_at"))["at"],
        RightsRequest.objects.aggregate(at=Min("received_at"))["at"],
        Entry.objects.aggregate(at=Min("occurred_at"))["at"],
    ]
    return years_since(min((at for at in first if at), default=now), now, zone)


def years_since(begun: datetime, now: datetime, zone: ZoneInfo) -> list[int]:
    # A moment of the year 1 has no day west of UTC.
    first = begun.astimezone(zone).year if begun.year > LONGEST_AGO else LONGEST_AGO
    return list(range(now.astimezone(zone).year, first - 1, -1))


def rows(query: str, **values: Any) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return cursor.fetchall()
