"""Periods of the law and the days they end on. Pure.

A due day is stored with its rule, unit, calendar and inputs, so that anybody can compute it again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import Any, NamedTuple

from dateutil.relativedelta import relativedelta


class Unit(StrEnum):
    MONTH = "month"
    CALENDAR_DAY = "calendar_day"
    BUSINESS_DAY = "business_day"


@dataclass(frozen=True)
class Calendar:
    """A calendar of closed days. `id` is stored with each due day; `source` says where the closed days come from."""

    id: str
    source: str
    is_closed: Callable[[date], bool]


@dataclass(frozen=True)
class Period:
    """A length of time. `rule` names the provision that sets it; `house` rules are the company's own promise."""

    rule: str
    unit: Unit
    length: int


class Due(NamedTuple):
    """A last day, and what it was computed from."""

    on: date
    rule: str
    unit: Unit
    calendar: str
    inputs: dict[str, Any]


def compute_due(period: Period, received_on: date, calendar: Calendar, *, waited: int = 0) -> Due:
    """Compute the last day of a period that began with the receipt; `waited` is how many days the clock stood still.

    The day of receipt is not counted (Reg. 1182/71 Art 3(1); Gov. Code 6800).
    """
    raw = add_period(received_on, period, calendar) + timedelta(days=waited)
    inputs = {
        "received_on": received_on.isoformat(),
        "length": period.length,
        "waited": waited,
        "raw": raw.isoformat(),
        "source": calendar.source,
    }
    return Due(roll_to_open_day(raw, calendar), period.rule, period.unit, calendar.id, inputs)


def add_period(day: date, period: Period, calendar: Calendar) -> date:
    """Add months, to the same day or the last one (Reg. 1182/71 Art 3(2)(c)), calendar days, or open days."""
    if period.unit == Unit.BUSINESS_DAY:
        for _ in range(period.length):
            day = roll_to_open_day(day + timedelta(days=1), calendar)
        return day
    if period.unit == Unit.CALENDAR_DAY:
        return day + timedelta(days=period.length)
    later: date = day + relativedelta(months=period.length)
    return later


def roll_to_open_day(day: date, calendar: Calendar) -> date:
    """Move to the next open day (Reg. 1182/71 Art 3(4)); holidays inside a period count (Art 3(3))."""
    while calendar.is_closed(day):
        day += timedelta(days=1)
    return day


FRIDAY = 4
SAFE_DAYS = 28  # the shortest month: never later than "one month"


def compute_target(answer: Due, received_on: date, *, waited: int = 0) -> date:
    """Compute the company's own aim: 28 days instead of a month, a weekday instead of a weekend; never late."""
    if answer.unit == Unit.MONTH:
        return min(answer.on, received_on + timedelta(days=SAFE_DAYS + waited))
    day = answer.on
    while day.weekday() > FRIDAY:
        day -= timedelta(days=1)
    return day


def get_end_of_day(day: date, zone: tzinfo) -> datetime:
    """Return the last second of a due day where the company is: a period ends with its last hour (Art 3(2)(c))."""
    return datetime.combine(day, time(23, 59, 59), zone)


KEPT_MONTHS = 24  # of a record, 11 CCR 7101(a): at least; counted from the answer, the later of the readings


def compute_retain_until(answered_on: date) -> date:
    until: date = answered_on + relativedelta(months=KEPT_MONTHS)
    return until
