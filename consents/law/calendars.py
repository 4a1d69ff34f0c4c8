"""Say which days are closed in a jurisdiction, by the library `holidays`. Pure: the same day gives the same answer."""

from datetime import date
from functools import cache

import holidays
from django.utils.translation import gettext_lazy as _

from consents.core import countries
from consents.core.refusals import NotValid
from consents.law.clocks import FRIDAY, Calendar, Unit
from consents.law.kinds import name_provision

SOURCE = f"holidays {holidays.__version__}"
# England and Wales: a country without a calendar of its own has those of its parts.
PARTS = {"GB": "ENG"}


class NoCalendar(NotValid):
    sentence = _("The public holidays of %(country)s are not known here, so no day can be promised.")


def is_weekend(day: date) -> bool:
    return day.weekday() > FRIDAY


# Business days of the CCPA regulations are not defined there: Monday to Friday without any holiday is the earliest, and
# so the safe, reading. Calendar days have no closed day: California's general rule of time may not be relied on.
WEEKDAYS = Calendar("weekdays", "Monday to Friday", is_weekend)
EVERY_DAY = Calendar("every-day", "all days", lambda day: False)
OF_UNIT = {Unit.CALENDAR_DAY: EVERY_DAY, Unit.BUSINESS_DAY: WEEKDAYS}


def describe_rule(rule: str, calendar: str) -> str:
    """Say where a period stands, and which days count: those without a country's public holidays, or as a law says."""
    words = {WEEKDAYS.id: _("Monday to Friday"), EVERY_DAY.id: _("all days")}
    return f"{name_provision(rule)}, {words.get(calendar) or countries.get_country_name(calendar)}"


def get_calendar(unit: Unit, country: str) -> Calendar:
    """Return the calendar for a period of this unit that runs in this country. Raises NoCalendar."""
    return OF_UNIT.get(unit) or get_public_holidays(country)


@cache
def get_public_holidays(country: str) -> Calendar:
    """Close weekends and the holidays that the law names. Raises NoCalendar."""
    try:
        list_holidays(country, date.min.year)
    except NotImplementedError:
        raise NoCalendar(country=countries.get_country_name(country)) from None
    return Calendar(country, SOURCE, lambda day: is_weekend(day) or day in list_holidays(country, day.year))


@cache
def list_holidays(country: str, year: int) -> frozenset[date]:
    """List a year at once: where the library adds it to a calendar on demand, other threads read it half made.

    A substitute day off moves nothing, since earlier is safe; except in the United Kingdom, where the substitute is
    the bank holiday (Banking and Financial Dealings Act 1971).
    """
    of_part = PARTS.get(country)
    return frozenset(holidays.country_holidays(country, subdiv=of_part, years=year, observed=country == "GB"))
