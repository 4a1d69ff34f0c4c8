"""What a request is answered by: the periods of its right, counted from its receipt. Pure."""

from datetime import date
from typing import Any, NamedTuple

from consents.rights.rules.calendars import calendar_of
from consents.rights.rules.clocks import Due, Period, due, target
from consents.rights.rules.kinds import APPEALS, Kind, Regime, clock_country


class Terms(NamedTuple):
    acknowledge: Due | None
    answer: Due
    target: date


def terms_of(regime: Regime, kind: Kind, received_on: date, *, home: str, waited: int = 0) -> Terms:
    """`home`: the company's country; `waited`: days for which the clock stood still. Raises NoCalendar."""
    answer = ends(regime, kind.answer, received_on, home, waited)
    acknowledge = ends(regime, kind.acknowledge, received_on, home) if kind.acknowledge else None
    return Terms(acknowledge, answer, target(answer, received_on, waited=waited))


def extended_of(regime: Regime, kind: Kind, received_on: date, *, home: str, waited: int = 0) -> Due | None:
    """Counted from the receipt, never from the first due day. None for a right that knows no extension."""
    return ends(regime, kind.extended, received_on, home, waited) if kind.extended else None


def appeal_of(regime: Regime, appealed_on: date, *, home: str) -> Due:
    return ends(regime, APPEALS[regime], appealed_on, home)


def ends(regime: Regime, period: Period, day: date, home: str, waited: int = 0) -> Due:
    return due(period, day, calendar_of(period.unit, clock_country(regime, home)), waited=waited)


def spelled(due: Due) -> dict[str, Any]:
    """As it is stored."""
    return {
        "on": due.on.isoformat(),
        "rule": due.rule,
        "unit": due.unit.value,
        "calendar": due.calendar,
        "inputs": due.inputs,
    }
