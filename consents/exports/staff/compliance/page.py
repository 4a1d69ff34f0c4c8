"""Count consents given and withdrawn for each purpose, from the ledger."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.dates import MONTHS_AP
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_safe

from consents.access.rules import RequestState
from consents.catalogue import selectors as catalogue
from consents.catalogue.models import PurposeVersion
from consents.core import charts, clock
from consents.core.admin import check_role, get_role
from consents.core.charts import Bar, Chart, Table, format_number
from consents.exports import selectors
from consents.exports.staff.compliance import counting, rights
from consents.exports.staff.compliance.counting import MONTHS, build_month_counts, get_year_bounds, run_query
from consents.people.models import Role
from consents.people.selectors import MADE_UP_CUSTOMER
from consents.people.services.holding import OFFICERS


@require_safe
def show_compliance(request: HttpRequest) -> HttpResponse:
    """Show the charts of `?year=`, or of this year if that one is not on record."""
    check_role(request, OFFICERS)
    now, zone = clock.now(), selectors.get_time_zone()
    years = counting.list_years(now, zone)
    year = next((year for year in years if str(year) == request.GET.get("year")), years[0])
    counted = rights.count_requests(year, zone)
    received, times = rights.sum_by_right(counted), rights.measure_response_times(counted)
    context = admin.site.each_context(request) | {
        "title": _("The year %(year)s in charts") % {"year": year},
        "year": year,
        "years": years,
        "now": now,
        "open": draw_open_requests(zone),
        "times": rights.draw_times_chart(times, year) if times else None,
        "received": rights.draw_received_charts(received, year),
        "metrics": rights.build_metrics(received, times),
        "reasons": rights.draw_reasons_chart(received, year),
        "reasons_by_right": rights.build_reasons_table(received),
        "consents": draw_consents(count_consents(year, zone)),
        "answers": draw_answers(count_answers(counting.get_year_bounds(year, zone), zone)),
        "exemptions": counting.draw_exemptions(
            counting.count_exemptions(year, zone, with_withheld=get_role(request) == Role.COMPLIANCE_OFFICER)
        ),
        "answers_url": reverse("admin:access_accessrequest_changelist") + "?state=over",
    }
    return render(request, "admin/exports/compliance.html", context)


def draw_today_charts(request: HttpRequest) -> list[Chart]:
    """Draw the two charts of the first page: open rights requests, and what customers answered lately."""
    if get_role(request) not in OFFICERS:
        return []
    zone = selectors.get_time_zone()
    recent = count_answers(counting.get_recent_bounds(clock.now(), zone), zone)
    return [*draw_open_requests(zone), *draw_recent_answers(recent)]


def draw_open_requests(zone: ZoneInfo) -> list[Chart]:
    """Draw the chart of open requests; an empty list if nothing is open."""
    found = rights.count_open_by_days_left(zone)
    return [rights.draw_open_chart(found)] if any(count for _label, count in found) else []


# Count how customers answered the requests of each team.

# Past its deadline a pending request counts as expired, whether that is recorded yet or not.
COUNT_ANSWERS = """
SELECT asked_team, CASE WHEN state = %(pending)s AND answer_by <= portal.now() THEN %(expired)s ELSE state END, count(*)
FROM access_accessrequest
WHERE filed_at >= %(first)s AND filed_at < %(last)s
GROUP BY 1, 2
"""


type Counts = dict[str, Counter[str]]

# (part, label, tone of its bar); requests that wait or were cancelled are no part.
PARTS = (
    ("yes", gettext_lazy("Allowed, all or part"), "yes"),
    ("no", gettext_lazy("Denied"), "plain"),
    ("none", gettext_lazy("Not answered in time"), "late"),
)
PART_OF_STATE = {
    RequestState.APPROVED: "yes",
    RequestState.PARTLY_APPROVED: "yes",
    RequestState.DENIED: "no",
    RequestState.EXPIRED: "none",
}


def count_answers(bounds: Mapping[str, datetime], zone: ZoneInfo) -> Counts:
    """Count the answers to what was asked within the bounds for each team, the busiest team first."""
    states = {"pending": RequestState.PENDING.value, "expired": RequestState.EXPIRED.value}
    teams: Counts = {}
    for team, state, count in run_query(COUNT_ANSWERS, zone, **states, **bounds):
        answers = teams.setdefault(team, Counter())
        if state in PART_OF_STATE:
            answers[PART_OF_STATE[state]] += count
    return dict(sorted(teams.items(), key=lambda entry: (-entry[1].total(), entry[0])))


def draw_answers(teams: Counts) -> list[Chart]:
    """Draw a chart for all teams together, then one for each team."""
    shown = list(teams.items())
    if len(shown) > 1:
        shown.insert(0, (_("All teams"), sum(teams.values(), Counter())))
    return [draw_team_chart(f"answers-{place}", *team) for place, team in enumerate(shown)]


def draw_recent_answers(teams: Counts) -> list[Chart]:
    """Draw the chart of all teams together, counted within `get_recent_bounds`; none where nobody asked."""
    everybody = sum(teams.values(), Counter())
    return [draw_team_chart("answers", _("Asked in the last 30 days"), everybody)] if teams else []


def draw_team_chart(key: str, team: str, answers: Counter[str]) -> Chart:
    title = ngettext(
        "%(team)s: customers allowed %(yes)s of %(ended)s request",
        "%(team)s: customers allowed %(yes)s of %(ended)s requests",
        answers.total(),
    )
    return charts.draw_bars(
        [Bar(label, answers[part], tone=tone) for part, label, tone in PARTS],
        key=key,
        title=title % {"team": team, "yes": format_number(answers["yes"]), "ended": format_number(answers.total())},
        about=_("Three bars: requests allowed, denied, and not answered in time."),
        table=Table([_("Answer"), _("Requests")], [[label, answers[part]] for part, label, _tone in PARTS]),
    )


# Renewals, expiries and revocations are left out: they are not a customer's new yes or no.
GIVEN, WITHDRAWN = "consent.given", "consent.withdrawn"
COUNT_CONSENTS = f"""
SELECT purpose, event, {build_month_counts("occurred_at")}
FROM ledger_entry
WHERE occurred_at >= %(first)s AND occurred_at < %(last)s AND event = ANY(%(events)s)
  AND customer IS DISTINCT FROM {MADE_UP_CUSTOMER}
GROUP BY 1, 2
"""


@dataclass(frozen=True)
class PurposeConsents:
    """Consents given and withdrawn for one purpose in each of the twelve months."""

    purpose: str
    given: Sequence[int]
    withdrawn: Sequence[int]


def count_consents(year: int, zone: ZoneInfo) -> list[PurposeConsents]:
    """Count for each purpose with at least one event, the busiest first."""
    counted = run_query(COUNT_CONSENTS, zone, events=[GIVEN, WITHDRAWN], **get_year_bounds(year, zone))
    found = {(purpose, event): months for purpose, event, months in counted}
    none = [0] * len(MONTHS)
    totals = [
        PurposeConsents(purpose, found.get((purpose, GIVEN), none), found.get((purpose, WITHDRAWN), none))
        for purpose in {purpose for purpose, _event in found}
    ]
    return sorted(totals, key=lambda consents: (-sum(consents.given) - sum(consents.withdrawn), consents.purpose))


def draw_consents(found: Sequence[PurposeConsents]) -> list[Chart]:
    """Draw a chart per purpose. A purpose that is no longer in force is titled with its code."""
    known = {version.purpose.code: version for version in catalogue.select_in_force()}
    return [draw_purpose_chart(consents, known.get(consents.purpose)) for consents in found]


def draw_purpose_chart(consents: PurposeConsents, version: PurposeVersion | None) -> Chart:
    given, withdrawn = sum(consents.given), sum(consents.withdrawn)
    most = max(given, withdrawn)
    lines = [
        charts.build_steps(_("given"), consents.given, most, "given"),
        charts.build_steps(_("withdrawn"), consents.withdrawn, most, "withdrawn"),
    ]
    return Chart(
        key=f"consent-{consents.purpose}",
        title=_("%(purpose)s: %(given)s given, %(withdrawn)s withdrawn")
        % {
            "purpose": version.name if version else consents.purpose,
            "given": format_number(given),
            "withdrawn": format_number(withdrawn),
        },
        about=_("Two lines that rise with every consent given and every consent withdrawn, month by month."),
        table=Table(
            [_("Month"), _("given"), _("withdrawn")],
            [[MONTHS_AP[month], consents.given[month - 1], consents.withdrawn[month - 1]] for month in MONTHS],
        ),
        template="admin/charts/steps.html",
        height=140,
        shapes={"lines": lines, "labels": charts.QUARTERS},
        url=reverse("admin:catalogue_purpose_change", args=[version.purpose_id]) if version else "",
        link=version.name if version else "",
    )
