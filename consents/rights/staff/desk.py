"""Lead an officer to a request: by its number, one customer's alone, and the next one that waits; say whose it is."""

from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consents.core.admin import get_role
from consents.core.fields import UnechoedField
from consents.core.refusals import Refusal, Unknown
from consents.people.found_customers import NoSingleCustomer, look_up_typed_customer
from consents.people.models import StaffMember
from consents.people.services.holding import OFFICERS
from consents.people.visitors import StaffRequest, record_actor
from consents.rights.models import FORGOTTEN, RightsRequest
from consents.rights.rules.answers import Channel
from consents.rights.rules.numbers import normalize_number
from consents.rights.selectors import has_officer
from consents.rights.staff.queue import NOBODYS
from consents.rights.staff.waiting import select_appeals, select_going_on


class FindForm(forms.Form):
    who = UnechoedField(
        label=gettext_lazy("Request or customer"),
        help_text=gettext_lazy(
            "The number of a request, however it is spelled; or exactly the customer number or the email address on "
            "file: that look-up is on record."
        ),
        error_messages={"required": gettext_lazy("Type a request’s number, a customer number or an email address.")},
    )


def show_find_page(request: StaffRequest) -> HttpResponse:
    """Find a request by its number, or look up one customer, on record, and show their requests; what was typed is in
    no address."""
    if get_role(request) not in OFFICERS:
        raise Unknown
    form = FindForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and (numbered := find_numbered_request(form.cleaned_data["who"])):
        return redirect("admin:rights_rightsrequest_change", numbered.pk)
    if form.is_valid():
        try:
            found = look_up_typed_customer(form.cleaned_data["who"], record_actor(request)).pk
        except NoSingleCustomer:
            form.add_error("who", _("No request has this number, and no single customer has this number or address."))
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            query = {"customer": str(found), "state": "all"}
            return redirect(reverse("admin:rights_rightsrequest_changelist", query=query))
    context = {"title": _("Find requests"), "form": form, "opts": RightsRequest._meta}
    template, status = "admin/rights/rightsrequest/find.html", 422 if form.is_bound else 200
    return render(request, template, admin.site.each_context(request) | context, status=status)


def find_numbered_request(typed: str) -> RightsRequest | None:
    """Find the request with this number, however it is spelled; an address is none."""
    if "@" in typed:
        return None
    return RightsRequest.objects.filter(number=normalize_number(typed.strip())).first()


def lead_to_next(request: StaffRequest, id: UUID) -> HttpResponse:
    """Lead to what is due next, behind this request."""
    if get_role(request) not in OFFICERS:
        raise Unknown
    found = find_next_request(request.user.staff_member, id)
    if found is None:
        messages.info(request, _("Nothing else waits for you."))
        return redirect("admin:rights_rightsrequest_changelist")
    return redirect("admin:rights_rightsrequest_change", found.pk)


def find_next_request(officer: StaffMember, after: UUID) -> RightsRequest | None:
    """Find what is due first of what is the officer's or nobody's, behind this one; from the start when there is
    nothing behind it; then the appeal that is due first. None if nothing else waits."""
    waiting = select_going_on(officer).filter(Q(handler=officer.pk) | NOBODYS).exclude(pk=after)
    waiting = waiting.order_by("answer_by", "pk")
    current = RightsRequest.objects.filter(pk=after).first()
    if current is not None:
        behind = Q(answer_by__gt=current.answer_by) | Q(answer_by=current.answer_by, pk__gt=after)
        if found := waiting.filter(behind).first():
            return found
    return waiting.first() or select_appeals(officer).exclude(pk=after).order_by("appeal__due_at", "pk").first()


def describe_handler(rights_request: RightsRequest, *, is_short: bool = False) -> str:
    """Name who works on it, by the first name where it `is_short`, and say where they no longer can."""
    if rights_request.handler is None:
        return _("Nobody") if rights_request.is_answered else _("Nobody yet")
    name = (rights_request.handler.first_name if is_short else "") or rights_request.handler.get_full_name()
    if rights_request.is_answered or has_officer(rights_request):
        return name
    return _("%(name)s, no longer an officer here") % {"name": name}


def describe_document(rights_request: RightsRequest) -> str:
    """Name the document by which somebody else may ask, as it was typed; who acts here on record shows none."""
    if rights_request.agent_proof == FORGOTTEN:
        return _("Erased with the customer’s data")
    if rights_request.agent_proof and rights_request.channel == Channel.PORTAL:
        return _("None: they act for the customer here, on record")
    return rights_request.agent_proof
