"""The page of one customer for officers: find, then the history and any moment of it. Each look is on record first."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from consents.core.admin import role_of
from consents.core.refusals import Refusal
from consents.exports import history
from consents.exports.forms import HistoryForm, MomentForm
from consents.exports.rules import Why
from consents.exports.services import NotYetKnown, look_over
from consents.people import services as people
from consents.people.models import Customer, Role
from consents.people.visitors import actor_of, sealed_find, unsealed_find

OFFICERS = {Role.PRIVACY_OFFICER, Role.COMPLIANCE_OFFICER}


@require_http_methods(["GET", "HEAD", "POST"])
def customer_history(request: HttpRequest) -> HttpResponse:
    """GET: whose. POST: find (first form), or another moment or page of the one that was found."""
    if role_of(request) not in OFFICERS:
        raise PermissionDenied
    if request.method != "POST":
        return find_page(request, HistoryForm())
    return another(request) if "found" in request.POST else find(request)


def find(request: HttpRequest) -> HttpResponse:
    form = HistoryForm(request.POST)
    if form.is_valid():
        try:
            customer = found_by(form.cleaned_data["who"], request)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            if customer is not None:
                return shown(request, customer, MomentForm.of(sealed_find(customer.pk, request.user), form))  # type: ignore[arg-type]
            form.add_error("who", _("No single customer has exactly this number, address or id."))
    return find_page(request, form, status=422)


def found_by(text: str, request: HttpRequest) -> Customer | None:
    """By id also whoever was erased: no number and no address leads there any more."""
    try:
        return Customer.objects.filter(pk=UUID(text.strip())).first()
    except ValueError:
        return people.look_up(text=text, by=actor_of(request))


def another(request: HttpRequest) -> HttpResponse:
    found = unsealed_find(request.POST.get("found", ""), request.user)  # type: ignore[arg-type]
    if found is None:
        return find_page(request, HistoryForm(), status=422)
    return shown(request, Customer.objects.get(pk=found), MomentForm(request.POST))


def shown(request: HttpRequest, customer: Customer, form: MomentForm) -> HttpResponse:
    """On record, then read. Where the moment cannot be shown, what is so now stands beside the sentence."""
    asked: dict[str, Any] = {"at": None, "why": Why.AUDIT, "before": None}
    asked |= form.cleaned_data if form.is_valid() else {}
    try:
        at = looked(request, customer, asked["why"], asked["at"])
    except NotYetKnown as refusal:
        form.add_error("at", str(refusal))
        at = looked(request, customer, asked["why"], None)
    lines = history.lines(customer.pk, asked["before"])
    context = {
        "customer": customer,
        "form": form,
        "moment": history.moment(customer, at),
        "lines": lines,
        "earlier": lines[-1].entry.pk if len(lines) == history.PAGE else None,
    }
    title = _("History of one customer")
    return page(request, "admin/exports/history.html", title, context, 422 if form.errors else 200)


def looked(request: HttpRequest, customer: Customer, why: str, at: datetime | None) -> datetime:
    return look_over(customer=customer, why=Why(why), at=at, by=actor_of(request))


def find_page(request: HttpRequest, form: HistoryForm, status: int = 200) -> HttpResponse:
    return page(request, "admin/exports/find.html", _("History of one customer"), {"form": form}, status)


def page(request: HttpRequest, template: str, title: str, context: dict[str, Any], status: int) -> HttpResponse:
    return render(request, template, admin.site.each_context(request) | {"title": title} | context, status=status)
