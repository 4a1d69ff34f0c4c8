"""The customer's page of everyone who looked at their data."""

from collections.abc import Generator, Iterator
from contextlib import closing
from contextvars import Context, copy_context
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_safe
from django.views.decorators.vary import vary_on_headers

from consents.access.models import AccessRequest
from consents.catalogue.models import Category
from consents.core.fields import RadioField
from consents.core.forms import build_page_query
from consents.core.refusals import get_or_refuse
from consents.disclosures import selectors
from consents.disclosures.customers.look_table import PERIODS, ActivityFilterForm, build_look_chart, write_look_table
from consents.disclosures.customers.presenting import (
    build_reading_lines,
    build_unasked_lines,
    group_by_day,
    name_readers,
)
from consents.disclosures.selectors import (
    LOOKS_ON_A_PAGE,
    MONTHS_SHOWN,
    LookCount,
    LookQuery,
    LookSurroundings,
    NewestLooks,
)
from consents.disclosures.services import OwnRecord, disclose_own_copy
from consents.disclosures.telling import selectors as disclosures
from consents.disclosures.telling import services
from consents.disclosures.telling.rules import HowOften
from consents.people.joint_words import name_other_holders
from consents.people.proof_codes import check_fresh_proof
from consents.people.visitors import CustomerRequest, customer_required, record_actor, run_once

# What stands above the looks: where there are none, and where there are some.
HEADLINES = {
    "": (gettext_lazy("No look at your data is listed."), gettext_lazy("%(people)s looked %(times)s.")),
    "7": (
        gettext_lazy("No look is listed for the last 7 days."),
        gettext_lazy("%(people)s looked %(times)s in the last 7 days."),
    ),
    "30": (
        gettext_lazy("No look is listed for the last 30 days."),
        gettext_lazy("%(people)s looked %(times)s in the last 30 days."),
    ),
}
IN_TIME = (
    gettext_lazy("No look is listed for the time you chose."),
    gettext_lazy("%(people)s looked %(times)s in the time you chose."),
)


@require_safe
@customer_required
@vary_on_headers("HX-Request")
def show_activity(request: CustomerRequest) -> HttpResponse:
    customer, zone = request.visitor.customer, timezone.get_current_timezone_name()
    newest = None if request.GET else selectors.read_newest_looks(customer.pk, zone)
    around = newest.around if newest else selectors.read_look_surroundings(customer.pk)
    form = build_filter_form(request, around)
    query = form.build_query()
    page, counted, months = get_look_page(request, query, newest or around)
    readers = name_readers(page.object_list, customer.pk, request.user)
    context = {
        "headline": describe_looks(counted, query, form.get_period()),
        "form": form if counted.listed or request.GET else None,  # in an empty log there is nothing to narrow
        "is_filtered": bool(set(request.GET) - {"days", "page"}) or bool(form.errors),
        "periods": PERIODS,
        "chart": build_look_chart(months),
        "days": group_by_day(page.object_list, request.user.pk, readers),
        "is_of_several": bool(readers),
        "page": page,
        "query": build_page_query(request),
        "starts": customer.created_at,
        "counted": newest.days if newest else selectors.find_counted_days(customer.pk, zone),
        "readings": build_reading_lines(around.readings),
        "unasked": build_unasked_lines(around.unasked),
        "result_words": ngettext("%(n)d look", "%(n)d looks", counted.listed) % {"n": counted.listed},
    }
    part = "#results" if request.htmx and not request.htmx.history_restore_request else ""
    return render(request, f"disclosures/activity.html{part}", context)


def get_look_page(
    request: CustomerRequest, query: LookQuery, read: NewestLooks | LookSurroundings
) -> tuple[Page[Any], LookCount, list[tuple[date, int]]]:
    """Return the page of looks that is asked for, how many the filter finds, and those of staff by month; the first
    page of the whole log was read already.
    """
    if isinstance(read, NewestLooks):
        page = paginate_looks(request, read.counted)
        page.object_list = read.looks
        return page, read.counted, read.months
    openings = selectors.select_looks(request.visitor.customer.pk, query, read.withheld)
    counted = selectors.count_looks(openings)
    # A year with the looks of some days in it would say that there were no others.
    is_whole = not (query.since or query.until)
    months = selectors.list_months(selectors.select_months(openings, MONTHS_SHOWN)) if is_whole else []
    page = paginate_looks(request, counted)
    page.object_list = list(openings[max(page.start_index() - 1, 0) : page.end_index()])
    return page, counted, months


def paginate_looks(request: CustomerRequest, counted: LookCount) -> Page[Any]:
    page: Page[Any] = Paginator(range(counted.listed), LOOKS_ON_A_PAGE).get_page(request.GET.get("page"))
    return page


def build_filter_form(request: CustomerRequest, around: LookSurroundings) -> ActivityFilterForm:
    return ActivityFilterForm(around, request.visitor.customer.created_at, request.GET or None)


@require_safe
@customer_required
def download_looks(request: CustomerRequest) -> Any:
    """Stream what the filter shows, whole, as a table for a spreadsheet."""
    around = selectors.read_look_surroundings(request.visitor.customer.pk)
    query = build_filter_form(request, around).build_query()
    looks = selectors.select_looks(request.visitor.customer.pk, query, around.withheld)
    return StreamingHttpResponse(
        read_inside(copy_context(), write_look_table(looks)),
        content_type="text/csv; charset=utf-8; header=present",
        headers={"Content-Disposition": 'attachment; filename="who-looked.csv"'},
    )


def read_inside(context: Context, parts: Generator[str]) -> Iterator[str]:
    """Read a stream in a language and time zone that end when the view returns, before it is sent."""
    with closing(parts):
        while (part := context.run(next, parts, None)) is not None:
            yield part


@require_safe
@customer_required
def download_look_document(request: CustomerRequest) -> HttpResponse:
    """Download what the filter shows as a document, the newest looks of very many."""
    from consents.disclosures.customers import look_table as look_document  # see consents.core.paper

    visitor = request.visitor
    around = selectors.read_look_surroundings(visitor.customer.pk)
    query = build_filter_form(request, around).build_query()
    looks = selectors.select_looks(visitor.customer.pk, query, around.withheld)
    headline = describe_looks(selectors.count_looks(looks), query, request.GET.get("days", ""))
    newest = looks[: look_document.MOST_LOOKS + 1]
    content = look_document.render_look_document(newest, headline, visitor.customer, visitor.about, around.now)
    headers = {"Content-Disposition": 'attachment; filename="who-looked.pdf"'}
    return HttpResponse(content, content_type="application/pdf", headers=headers)


def describe_looks(count: LookCount, query: LookQuery, period: str) -> str:
    """Say what the list below holds. Empty where a narrow filter finds nothing: the list says so itself."""
    is_typed = bool(query.until) or (bool(query.since) and not (period and period in HEADLINES))
    nobody, some = IN_TIME if is_typed else HEADLINES[period if query.since else ""]
    if not count.looks:
        return "" if query.is_narrow else str(nobody)
    spelled = {
        "people": ngettext("%(n)d person", "%(n)d people", count.people) % {"n": count.people},
        "times": ngettext("once", "%(n)d times", count.looks) % {"n": count.looks},
    }
    return some % spelled


# Pages on which customers see their own data: all of it, or what a request would show. Each look is on record.

LONGEST_ENTRY = 200  # as the form of a correction takes it


@require_http_methods(["GET", "HEAD", "POST"])
@customer_required
def show_own_data(request: CustomerRequest) -> HttpResponse:
    """GET: say what it does. POST: read everything, as the customer's own look. Raises ReauthenticationRequired."""
    check_fresh_proof(request)
    context: dict[str, Any] = {}
    if request.method == "POST":
        records = read_own_records(request)
        context = {"parts": build_parts(Category.objects.filter(pk__in=records), records)}
    return render(request, "disclosures/own_data.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@customer_required
def show_requested_data(request: CustomerRequest, id: UUID) -> HttpResponse:
    """GET: say what it does. POST: read what this request would show, as the customer's own look.

    Raises Unknown (not theirs), ReauthenticationRequired.
    """
    asked = get_or_refuse(AccessRequest.objects.filter(pk=id, customer=request.visitor.customer.pk))
    check_fresh_proof(request)
    context: dict[str, Any] = {"asked_by": asked.asked_as, "id": asked.pk}
    if request.method == "POST":
        categories = Category.objects.filter(pk__in=asked.requested.values("category"))
        context["parts"] = build_parts(categories, read_own_records(request))
    return render(request, "disclosures/own_data.html", context)


def read_own_records(request: CustomerRequest) -> dict[int, list[OwnRecord]]:
    return disclose_own_copy(customer=request.visitor.customer.pk, by=record_actor(request)).records


class ShownValue(NamedTuple):
    """A value on the page. `place`: its category and field. `entry`: which of several entries it stands in."""

    label: str
    value: str
    place: str
    entry: str


def build_parts(categories: Any, records: dict[int, list[OwnRecord]]) -> list[dict[str, Any]]:
    """Build the values under the labels of the catalogue, by category. Staff see no field without a label either."""
    parts = []
    for category in categories.prefetch_related("fields").order_by("order", "code"):
        entries = records.get(category.pk, [])
        rows = [build_row(category, record, is_one_of_several=len(entries) > 1) for record in entries]
        parts.append({"title": category.title, "code": category.code, "sensitive": category.sensitive, "rows": rows})
    return parts


def build_row(category: Category, record: OwnRecord, *, is_one_of_several: bool) -> list[ShownValue]:
    shown = [
        (field.label, record.values[field.key], f"{category.code}.{field.key}")
        for field in category.fields.all()
        if record.values.get(field.key)
    ]
    entry = ", ".join(value for _label, value, _place in shown)[:LONGEST_ENTRY] if is_one_of_several else ""
    return [ShownValue(*value, entry) for value in shown]


class LookEmailsForm(forms.Form):
    how_often = RadioField(
        label=gettext_lazy("How often may we email you when somebody you allowed has looked?"),
        choices=HowOften.choices,
        error_messages={
            "required": gettext_lazy("Choose how often we may email you."),
            "invalid_choice": gettext_lazy("Choose how often we may email you."),
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@customer_required
def show_look_emails(request: CustomerRequest) -> HttpResponse:
    """GET: what is chosen. POST: save it."""
    customer, sharers = request.visitor.customer.pk, name_other_holders(request.visitor.acting)
    if request.method != "POST":
        form = LookEmailsForm(initial={"how_often": disclosures.get_how_often(customer)})
        return render(request, "disclosures/look_emails.html", {"form": form, "sharers": sharers})
    form = LookEmailsForm(request.POST)
    if not form.is_valid():
        return render(request, "disclosures/look_emails.html", {"form": form, "sharers": sharers}, status=422)
    how_often = HowOften(form.cleaned_data["how_often"])
    run_once(request, lambda by: services.choose_look_emails(customer=customer, how_often=how_often, by=by))
    messages.success(request, _("Saved. We confirm every change by email."))
    return redirect("disclosures:look_emails")
