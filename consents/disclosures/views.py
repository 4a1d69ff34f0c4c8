"""The customer's page of every look."""

from datetime import date, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from consents.core import clock
from consents.disclosures import selectors
from consents.disclosures.models import Opening
from consents.people.visitors import for_customer

PERIODS = [("", gettext_lazy("All time")), ("7", gettext_lazy("Last 7 days")), ("30", gettext_lazy("Last 30 days"))]


class FilterForm(forms.Form):
    days = forms.ChoiceField(label=gettext_lazy("Period"), choices=PERIODS, required=False)
    category = forms.ChoiceField(label=gettext_lazy("What was opened"), required=False)

    def __init__(self, customer: UUID, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        seen = selectors.categories_seen(customer)
        self.fields["category"].choices = [("", _("Everything")), *seen]  # type: ignore[attr-defined]


@require_safe
@for_customer
@vary_on_headers("HX-Request")
def activity(request: HttpRequest) -> HttpResponse:
    customer, now = request.visitor.customer, clock.now()  # type: ignore[attr-defined]
    form = FilterForm(customer.pk, request.GET or None)
    asked = form.cleaned_data if form.is_valid() else {}
    since = now - timedelta(days=int(asked["days"])) if asked.get("days") else None
    rows = selectors.looks(customer.pk, since=since, category=asked.get("category", ""))
    page = Paginator(rows, 25).get_page(request.GET.get("page"))
    context = {
        "week": dict(zip(("people", "looks"), selectors.last_days(customer.pk, now), strict=True)),
        "form": form,
        "days": by_day(page.object_list),
        "page": page,
        "query": query_of(request),
        "starts": customer.created_at,
        "filtered": any(asked.values()),
        "result_words": ngettext("%(n)d look", "%(n)d looks", page.paginator.count) % {"n": page.paginator.count},
    }
    part = "#results" if request.htmx and not request.htmx.history_restore_request else ""  # type: ignore[attr-defined]
    return render(request, f"disclosures/activity.html{part}", context)


def query_of(request: HttpRequest) -> str:
    query = request.GET.copy()
    query.pop("page", None)
    return query.urlencode()


def by_day(openings: Any) -> list[dict[str, Any]]:
    def day(opening: Opening) -> date:
        return timezone.localtime(opening.opened_at).date()

    return [{"date": when, "entries": [entry(row) for row in rows]} for when, rows in groupby(openings, day)]


def entry(row: Opening) -> dict[str, Any]:
    request = row.grant.request if row.grant else None
    return {
        "at": row.opened_at,
        "who": request.asked_as if request else _("You"),
        "categories": [row.category.title] if row.category else [],
        "kind": "grant" if request else "own",
        "why": request.version.name if request else "",
        "request_id": request.pk if request else None,
    }
