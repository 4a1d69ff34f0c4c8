"""The year in charts: each title says what was found, each chart leads to the records behind it."""

from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from consents.core import clock
from consents.core.admin import role_of
from consents.core.charts import Chart
from consents.exports import selectors
from consents.exports.compliance import answers, consents, counting, rights, rights_charts
from consents.people.models import Role

OFFICERS = {Role.PRIVACY_OFFICER, Role.COMPLIANCE_OFFICER}


@require_safe
def compliance(request: HttpRequest) -> HttpResponse:
    """`?year=`: one of those on record, this year otherwise."""
    if role_of(request) not in OFFICERS:
        raise PermissionDenied
    now, zone = clock.now(), selectors.zone()
    years = counting.years(now, zone)
    year = next((year for year in years if str(year) == request.GET.get("year")), years[0])
    counted = rights.counted(year, zone)
    received, times = rights.received(counted), rights.times(counted)
    context = admin.site.each_context(request) | {
        "title": _("Compliance in %(year)s") % {"year": year},
        "year": year,
        "years": years,
        "now": now,
        "open": still_open(zone),
        "times": rights_charts.times(times, year) if times else None,
        "received": rights_charts.received(received, year),
        "metrics": rights.metrics(received, times),
        "reasons": rights_charts.reasons(received, year),
        "reasons_by_right": rights_charts.reasons_by_right(received),
        "consents": consents.drawn(consents.counted(year, zone)),
        "answers": answers.drawn(answers.counted(year, zone)),
        "answers_url": reverse("admin:access_accessrequest_changelist") + "?state=over",
    }
    return render(request, "admin/exports/compliance.html", context)


def pages(request: HttpRequest) -> list[dict[str, Any]]:
    """Links of the first page to what belongs to no list of records."""
    if role_of(request) not in OFFICERS:
        return []
    return [
        {"label": _("The year in charts"), "url": reverse("admin:exports_compliance")},
        {"label": _("History of one customer"), "url": reverse("admin:exports_history")},
    ]


def today(request: HttpRequest) -> list[Chart]:
    """The two charts of the first page: what waits for an answer of ours, and what customers answered this year."""
    if role_of(request) not in OFFICERS:
        return []
    zone = selectors.zone()
    year = clock.now().astimezone(zone).year
    return [
        *still_open(zone),
        *answers.drawn(answers.counted(year, zone))[:1],
    ]


def still_open(zone: ZoneInfo) -> list[Chart]:
    """One, or none when nothing is open."""
    found = rights.open_by_days_left(zone)
    return [rights_charts.still_open(found)] if any(count for _label, count in found) else []
