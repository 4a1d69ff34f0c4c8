"""A period is whole days of one zone, half-open, and over."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from consents.exports import rules
from consents.exports.manifests import describe_days
from consents.exports.rules import BadPeriod, Dataset, Format, Period, PeriodInFuture, PeriodTooEarly, ReasonRequired

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)  # already the 25th in Berlin


def period(first: str, until: str, zone: ZoneInfo = BERLIN) -> Period:
    return Period(date.fromisoformat(first), date.fromisoformat(until), zone)


def test_its_bounds_are_midnights_of_its_zone():
    first, last = period("2026-10-01", "2026-11-01").bounds()
    assert first.astimezone(UTC) == datetime(2026, 9, 30, 22, tzinfo=UTC)
    assert last.astimezone(UTC) == datetime(2026, 10, 31, 23, tzinfo=UTC)


def test_months_meet_without_gap_or_overlap():
    assert period("2026-10-01", "2026-11-01").bounds()[1] == period("2026-11-01", "2026-12-01").bounds()[0]


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-11-24T12:00:00+00:00", ("2026-10-01", "2026-11-01")),
        ("2026-01-01T12:00:00+00:00", ("2025-12-01", "2026-01-01")),
        ("2026-10-31T23:30:00+00:00", ("2026-10-01", "2026-11-01")),
    ],
)
def test_last_month_is_the_calendar_month_before_in_its_zone(now, expected):
    assert rules.get_last_month(datetime.fromisoformat(now), BERLIN) == period(*expected)


@pytest.mark.parametrize("days", [("2026-11-01", "2026-11-01"), ("2026-11-02", "2026-11-01")])
def test_it_refuses_an_empty_or_turned_period(days):
    with pytest.raises(BadPeriod) as refusal:
        rules.check_period(period(*days), NOW)
    assert refusal.value.status == 422


def test_today_is_the_last_day():
    rules.check_period(period("2026-11-01", "2026-11-26"), NOW)
    with pytest.raises(PeriodInFuture):
        rules.check_period(period("2026-11-01", "2026-11-27"), NOW)


@pytest.mark.parametrize("reason", ["", "  \t", "x" * 201])
def test_it_refuses_no_reason_and_an_endless_one(reason):
    with pytest.raises(ReasonRequired):
        rules.check_reason(reason)


def test_its_file_name_is_made_of_codes_and_days():
    name = rules.build_file_name(Dataset.ACCESS_LOG, period("2026-10-01", "2026-11-01"), Format.CSV)
    assert name == "access-log_2026-10-01_2026-10-31.csv"


def test_the_first_and_last_days_there_are_do_no_harm():
    first, last = Period(date.min, date.max, BERLIN).bounds()
    assert first < last
    assert last - first > timedelta(days=3_000_000)
    with pytest.raises(PeriodInFuture):
        rules.check_period(Period(rules.FIRST_DAY, date.max, BERLIN), NOW)


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/Los_Angeles", "UTC"])
def test_1970_is_the_first_year(zone):
    for first in (date.min, date(1969, 12, 31)):
        with pytest.raises(PeriodTooEarly) as refusal:
            rules.check_period(Period(first, date(2026, 1, 1), ZoneInfo(zone)), NOW)
        assert refusal.value.status == 422
    rules.check_period(period("1970-01-01", "2026-01-01", ZoneInfo(zone)), NOW)


def test_days_are_told_by_the_first_and_the_last_of_them():
    assert describe_days(date(2026, 10, 1), date(2026, 10, 2)) == "1 Oct 2026"
    assert describe_days(date(2026, 10, 1), date(2026, 10, 3)) == "1 Oct to 2 Oct 2026"
    assert describe_days(date(2025, 12, 31), date(2026, 1, 2)) == "31 Dec 2025 to 1 Jan 2026"


def test_what_a_dataset_does_not_offer_is_refused(world):
    rules.check_format(Format.PDF, [Format.PDF])
    with pytest.raises(rules.UnknownFormat):
        rules.check_format(Format.PDF, [Format.CSV])
    rules.check_personal(True, True, world.otto)
    rules.check_personal(False, False, None)
    with pytest.raises(rules.NoPersonalColumns):
        rules.check_personal(True, False, world.otto)
    with pytest.raises(rules.OfficersRequired):
        rules.check_personal(True, True, None)
