"""Rights requests in figures: the numbers of the page are those of an independent count."""

import statistics
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from consents.core.clock import now
from consents.exports.staff.compliance import rights as charts
from consents.exports.staff.compliance import rights as figures
from consents.law.kinds import KINDS, Regime, Type
from consents.law.reasons import Reason
from consents.rights.models import RightsRequest
from consents.rights.rules import Format, Outcome, Reply
from consents.rights.services import requester_actions
from tests.world.ahead import running_ahead
from tests.world.cast import signed_in
from tests.world.rights_requests import (
    answer,
    ask_back,
    file,
    make_californian,
    search,
)
from tests.world.scene_fixtures import scene

PAGE = "/admin/compliance/"
REFUSED = Reply(Outcome.DENIED, Format.DOWNLOAD, "Not this time.", reason=Reason.LEGAL, law="GDPR Art 17(3)(b)")


@given(st.dictionaries(st.integers(0, 400), st.integers(1, 50), min_size=1, max_size=9))
def test_the_median_of_counted_days_is_that_of_the_days(counts):
    days = [day for day, count in counts.items() for _ in range(count)]

    assert figures.find_weighted_median(counts) == statistics.median(days)


def find_beginning() -> timedelta:
    """How far ahead the scene begins: its first weeks lie in one year, whatever day it is today."""
    today = now()
    is_at_its_turn = (today - timedelta(days=1)).year < (today + timedelta(weeks=3)).year
    return datetime(today.year + 1, 1, 3, tzinfo=UTC) - today if is_at_its_turn else timedelta(0)


@scene
def twelve_days(real_world):
    """Ada's copy took twelve days, her deletion is refused, her correction waits; Cal opts out at once."""
    world = real_world
    world.cal = make_californian()
    world.begins = find_beginning()
    with running_ahead() as later:
        later(world.begins)
        copy, deletion = file(world.ada), file(world.ada, Type.ERASURE)
        later(world.begins + timedelta(days=12))
        for request in (copy, deletion):
            search(world, request)
        answer(world, copy)
        answer(world, deletion, REFUSED)
        file(world.ada, Type.RECTIFICATION)
        file(world.cal, Type.OPT_OUT)
    return world


@pytest.fixture
def after(twelve_days, later):
    """`after(timedelta)`: so long after the scene began."""
    return lambda by: later(twelve_days.begins + by)


@pytest.fixture
def year(twelve_days, after):
    after(timedelta(days=12))
    return twelve_days


COUNT = """
SELECT request_type, count(*), count(*) FILTER (WHERE outcome = 'complied_whole'),
       count(*) FILTER (WHERE outcome = 'denied'), count(*) FILTER (WHERE outcome = ''),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY responded_at::date - received_at::date),
       avg(responded_at::date - received_at::date)
FROM rights_register GROUP BY 1
"""


def test_the_metrics_equal_a_count_of_their_own(year):
    page = signed_in(year.otto.user).get(PAGE)

    with connection.cursor() as cursor:
        cursor.execute(COUNT)
        counted = {row[0]: row[1:] for row in cursor.fetchall()}
    assert len(counted) == 4
    for metric in [one for one in page.context["metrics"] if one.received.total]:
        outcomes = metric.received.outcomes
        shown = (metric.received.total, *(outcomes.get(one, 0) for one in ("complied_whole", "denied", "")))
        times = (metric.times.median, metric.times.mean) if metric.times else (None, None)
        assert (*shown, *times) == pytest.approx(counted.pop(metric.received.type))
    assert not counted


BY_NAME_OF_ZONE = """
SELECT request_type, outcome, denial_reason, (responded_at AT TIME ZONE %(zone)s)::date - day,
       responded_at > coalesce(extended_to, due_at), (due_at AT TIME ZONE %(zone)s)::date - day,
       extract(month FROM day)::int
FROM rights_register CROSS JOIN LATERAL (SELECT (received_at AT TIME ZONE %(zone)s)::date AS day) AS received
WHERE extract(year FROM day) = %(year)s
"""


def one_by_one(year: int, zone: str) -> dict:
    """What `figures.counted` tells in one pass."""
    with connection.cursor() as cursor:
        cursor.execute(BY_NAME_OF_ZONE, {"zone": zone, "year": year})
        alike = defaultdict(list)
        for *same, limit, month in cursor.fetchall():
            alike[tuple(same)].append((limit, month))
    return {
        same: (min(limit for limit, _month in rows), [[month for _limit, month in rows].count(m) for m in range(1, 13)])
        for same, rows in alike.items()
    }


def test_months_and_days_are_those_of_the_zone(year, after):
    """Over a year and longer, at every hour, some of them late: somewhere each falls on another day."""
    waiting = file(year.ada)
    for place in range(24):
        after(timedelta(days=12 + 17 * place + 17 * (place % 4 == 0), hours=place))
        search(year, waiting)
        answer(year, waiting)
        waiting = file(year.ada)
    first = RightsRequest.objects.earliest("received_at").received_at.year

    for zone in ("UTC", "Europe/Berlin", "America/Los_Angeles", "Pacific/Kiritimati", "Pacific/Pago_Pago"):
        for counted_year in (first, first + 1):
            found = {one[:5]: (one.limit, one.months) for one in figures.count_requests(counted_year, ZoneInfo(zone))}
            assert found == one_by_one(counted_year, zone)
            assert len(found) > 2


def test_what_counting_needs_set_ends_with_it(year):
    """A moment read under another zone would be a wrong one."""
    figures.count_requests(now().year, ZoneInfo("Asia/Tokyo"))

    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('TimeZone'), current_setting('plan_cache_mode')")
        assert cursor.fetchone() == ("UTC", "auto")


def test_however_often_it_is_counted_the_plan_is_made_for_the_year(year):
    """One plan for any year takes each for a short one, and reads a long one row by row."""
    for _round in range(10):
        figures.count_requests(now().year, ZoneInfo("UTC"))

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT generic_plans, custom_plans FROM pg_prepared_statements WHERE statement LIKE %s",
            ["%is_late, min(%"],
        )
        (generic, custom) = cursor.fetchone()
        assert generic == 0 and custom >= 10  # the session may have counted for a test before


def test_each_chart_says_what_was_found(year):
    context = signed_in(year.otto.user).get(PAGE).context

    assert [chart.title for chart in context["open"]] == ["1 privacy request is open, 0 late"]
    assert context["times"].title == "Every answer came in time"
    assert context["reasons"].title == "1 request was refused, all or part"
    assert {row[0]: row[1] for row in context["reasons"].table.rows} == {Reason.LEGAL.label: 1}


def test_every_chart_leads_to_the_records_behind_it(year, after):
    after(timedelta(days=12))
    otto = signed_in(year.otto.user)
    context = otto.get(PAGE).context

    def listed(chart) -> set[str]:
        return {row.request_type for row in otto.get(chart.url).context["cl"].result_list}

    asked = [one.received.type for one in context["metrics"] if one.received.total]
    assert [listed(chart) for chart in context["received"]] == [{type} for type in asked]
    assert listed(context["times"]) == {Type.ACCESS, Type.ERASURE, Type.OPT_OUT}
    assert listed(context["reasons"]) == {Type.ERASURE}
    for chart in (*context["received"], context["times"], context["reasons"]):
        elsewhere = chart.url.replace(f"received={context['year']}", "received=1999")
        assert chart.url != elsewhere and otto.get(elsewhere).status_code in (200, 302)


def test_reasons_are_counted_for_each_right(year):
    page = signed_in(year.otto.user).get(PAGE)

    assert page.context["reasons_by_right"].headings == ["Right", Reason.LEGAL.label]
    assert page.context["reasons_by_right"].rows == [[Type.ERASURE.label, 1]]
    assert "Why requests were refused in full or in part" in page.text


def test_what_is_due_within_a_week_is_a_figure_of_the_first_page(year, after):
    """Ada's correction, filed today, is due in a month."""

    def figure() -> tuple[int, str]:
        shown = signed_in(year.otto.user).get("/admin/").context["figures"]
        return next((one["number"], one["url"]) for one in shown if one["url"].endswith("state=soon"))

    assert figure()[0] == 0
    last = RightsRequest.objects.get(request_type=Type.RECTIFICATION).answer_by
    after(timedelta(days=12) + last - now() - timedelta(days=6))
    number, url = figure()
    assert number == len(signed_in(year.otto.user).get(url).context["cl"].result_list) == 1
    after(timedelta(days=80))
    assert figure()[0] == 0


def answer_late_and_appeal(year, after) -> None:
    """What was answered too late is not late now; what is to be looked at again has a day of its own."""
    late = file(year.ada, Type.AUTOMATED)
    after(timedelta(days=50))
    no = Reply(Outcome.DENIED, Format.EMAIL, "No.", Reason.LEGAL, "GDPR Art 23")
    appealed = answer(year, late, no)
    requester_actions.appeal_answer(
        rights_request=appealed.pk, customer=year.ada.customer.pk, why="", by=year.ada.actor
    )
    for days, type in ((0, Type.RECIPIENTS), (24, Type.PORTABILITY), (26, Type.ACCESS)):
        after(timedelta(days=50 + days))
        file(year.ada, type, is_fresh=False)


def test_figures_bars_and_lists_count_alike(year, after, subtests):
    answer_late_and_appeal(year, after)
    for days in (50, 76, 80, 81, 83, 200):
        after(timedelta(days=days))
        with subtests.test(days=days):
            judge_first_page(signed_in(year.otto.user))


def judge_first_page(otto) -> None:
    context = otto.get("/admin/").context
    figures_of = {one["url"].partition("=")[2]: one for one in context["figures"] if "rightsrequest" in one["url"]}
    bars = dict(next(chart for chart in context["charts"] if chart.key == "open").table.rows)
    for state in ("late", "soon", "ours"):
        listed = len(otto.get(figures_of[state]["url"]).context["cl"].result_list)
        assert figures_of[state]["number"] == listed, state
    assert bars["Late"] == figures_of["late"]["number"]
    assert bars["2 days or less"] + bars["3 to 7 days"] == figures_of["soon"]["number"]
    assert sum(bars.values()) == len(otto.get("/admin/rights/rightsrequest/").context["cl"].result_list)


def test_the_metrics_name_the_rights_nobody_asked_for(year):
    named = {one.received.type: one.received.total for one in signed_in(year.otto.user).get(PAGE).context["metrics"]}

    assert set(KINDS[Regime.CCPA]) <= set(named) and named[Type.CORRECTION] == 0


def test_what_is_late_stands_first_and_alone(year, after):
    after(timedelta(days=60))

    [chart] = signed_in(year.otto.user).get(PAGE).context["open"]

    found = dict(chart.table.rows)
    assert found["Late"] == 1
    assert sum(found.values()) == 1


def test_what_waits_for_the_customer_is_never_late(year, after):
    asked = RightsRequest.objects.get(request_type=Type.RECTIFICATION)
    ask_back(year, asked)
    after(timedelta(days=60))

    [chart] = signed_in(year.otto.user).get(PAGE).context["open"]

    found = dict(chart.table.rows)
    assert (found["Late"], found["The clock stands still"], sum(found.values())) == (0, 1, 1)


def test_a_late_answer_is_counted_as_late():
    answered = [(10, False, 30, [3]), (45, True, 31, [2])]
    groups = [figures.RequestGroup(Type.ACCESS, Outcome.COMPLIED_WHOLE, "", *each) for each in answered]
    times = figures.build_response_times(Type.ACCESS, groups)

    assert (times.median, times.mean, times.slowest, times.limit, times.late) == (10, 24, 45, 30, 2)
    assert charts.draw_times_chart({Type.ACCESS: times}, 2026).title == "2 answers came after their limit"


def test_a_year_without_requests_says_so(world):
    page = signed_in(world.otto.user).get(PAGE)

    assert "No privacy requests were received this year." in page.text
    assert "No privacy request is open." in page.text


def test_rights_stand_in_one_order_whichever_the_database_counted_first():
    groups = [figures.RequestGroup(type, Outcome.COMPLIED_WHOLE, "", 3, False, 30, [1] * 12) for type in Type]

    for found in (groups, groups[::-1]):
        assert [*figures.measure_response_times(found)] == [*Type]
        assert [one.type for one in figures.sum_by_right(found)] == sorted(Type)
