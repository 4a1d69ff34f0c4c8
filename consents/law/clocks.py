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


# From which age a person consents alone to an online service: GDPR Art 8(1) and the national law made under it (behind
# each; from general knowledge, November 2026: have counsel check before relying on it). 16 where no law says less.
AGE_WHERE_NO_LAW_SAYS_LESS = 16
AGE_OF_OWN_CONSENT = {
    "AT": 14,  # DSG § 4(4)
    "BE": 13,  # Act of 30 July 2018, Art 7
    "BG": 14,  # Personal Data Protection Act, Art 25c
    "CY": 14,  # Law 125(I)/2018, s 8
    "CZ": 15,  # Act 110/2019, § 7
    "DK": 15,  # Databeskyttelsesloven § 6(2), since 2024
    "EE": 13,  # IKS § 8
    "ES": 14,  # LOPDGDD Art 7
    "FI": 13,  # Data Protection Act 1050/2018, § 5
    "FR": 15,  # Loi Informatique et Libertés, Art 45
    "GB": 13,  # Data Protection Act 2018, s 9
    "GR": 15,  # Law 4624/2019, Art 21
    "IS": 13,  # Act 90/2018, Art 10
    "IT": 14,  # Codice privacy, Art 2-quinquies
    "LT": 14,  # ADTAI Art 6
    "LV": 13,  # Personal Data Processing Law, s 33
    "MT": 13,  # S.L. 586.11
    "NO": 13,  # Personopplysningsloven § 5
    "PT": 13,  # Lei 58/2019, Art 16
    "SE": 13,  # Act 2018:218, ch 2 § 4
    "SI": 15,  # ZVOP-2, Art 8
    "US": 13,  # COPPA, 16 CFR 312.2; Civ 1798.120(c): from 13 a person opts in to sale themself
}


def get_age_of_own_consent(country: str) -> int:
    return AGE_OF_OWN_CONSENT.get(country.upper(), AGE_WHERE_NO_LAW_SAYS_LESS)


def is_below_age(born_on: date | None, country: str, today: date) -> bool:
    """Tell whether this person cannot consent alone yet. Someone without a birth date on file counts as of age."""
    return born_on is not None and born_on + relativedelta(years=get_age_of_own_consent(country)) > today
