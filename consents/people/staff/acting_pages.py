"""Page of officers: who can act for one customer, found by number or address on record; and its end."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from consents.core.admin import check_role
from consents.core.refusals import Refusal
from consents.people import selectors
from consents.people.found_customers import CustomerLookUpForm, sign_found_customer, verify_found_customer
from consents.people.models import Acting, Customer
from consents.people.services import representing
from consents.people.services.holding import OFFICERS
from consents.people.visitors import StaffRequest, record_actor, run_once


@require_http_methods(["GET", "HEAD", "POST"])
def show_acting_users(request: StaffRequest) -> HttpResponse:
    """Show the form (GET), who can act for the customer that was found, or end one part of it (POST)."""
    check_role(request, OFFICERS)
    if "found" in request.POST:
        return end_part(request)
    form = CustomerLookUpForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and (customer := form.look_up(record_actor(request))):
        return render_acting_users(request, customer)
    return render_acting_page(request, {"form": form}, status=422 if form.is_bound else 200)


def end_part(request: StaffRequest) -> HttpResponse:
    customer_id = verify_found_customer(request.POST["found"], request.user)
    customer = Customer.objects.filter(pk=customer_id).first() if customer_id else None
    if customer is None:
        messages.error(request, _("Find the customer first."))
        return redirect("admin:people_acting_users")
    chosen = request.POST.get("acting", "")
    acting = next((part for part in selectors.list_acting_users(customer.pk) if str(part.pk) == chosen), None)
    if acting is None:
        messages.info(request, _("They can no longer act here."))
        return render_acting_users(request, customer)
    if request.POST.get("confirm") != "1":
        return render_acting_page(request, {"asked": acting, "found": request.POST["found"]} | describe_acting(acting))
    try:
        run_once(
            request,
            lambda by: representing.end_acting_as_officer(acting=acting.pk, officer=request.user.staff_member, by=by),
        )
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("This has ended. Everyone concerned is told by email."))
    return render_acting_users(request, customer)


def describe_acting(acting: Acting) -> dict[str, Any]:
    return {"acting": acting, "address": selectors.mask_address(acting.user.email)}


def render_acting_users(request: StaffRequest, customer: Customer) -> HttpResponse:
    parts = [describe_acting(acting) for acting in selectors.list_acting_users(customer.pk)]
    codes = {code.used_by_id: code for code in selectors.list_used_claim_codes(customer.pk)}
    for part in parts:
        part["code"] = codes.get(part["acting"].user_id)
    signed = sign_found_customer(customer.pk, request.user)
    return render_acting_page(request, {"customer": customer, "rows": parts, "found": signed})


def render_acting_page(request: HttpRequest, context: dict[str, Any], status: int = 200) -> HttpResponse:
    context |= admin.site.each_context(request) | {"title": _("Who can act for a customer")}
    return render(request, "admin/people/acting_users.html", context, status=status)
