"""Compute the due days of a request: the periods of its right, counted from its receipt. Pure."""

from datetime import date
from typing import Any, NamedTuple

from consents.law.calendars import get_calendar
from consents.law.clocks import Due, Period, compute_due, compute_target
from consents.law.kinds import APPEALS, Kind, Regime, find_clock_country


class Terms(NamedTuple):
    acknowledge: Due | None
    answer: Due
    target: date


def compute_terms(regime: Regime, kind: Kind, received_on: date, *, home: str, waited: int = 0) -> Terms:
    """Compute the due days. `home`: the company's country; `waited`: days the clock stood still, which count where the
    law lets it wait. Raises NoCalendar."""
    waited = waited if kind.pauses else 0
    answer = compute_period_end(regime, kind.answer, received_on, home, waited)
    acknowledge = compute_period_end(regime, kind.acknowledge, received_on, home) if kind.acknowledge else None
    return Terms(acknowledge, answer, compute_target(answer, received_on, waited=waited))


def compute_extension(regime: Regime, kind: Kind, received_on: date, *, home: str, waited: int) -> Due | None:
    """Count from the receipt, never from the first due day. None for a right without one. Raises NoCalendar."""
    waited = waited if kind.pauses else 0
    return compute_period_end(regime, kind.extended, received_on, home, waited) if kind.extended else None


def compute_appeal_due(regime: Regime, appealed_on: date, *, home: str) -> Due:
    return compute_period_end(regime, APPEALS[regime], appealed_on, home)


def compute_period_end(regime: Regime, period: Period, day: date, home: str, waited: int = 0) -> Due:
    return compute_due(period, day, get_calendar(period.unit, find_clock_country(regime, home)), waited=waited)


def describe_due(due: Due) -> dict[str, Any]:
    """Spell it as it is stored."""
    return due._asdict() | {"on": due.on.isoformat()}
