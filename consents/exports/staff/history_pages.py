"""Pages of officers to find a customer and read the history. Each opening is recorded first."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from consents.core.admin import check_role
from consents.core.refusals import Refusal
from consents.exports import history
from consents.exports.rules import HistoryReason
from consents.exports.services.opening_history import MomentInFuture, record_history_opening
from consents.exports.staff.forms import HistoryForm, MomentForm
from consents.people.found_customers import sign_found_customer, verify_found_customer
from consents.people.models import Customer
from consents.people.services import customer_records
from consents.people.services.holding import OFFICERS
from consents.people.visitors import StaffRequest, record_actor


@require_http_methods(["GET", "HEAD", "POST"])
def show_customer_history(request: StaffRequest) -> HttpResponse:
    """Show the form (GET); find a customer, or show another moment or page of the one that was found (POST)."""
    check_role(request, OFFICERS)
    if request.method != "POST":
        return render_find_form(request, HistoryForm())
    return show_found_customer(request) if "found" in request.POST else find_customer(request)


def find_customer(request: StaffRequest) -> HttpResponse:
    form = HistoryForm(request.POST)
    if form.is_valid():
        try:
            if customer := resolve_customer(form.cleaned_data["who"], request):
                found = sign_found_customer(customer.pk, request.user)
                return render_history(request, customer, MomentForm({"found": found, "why": form.cleaned_data["why"]}))
            form.add_error("who", _("There is no single customer with exactly this number, address or id."))
        except Refusal as refusal:
            form.add_error(None, str(refusal))
    return render_find_form(request, form, status=422)


def resolve_customer(text: str, request: HttpRequest) -> Customer | None:
    """Find a customer by id, number or address. Erased customers can only be found by id."""
    try:
        return Customer.objects.filter(pk=UUID(text.strip())).first()
    except ValueError:
        return customer_records.look_up_customer(text=text, by=record_actor(request))


def show_found_customer(request: StaffRequest) -> HttpResponse:
    found = verify_found_customer(request.POST.get("found", ""), request.user)
    if found is None:
        messages.error(request, _("Find the customer first."))
        return render_find_form(request, HistoryForm(), status=422)
    return render_history(request, Customer.objects.get(pk=found), MomentForm(request.POST))


def render_history(request: HttpRequest, customer: Customer, form: MomentForm) -> HttpResponse:
    """Record the opening, then render the history. A refused moment shows the current state with the refusal."""
    asked: dict[str, Any] = {"at": None, "why": HistoryReason.AUDIT, "before": None}
    asked |= form.cleaned_data if form.is_valid() else {}
    try:
        at = record_opening(request, customer, asked["why"], asked["at"])
    except MomentInFuture as refusal:
        form.add_error("at", str(refusal))
        at = record_opening(request, customer, asked["why"], None)
    lines = history.list_history_entries(customer.pk, asked["before"])
    context = {
        "customer": customer,
        "form": form,
        "moment": history.build_snapshot(customer, at),
        "lines": lines,
        "earlier": lines[-1].entry.pk if len(lines) == history.PAGE else None,
    }
    title = _("History of one customer")
    return render_admin_page(request, "admin/exports/history.html", title, context, 422 if form.errors else 200)


def record_opening(request: HttpRequest, customer: Customer, why: str, at: datetime | None) -> datetime:
    return record_history_opening(customer=customer, why=HistoryReason(why), at=at, by=record_actor(request))


def render_find_form(request: HttpRequest, form: HistoryForm, status: int = 200) -> HttpResponse:
    return render_admin_page(request, "admin/exports/find.html", _("History of one customer"), {"form": form}, status)


def render_admin_page(
    request: HttpRequest, template: str, title: str, context: dict[str, Any], status: int
) -> HttpResponse:
    return render(request, template, admin.site.each_context(request) | {"title": title} | context, status=status)
