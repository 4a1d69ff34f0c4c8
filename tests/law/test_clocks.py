"""Every worked example of the law's sheet, and a hundred years of days."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import holidays
import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given, settings
from hypothesis import strategies as st

from consents.law import clocks
from consents.law.calendars import EVERY_DAY, WEEKDAYS, NoCalendar, get_calendar, is_weekend, list_holidays
from consents.law.clocks import Calendar, Due, Period, Unit, compute_due, compute_target
from consents.law.kinds import APPEALS, KINDS, Regime, Type, find_clock_country

# Weekends, Good Friday, Easter Monday, 1 January, 1 May, 25 and 26 December: TARGET's days are exactly these.
TARGET_DAYS = holidays.financial_holidays("ECB")
COMMON = Calendar("common", "test", lambda day: is_weekend(day) or day in TARGET_DAYS)
ACCESS = KINDS[Regime.GDPR][Type.ACCESS]
KNOW = KINDS[Regime.CCPA][Type.KNOW_SPECIFIC]


@pytest.mark.parametrize(
    ("received", "raw", "first", "extended"),
    [
        (date(2026, 3, 5), date(2026, 4, 5), date(2026, 4, 7), date(2026, 6, 5)),
        (date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 2), date(2026, 4, 30)),
        (date(2027, 1, 31), date(2027, 2, 28), date(2027, 3, 1), date(2027, 4, 30)),
        (date(2028, 1, 30), date(2028, 2, 29), date(2028, 2, 29), date(2028, 5, 2)),
        (date(2028, 1, 31), date(2028, 2, 29), date(2028, 2, 29), date(2028, 5, 2)),
        (date(2027, 2, 28), date(2027, 3, 28), date(2027, 3, 30), date(2027, 5, 28)),
        (date(2026, 8, 31), date(2026, 9, 30), date(2026, 9, 30), date(2026, 11, 30)),
        (date(2026, 11, 30), date(2026, 12, 30), date(2026, 12, 30), date(2027, 3, 1)),
    ],
    ids=str,
)
def test_a_month_and_three_as_in_the_sheet(received, raw, first, extended):
    answer = compute_due(ACCESS.answer, received, COMMON)

    assert (answer.inputs["raw"], answer.on) == (raw.isoformat(), first)
    assert compute_due(ACCESS.extended, received, COMMON).on == extended


def test_an_extension_is_counted_from_the_receipt_not_from_the_first_due_date():
    received = date(2026, 1, 31)
    two_months_on = compute_due(ACCESS.answer, received, COMMON).on + relativedelta(months=2)

    assert compute_due(ACCESS.extended, received, COMMON).on == date(2026, 4, 30) != two_months_on


@pytest.mark.parametrize(
    ("period", "on"),
    [
        (KNOW.acknowledge, date(2026, 12, 7)),
        (KINDS[Regime.CCPA][Type.OPT_OUT].answer, date(2026, 12, 14)),
        (KINDS[Regime.CCPA][Type.LIMIT].answer, date(2026, 12, 14)),
        (KNOW.answer, date(2027, 1, 7)),
        (KNOW.extended, date(2027, 2, 21)),
    ],
    ids=lambda value: value.rule if isinstance(value, Period) else str(value),
)
def test_california_counts_from_23_november(period, on):
    assert compute_due(period, date(2026, 11, 23), get_calendar(period.unit, "IE")).on == on


def test_29_february_is_a_day_like_others():
    assert compute_due(ACCESS.answer, date(2028, 2, 29), COMMON).on == date(2028, 3, 29)
    assert compute_due(Period("a year", Unit.MONTH, 12), date(2028, 2, 29), COMMON).inputs["raw"] == "2029-02-28"


def test_what_is_stored_is_enough_to_compute_it_again():
    found = compute_due(ACCESS.answer, date(2026, 3, 5), get_calendar(Unit.MONTH, "IE"))

    assert found == Due(
        date(2026, 4, 7),
        "gdpr:12(3)",
        Unit.MONTH,
        "IE",
        {
            "received_on": "2026-03-05",
            "length": 1,
            "waited": 0,
            "raw": "2026-04-05",
            "source": f"holidays {holidays.__version__}",
        },
    )


def test_days_of_waiting_are_added_before_the_day_is_rolled():
    # 5 April and 6 days are Saturday, 11 April.
    assert compute_due(ACCESS.answer, date(2026, 3, 5), COMMON, waited=6).on == date(2026, 4, 13)


@pytest.mark.parametrize(
    ("period", "received", "on"),
    [
        (ACCESS.answer, date(2026, 3, 5), date(2026, 4, 2)),
        (ACCESS.answer, date(2026, 2, 1), date(2026, 3, 1)),
        (KNOW.extended, date(2026, 11, 23), date(2027, 2, 19)),
    ],
    ids=str,
)
def test_the_companys_own_target_is_never_later(period, received, on):
    answer = compute_due(period, received, COMMON if period.unit == Unit.MONTH else EVERY_DAY)

    assert compute_target(answer, received) == on <= answer.on


def test_a_due_day_ends_with_its_last_second_where_the_company_is():
    dublin = ZoneInfo("Europe/Dublin")

    assert clocks.get_end_of_day(date(2026, 7, 1), dublin) == datetime(2026, 7, 1, 22, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize("country", ["ZZ", "XX", ""])
def test_a_country_without_a_calendar_is_refused_with_a_sentence(country):
    with pytest.raises(NoCalendar, match="not known here"):
        get_calendar(Unit.MONTH, country)


def test_the_united_kingdom_keeps_its_own_holidays():
    english = get_calendar(Unit.MONTH, find_clock_country(Regime.UK_GDPR, "IE"))
    irish = get_calendar(Unit.MONTH, find_clock_country(Regime.GDPR, "IE"))
    good_friday, patricks = date(2026, 4, 3), date(2026, 3, 17)

    assert english.is_closed(good_friday) and not irish.is_closed(good_friday)
    assert irish.is_closed(patricks) and not english.is_closed(patricks)


def test_a_substitute_day_is_a_bank_holiday_in_the_united_kingdom_alone():
    boxing_day, closed = date(2027, 12, 28), {}
    for country in ("GB", "IE"):
        closed[country] = get_calendar(Unit.MONTH, country).is_closed(boxing_day)
    assert closed == {"GB": True, "IE": False}


def test_a_holiday_is_closed_also_for_who_asks_while_its_year_is_read_for_another(monkeypatch):
    """Threads share the calendar: a due day must not be another by who asks beside."""
    christmas, portugal, asked = date(2082, 12, 25), type(holidays.country_holidays("PT")), []
    read = portugal._populate

    def read_while_another_asks(self, year: int) -> None:
        if year == christmas.year and not asked:
            asked.append(christmas)
            assert get_calendar(Unit.MONTH, "PT").is_closed(christmas)
        read(self, year)

    list_holidays.cache_clear()
    monkeypatch.setattr(portugal, "_populate", read_while_another_asks)

    assert get_calendar(Unit.MONTH, "PT").is_closed(christmas) and asked


# A hundred years. What the law allows is said here in another way than the program's.
DAYS = st.dates(date(2000, 1, 1), date(2099, 12, 31))
PERIODS = [
    (regime, period)
    for regime, kinds in KINDS.items()
    for kind in kinds.values()
    for period in (kind.acknowledge, kind.answer, kind.extended)
    if period
] + list(APPEALS.items())
COUNTRIES = ["IE", "DE", "FR", "ES", "PL", "GR", "GB", "US"]


def same_number_or_last(day: date, count: int) -> date:
    """The day of that number `count` months on, or the last of its month; by looking at each day in turn."""
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    there = [date(year, month + 1, 1) + timedelta(days=n) for n in range(31)]
    there = [one for one in there if one.month == month + 1]
    return max(one for one in there if one.day <= day.day)


def latest(period: Period, received: date, calendar: Calendar, waited: int) -> date:
    """The last day the law allows."""
    if period.unit == Unit.BUSINESS_DAY:
        weekdays = [received + timedelta(days=n) for n in range(1, 40) if (received + timedelta(days=n)).weekday() < 5]
        return weekdays[period.length - 1]
    if period.unit == Unit.CALENDAR_DAY:
        return received + timedelta(days=period.length + waited)
    day = same_number_or_last(received, period.length) + timedelta(days=waited)
    return next(one for one in (day + timedelta(days=n) for n in range(40)) if not calendar.is_closed(one))


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(PERIODS), DAYS, st.sampled_from(COUNTRIES), st.integers(0, 60))
def test_no_day_is_later_than_the_law_allows_or_closed(one, received, home, waited):
    regime, period = one
    calendar = get_calendar(period.unit, find_clock_country(regime, home))
    waited = waited if period.unit == Unit.MONTH else 0

    found = compute_due(period, received, calendar, waited=waited)

    assert received < found.on <= latest(period, received, calendar, waited)
    assert not calendar.is_closed(found.on)
    assert compute_target(found, received, waited=waited) <= found.on


@settings(max_examples=200, deadline=None)
@given(st.sampled_from([kind for kinds in KINDS.values() for kind in kinds.values() if kind.extended]), DAYS)
def test_an_extension_never_shortens(kind, received):
    calendar = get_calendar(kind.answer.unit, "IE")

    assert compute_due(kind.extended, received, calendar).on > compute_due(kind.answer, received, calendar).on


def test_business_days_skip_weekends_and_no_holiday():
    christmas_eve = date(2026, 12, 24)
    assert compute_due(Period("one", Unit.BUSINESS_DAY, 1), christmas_eve, WEEKDAYS).on == date(2026, 12, 25)
    assert compute_due(Period("two", Unit.BUSINESS_DAY, 2), christmas_eve, WEEKDAYS).on == date(2026, 12, 28)
