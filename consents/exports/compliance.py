"""The year in charts, for officers: each title says what was found, each chart leads to the records behind it."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.dates import MONTHS_AP
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from consents.catalogue import selectors as catalogue
from consents.catalogue.models import PurposeVersion
from consents.core import charts, clock
from consents.core.admin import role_of
from consents.core.charts import Bar, Chart, Table
from consents.exports import figures, selectors
from consents.exports.figures import Answers, Consents
from consents.people.models import Role

OFFICERS = {Role.PRIVACY_OFFICER, Role.COMPLIANCE_OFFICER}
# Twelve names do not fit under twelve columns.
QUARTERS = (1, 4, 7, 10)


@require_safe
def compliance(request: HttpRequest) -> HttpResponse:
    """`?year=`: one of those on record, this year otherwise."""
    if role_of(request) not in OFFICERS:
        raise PermissionDenied
    now, zone = clock.now(), selectors.zone()
    years = figures.years(now, zone)
    year = next((year for year in years if str(year) == request.GET.get("year")), years[0])
    context = admin.site.each_context(request) | {
        "title": _("Compliance in %(year)s") % {"year": year},
        "year": year,
        "years": years,
        "now": now,
        "consents": consents_charts(figures.consents(year, zone)),
        "answers_url": reverse("admin:access_accessrequest_changelist") + "?state=over",
        "answers": answers_charts(figures.answers(year, zone)),
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


def consents_charts(found: Sequence[Consents]) -> list[Chart]:
    """A purpose that is not in force any more goes by its code."""
    known = {version.purpose.code: version for version in catalogue.in_force()}
    return [consents_chart(one, known.get(one.purpose)) for one in found]


def consents_chart(one: Consents, version: PurposeVersion | None) -> Chart:
    given, withdrawn = sum(one.given), sum(one.withdrawn)
    most = max(given, withdrawn)
    lines = [
        charts.steps(_("given"), one.given, most, "given"),
        charts.steps(_("withdrawn"), one.withdrawn, most, "withdrawn"),
    ]
    return Chart(
        key=f"consent-{one.purpose}",
        title=_("%(purpose)s: %(given)s given, %(withdrawn)s withdrawn")
        % {"purpose": version.name if version else one.purpose, "given": f"{given:,}", "withdrawn": f"{withdrawn:,}"},
        about=_("Two lines that rise with every consent given and every consent withdrawn, month by month."),
        table=by_month((_("given"), one.given), (_("withdrawn"), one.withdrawn)),
        template="admin/charts/steps.html",
        height=140,
        shapes={"lines": lines, "labels": [(MONTHS_AP[month], charts.middle(month - 1)) for month in QUARTERS]},
        url=reverse("admin:catalogue_purpose_change", args=[version.purpose_id]) if version else "",
        link=version.name if version else "",
    )


def by_month(*columns: tuple[Any, Sequence[int]]) -> Table:
    values = zip(*(values for _heading, values in columns), strict=True)
    rows = [[MONTHS_AP[month], *counts] for month, counts in zip(figures.MONTHS, values, strict=True)]
    return Table([_("Month"), *(heading for heading, _values in columns)], rows)


# (part of Answers, label, tone of its bar)
ANSWERS = (
    ("yes", gettext_lazy("Allowed, all or part"), "yes"),
    ("no", gettext_lazy("Denied"), "plain"),
    ("none", gettext_lazy("Not answered in time"), "late"),
)


def answers_charts(found: Sequence[Answers]) -> list[Chart]:
    """One chart for all teams together, then one for each team."""
    whole = Answers(_("All teams"), *(sum(getattr(one, kind) for one in found) for kind, _label, _tone in ANSWERS))
    shown = [whole, *found] if len(found) > 1 else found
    return [answers_chart(f"answers-{place}", one) for place, one in enumerate(shown)]


def answers_chart(key: str, one: Answers) -> Chart:
    counts = [(label, getattr(one, kind), tone) for kind, label, tone in ANSWERS]
    placed, height = charts.bars(Bar(label, count, tone=tone) for label, count, tone in counts)
    ended = one.yes + one.no + one.none
    return Chart(
        key=key,
        title=_("%(team)s: customers allowed %(yes)s of %(ended)s requests")
        % {"team": one.team, "yes": f"{one.yes:,}", "ended": f"{ended:,}"},
        about=_("Three bars: requests allowed, denied, and not answered in time."),
        table=Table([_("Answer"), _("Requests")], [[label, count] for label, count, tone in counts]),
        template="admin/charts/bars.html",
        height=height,
        shapes=placed,
    )
