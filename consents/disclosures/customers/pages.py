"""The customer's page of everyone who looked at their data."""

from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from consents.access.customers.presenting import build_purpose_facts
from consents.core import clock
from consents.core.forms import choice_field
from consents.disclosures import selectors
from consents.disclosures.models import Opening
from consents.exemptions import selectors as exemptions
from consents.exemptions.customers.presenting import describe_ground
from consents.exemptions.models import Exemption
from consents.people.visitors import CustomerRequest, customer_required

PERIODS = [("", gettext_lazy("All time")), ("7", gettext_lazy("Last 7 days")), ("30", gettext_lazy("Last 30 days"))]
# What stands above the looks of each period: where there are none, and where there are some.
HEADLINES = {
    "": (gettext_lazy("No one has looked at your data."), gettext_lazy("%(people)s looked %(times)s.")),
    "7": (
        gettext_lazy("No one has looked in the last 7 days."),
        gettext_lazy("%(people)s looked %(times)s in the last 7 days."),
    ),
    "30": (
        gettext_lazy("No one has looked in the last 30 days."),
        gettext_lazy("%(people)s looked %(times)s in the last 30 days."),
    ),
}


class ActivityFilterForm(forms.Form):
    days = forms.ChoiceField(label=gettext_lazy("Period"), choices=PERIODS, required=False)
    category = forms.ChoiceField(label=gettext_lazy("What was opened"), required=False)

    def __init__(self, customer: UUID, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        seen = selectors.list_seen_categories(customer)
        choice_field(self, "category").choices = [("", _("Everything")), *seen]


@require_safe
@customer_required
@vary_on_headers("HX-Request")
def show_activity(request: CustomerRequest) -> HttpResponse:
    customer, now = request.visitor.customer, clock.now()
    form = ActivityFilterForm(customer.pk, request.GET or None)
    filters = form.cleaned_data if form.is_valid() else {}
    since = find_first_moment(now, int(filters["days"])) if filters.get("days") else None
    openings = selectors.select_looks(customer.pk, since=since, category=filters.get("category", ""))
    page = Paginator(openings, 25).get_page(request.GET.get("page"))
    context = {
        "headline": describe_looks(*selectors.count_looks(openings), filters),
        "form": form,
        "days": group_by_day(page.object_list),
        "page": page,
        "query": build_page_query(request),
        "starts": customer.created_at,
        "counted": selectors.find_counted_days(customer.pk, timezone.get_current_timezone_name()),
        "result_words": ngettext("%(n)d look", "%(n)d looks", page.paginator.count) % {"n": page.paginator.count},
    }
    part = "#results" if request.htmx and not request.htmx.history_restore_request else ""
    return render(request, f"disclosures/activity.html{part}", context)


def find_first_moment(now: datetime, days: int) -> datetime:
    """Return where the last days begin, today among them: days are whole, where the page tells its times."""
    today = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    return today - timedelta(days=days - 1)


def describe_looks(people: int, looks: int, filters: dict[str, str]) -> str:
    """Say what the list below holds. Empty where nothing of one category was opened: the list says so itself."""
    nobody, some = HEADLINES[filters.get("days", "")]
    if not looks:
        return "" if filters.get("category") else str(nobody)
    counted = {
        "people": ngettext("%(n)d person", "%(n)d people", people) % {"n": people},
        "times": ngettext("once", "%(n)d times", looks) % {"n": looks},
    }
    return some % counted


def build_page_query(request: HttpRequest) -> str:
    query = request.GET.copy()
    query.pop("page", None)
    return query.urlencode()


def group_by_day(openings: Any) -> list[dict[str, Any]]:
    def day(opening: Opening) -> date:
        return timezone.localtime(opening.opened_at).date()

    shown = list(openings)
    exempted = exemptions.map_exemptions(opening.grant for opening in shown if opening.grant)
    return [
        {"date": when, "entries": [build_activity_entry(row, exempted) for row in rows]}
        for when, rows in groupby(shown, day)
    ]


def build_activity_entry(opening: Opening, exempted: dict[UUID, Exemption]) -> dict[str, Any]:
    access_request = opening.grant.access_request if opening.grant else None
    exemption = exempted.get(opening.grant.exemption) if opening.grant and opening.grant.exemption else None
    asked = access_request or exemption
    return {
        "at": opening.opened_at,
        "who": asked.asked_as if asked else _("You"),
        "categories": [opening.category.title] if opening.category else [],
        "is_own": asked is None,
        "exemption_id": exemption.pk if exemption else None,
        "exempted": describe_ground(exemption) if exemption else "",
        "about": build_purpose_facts(access_request) if access_request else None,
        "request_id": access_request.pk if access_request else None,
        "report_url": reverse("disclosures:report_look", args=[opening.pk]) if asked else "",
    }
