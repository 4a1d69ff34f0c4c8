"""Counts of one year for the charts of compliance: nobody is named in them. Each is one pass over one period."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Min

from consents.access.models import AccessRequest
from consents.access.rules import State
from consents.ledger.models import Entry

MONTHS = range(1, 13)
# A renewal is a yes again, an expiry or a revocation is nobody's no: neither is counted as the customer's act.
GIVEN, WITHDRAWN = "consent.given", "consent.withdrawn"

CONSENTS = """
SELECT purpose, event, extract(month FROM occurred_at AT TIME ZONE %(zone)s)::int, count(*)
FROM ledger_entry
WHERE occurred_at >= %(first)s AND occurred_at < %(last)s AND event = ANY(%(events)s)
GROUP BY 1, 2, 3
"""
# Unanswered past its moment is no answer, recorded as such or not yet.
ANSWERS = """
SELECT asked_team, CASE WHEN state = %(pending)s AND answer_by <= portal_now() THEN %(expired)s ELSE state END,
       count(*)
FROM access_accessrequest
WHERE filed_at >= %(first)s AND filed_at < %(last)s
GROUP BY 1, 2
"""


@dataclass(frozen=True)
class Consents:
    """Of one purpose: how often consent was given and withdrawn in each of the twelve months."""

    purpose: str
    given: Sequence[int]
    withdrawn: Sequence[int]


@dataclass(frozen=True)
class Answers:
    """Of the requests one team made: what customers said, wholly or in part; the rest waits or was cancelled."""

    team: str
    yes: int
    no: int
    none: int


def year_of(year: int, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Its first moment, and the one after its last."""
    return datetime(year, 1, 1, tzinfo=zone), datetime(year + 1, 1, 1, tzinfo=zone)


def years(now: datetime, zone: ZoneInfo) -> list[int]:
    """The years on record, newest first: this one and those since the first request or ledger entry."""
    first = [
        AccessRequest.objects.aggregate(at=Min("filed_at"))["at"],
        Entry.objects.aggregate(at=Min("occurred_at"))["at"],
    ]
    begun = min((at for at in first if at), default=now)
    return list(range(now.astimezone(zone).year, begun.astimezone(zone).year - 1, -1))


def consents(year: int, zone: ZoneInfo) -> list[Consents]:
    """One for each purpose anything happened to, the most used first."""
    first, last = year_of(year, zone)
    counted = rows(CONSENTS, zone=zone.key, first=first, last=last, events=[GIVEN, WITHDRAWN])
    found = {(purpose, event, month): count for purpose, event, month, count in counted}
    purposes = {purpose for purpose, _, _ in found}
    made = [
        Consents(
            purpose, *([found.get((purpose, event, month), 0) for month in MONTHS] for event in (GIVEN, WITHDRAWN))
        )
        for purpose in purposes
    ]
    return sorted(made, key=lambda one: (-sum(one.given) - sum(one.withdrawn), one.purpose))


def answers(year: int, zone: ZoneInfo) -> list[Answers]:
    """One for each team that asked, the busiest first."""
    first, last = year_of(year, zone)
    counted = rows(ANSWERS, first=first, last=last, pending=State.PENDING.value, expired=State.EXPIRED.value)
    found = {(team, state): count for team, state, count in counted}
    made = [
        Answers(
            team,
            found.get((team, State.APPROVED), 0) + found.get((team, State.PARTLY_APPROVED), 0),
            found.get((team, State.DENIED), 0),
            found.get((team, State.EXPIRED), 0),
        )
        for team in {team for team, _ in found}
    ]
    return sorted(made, key=lambda one: (-one.yes - one.no - one.none, one.team))


def rows(query: str, **values: Any) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return cursor.fetchall()
