"""The page with the year in charts: each title states a finding, and each chart links to its records."""

from zoneinfo import ZoneInfo

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from consents.core import clock
from consents.core.admin import check_role, get_role
from consents.core.charts import Chart
from consents.exports import selectors
from consents.exports.staff.compliance import answers, consents, counting, exemptions, rights, rights_charts
from consents.people.models import Role
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
        "times": rights_charts.draw_times_chart(times, year) if times else None,
        "received": rights_charts.draw_received_charts(received, year),
        "metrics": rights.build_metrics(received, times),
        "reasons": rights_charts.draw_reasons_chart(received, year),
        "reasons_by_right": rights_charts.build_reasons_table(received),
        "consents": consents.draw_consents(consents.count_consents(year, zone)),
        "answers": answers.draw_answers(answers.count_answers(counting.get_year_bounds(year, zone), zone)),
        "exemptions": exemptions.draw_exemptions(
            exemptions.count_exemptions(year, zone, with_withheld=get_role(request) == Role.COMPLIANCE_OFFICER)
        ),
        "answers_url": reverse("admin:access_accessrequest_changelist") + "?state=over",
    }
    return render(request, "admin/exports/compliance.html", context)


def draw_today_charts(request: HttpRequest) -> list[Chart]:
    """Draw the two charts of the first page: open rights requests, and what customers answered lately."""
    if get_role(request) not in OFFICERS:
        return []
    zone = selectors.get_time_zone()
    recent = answers.count_answers(counting.get_recent_bounds(clock.now(), zone), zone)
    return [*draw_open_requests(zone), *answers.draw_recent_answers(recent)]


def draw_open_requests(zone: ZoneInfo) -> list[Chart]:
    """Draw the chart of open requests; an empty list if nothing is open."""
    found = rights.count_open_by_days_left(zone)
    return [rights_charts.draw_open_chart(found)] if any(count for _label, count in found) else []
