"""The year in charts: the numbers are those of the records, for officers alone, whatever the size of the past."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.utils import translation

from consents.access.models import AccessRequest
from consents.catalogue.models import Usage
from consents.choices.services import answering, withdrawing
from consents.core import clock
from consents.exports.staff.compliance import rights
from consents.exports.staff.compliance.counting import get_year_bounds, list_years_since
from consents.exports.staff.compliance.page import COUNT_CONSENTS, GIVEN, WITHDRAWN
from consents.exports.staff.compliance.rights import ResponseTimes
from consents.law.kinds import Type
from tests.plans import explain_statement
from tests.world.cast import answer, ask, make_purpose, signed_in
from tests.world.exemptions import build_delay, decide, file_order, open_emergency
from tests.world.scene_fixtures import scene

PAGE = "/admin/compliance/"


@scene
def year(world):
    """Ada agrees to offers, takes it back and agrees again; allows Sam one thing, denies Kim another."""
    offers = make_purpose(
        "offers", "Send you offers", [world.categories["contact"]], world.pia.user, usage=Usage.STANDING
    )
    acts = {"customer": world.ada.customer.id, "purpose": "offers", "by": world.ada.actor}
    answering.give_consent(version=offers.pk, **acts)
    withdrawing.withdraw_consent(**acts)
    answering.give_consent(version=offers.pk, **acts)
    answer(world, ask(world, "contact"), "all")
    answer(world, ask(world, "health", member=world.kim), "none")
    ask(world, "orders", member=world.kim)
    return clock.now().year


def numbers(chart) -> list:
    return [list(row) for row in chart.table.rows]


def test_consent_is_counted_as_it_stands_in_the_ledger(world, year):
    page = signed_in(world.otto.user).get(PAGE)

    [chart] = page.context["consents"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT event FROM ledger_entry WHERE event LIKE 'consent.%' AND purpose = 'offers'")
        events = [event for (event,) in cursor.fetchall()]
    assert [sum(row[1] for row in numbers(chart)), sum(row[2] for row in numbers(chart))] == [
        events.count("consent.given"),
        events.count("consent.withdrawn"),
    ]
    assert chart.title == "Send you offers: 2 given, 1 withdrawn"
    assert chart.title in page.text


def test_answers_are_counted_by_team(world, year):
    charts = signed_in(world.pia.user).get(PAGE).context["answers"]

    assert next(chart.title for chart in charts) == "All teams: customers allowed 1 of 2 requests"
    assert len(charts) == 1 + AccessRequest.objects.values("asked_team").distinct().count()
    assert [count for _label, count in numbers(charts[0])] == [1, 1, 0]


def test_the_first_page_counts_what_was_asked_in_thirty_days(world, year, later):
    otto = signed_in(world.otto.user)

    assert find_answers(otto).title == "Asked in the last 30 days: customers allowed 1 of 2 requests"
    later(timedelta(days=29))
    assert find_answers(otto).title == "Asked in the last 30 days: customers allowed 1 of 3 requests"
    later(timedelta(days=30))
    assert find_answers(otto) is None


def find_answers(client):
    return next((chart for chart in client.get("/admin/").context["charts"] if chart.key == "answers"), None)


def test_exemptions_are_counted_by_team_and_what_is_withheld_for_compliance_alone(world):
    decide(world, file_order(world, "contact"), delay=build_delay())
    open_emergency(world, "health", member=world.kim, customer=world.ben.customer.id)

    seen = {who: signed_in(getattr(world, who).user).get(PAGE).context["exemptions"] for who in ("otto", "pia")}

    assert sum(count for chart in seen["otto"] for _label, count in numbers(chart)) == 2
    assert sum(count for chart in seen["pia"] for _label, count in numbers(chart)) == 1
    assert "exemption from asking" in seen["pia"][0].title


def test_what_nobody_answered_in_time_counts_before_the_portal_has_recorded_it(world, year, later):
    later(timedelta(days=8))
    [whole, *_] = signed_in(world.otto.user).get(f"{PAGE}?year={year}").context["answers"]

    assert sum(count for _label, count in numbers(whole)) == 3


@pytest.mark.parametrize("asked", ["1999", "x", "", "-1", "9" * 400])
def test_a_year_that_is_not_on_record_is_this_year(world, year, asked):
    page = signed_in(world.otto.user).get(PAGE, {"year": asked})

    assert page.status_code == 200
    assert page.context["year"] == year


def test_a_year_before_anything_happened_says_so(world, django_assert_max_num_queries):
    page = signed_in(world.otto.user).get(PAGE)

    assert "No one gave or withdrew consent this year." in page.text
    assert "No one asked for access this year." in page.text


def test_the_page_asks_a_bounded_number_of_queries(world, year, django_assert_max_num_queries):
    for number in range(6):
        more = make_purpose(
            f"more-{number}", f"Purpose {number}", [world.categories["contact"]], world.pia.user, usage=Usage.STANDING
        )
        answering.give_consent(
            customer=world.ada.customer.id, purpose=more.purpose.code, version=more.pk, by=world.ada.actor
        )
    otto = signed_in(world.otto.user)
    otto.get(PAGE)

    with django_assert_max_num_queries(17):
        otto.get(PAGE)


@pytest.mark.parametrize("who", ["sam", "kim"])
def test_it_is_shut_for_whoever_asks_customers(world, who):
    assert signed_in(getattr(world, who).user).get(PAGE).status_code == 403


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "UTC", "America/Los_Angeles"])
def test_a_mistyped_year_makes_no_thousand_links(zone):
    now = datetime(2026, 11, 24, 12, tzinfo=UTC)
    for begun, first in ((datetime(1, 1, 1, tzinfo=UTC), 1970), (datetime(2024, 6, 1, tzinfo=UTC), 2024)):
        assert list_years_since(begun, now, ZoneInfo(zone)) == list(range(2026, first - 1, -1))


@pytest.mark.parametrize("year", [2025, 2026])
def test_consents_are_counted_without_reading_the_entries(db, year):
    values = {"events": [GIVEN, WITHDRAWN], **get_year_bounds(year, ZoneInfo("UTC"))}
    plan = explain_statement(COUNT_CONSENTS, values, ["ledger_entry"], without=["seqscan", "bitmapscan"])

    assert "Index Only Scan using ledger_consents_by_time" in plan


@pytest.mark.parametrize(
    ("slowest", "late", "title"),
    [
        (30, 0, "Every answer came in time"),
        (58, 0, "Every answer came in time, some by a later deadline"),
        (58, 1, "1 answer came after its limit"),
    ],
)
def test_an_answer_in_time_past_its_limit_is_explained(slowest, late, title):
    """Where a deadline was extended the dot lies past the line."""
    times = ResponseTimes(Type.ACCESS, median=9, mean=9, slowest=slowest, limit=30, late=late)

    assert rights.draw_times_chart({Type.ACCESS: times}, 2025).title == title


@pytest.mark.parametrize("language", ["en", "de", "es"])
def test_the_words_under_a_line_of_time_fit_a_telephone(language):
    """A picture does not break lines: what is longer than this is cut on a telephone."""
    times = ResponseTimes(Type.ACCESS, median=12, mean=9, slowest=25, limit=30, late=0)

    with translation.override(language):
        assert len(rights.describe_times(times)) <= 42


def test_a_reader_of_german_reads_numbers_written_in_german():
    times = ResponseTimes(Type.ACCESS, median=12.5, mean=9, slowest=25, limit=30, late=0)

    with translation.override("de"):
        chart = rights.draw_open_chart([("", 1250), ("", 2)])
        assert re.findall(r"[\d.,]+\d", chart.title) == ["1.252", "1.250"]
        assert [bar.shown for bar in chart.shapes] == ["1.250", "2"]
        assert "12,5" in rights.describe_times(times)
        assert rights.draw_times_chart({Type.ACCESS: times}, 2025).table.rows[0][1:3] == ["12,5", "9,0"]
