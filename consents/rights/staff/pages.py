"""Lead an officer to a request: by its number, one customer's alone, and the next one that waits; say whose it is."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consents.catalogue.models import Category, Field
from consents.core.admin import get_role
from consents.core.fields import UnechoedField
from consents.core.refusals import NotValid, Refusal, Unknown
from consents.ledger.rules import Actor
from consents.people.found_customers import NoSingleCustomer, look_up_typed_customer
from consents.people.models import StaffMember
from consents.people.services.holding import OFFICERS
from consents.people.visitors import StaffRequest, record_actor
from consents.rights.fulfilment.erasure import list_proposals
from consents.rights.fulfilment.registry import get_fulfilment
from consents.rights.models import FORGOTTEN, Correction, RightsRequest, Statement
from consents.rights.refusals import IdentityFirst
from consents.rights.rules import Channel, WhyNotCorrected, normalize_number
from consents.rights.selectors import has_officer
from consents.rights.services.noting import look_at_value
from consents.rights.services.sharing import HoldersFirst, list_missing_holders
from consents.rights.staff.queue import NOBODYS
from consents.rights.staff.waiting import select_appeals, select_going_on
from consents.vault.services.storing import NoSuchRecord

# Prepare what was written and which values were proposed for an officer's pages.


STATEMENT_LABELS = {
    "words": gettext_lazy("In their words"),
    "ground": gettext_lazy("Reason"),
    "which_entry": gettext_lazy("Which entry"),
    "name": gettext_lazy("Name"),
    "email": gettext_lazy("Email address"),
    "reference": gettext_lazy("Customer number"),
    "text": gettext_lazy("Text"),
}


def build_written_statements(said: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, list[tuple[Any, str]]]]:
    """Return what was written as (title, lines); proposed values stand on a page of their own."""
    shown = {
        kind: [(label, str(found[name])) for name, label in STATEMENT_LABELS.items() if name in found]
        for kind, found in said.items()
    }
    return [(capfirst(str(Statement.Kind(kind).label)), lines) for kind, lines in shown.items() if lines]


@dataclass(frozen=True)
class ProposedValue:
    """A proposed value under the labels of the catalogue, and what was decided on it."""

    place: int
    kind: str
    field: str
    right: str
    decided: Correction | None
    # What stands now, and instead of it why it is not shown.
    now: str = ""
    closed: str = ""
    # Why it cannot be saved, whoever presses.
    obstacle: str = ""


def may_have_values(rights_request: RightsRequest) -> bool:
    """Return True if there may be values, without opening anything."""
    return get_fulfilment(rights_request).has_proposals and not rights_request.is_answered


def list_proposed_values(rights_request: RightsRequest) -> list[ProposedValue]:
    kinds = {kind.code: kind.title for kind in Category.objects.all()}
    labels = {(field.category.code, field.key): field.label for field in Field.objects.select_related("category")}
    decided = {one.place: one for one in rights_request.correction_set.all()}
    return [
        ProposedValue(
            one.place,
            kinds.get(one.category, one.category),
            labels.get((one.category, one.field), one.field),
            one.right,
            decided.get(one.place),
        )
        for one in list_proposals(rights_request)
    ]


def show_beside(rights_request: RightsRequest, value: ProposedValue, officer: StaffMember, by: Actor) -> ProposedValue:
    """Look at what stands now, on record, to put it beside a value that is not decided on."""
    if value.decided is not None:
        return value
    if list_missing_holders(rights_request, None):
        value = replace(value, obstacle=str(HoldersFirst()))
    try:
        now = look_at_value(rights_request=rights_request.pk, place=value.place, officer=officer, by=by)
    except (IdentityFirst, NoSuchRecord) as refusal:
        return replace(value, closed=str(refusal), obstacle=str(refusal))
    except Refusal as refusal:
        return replace(value, closed=str(refusal))
    return replace(value, now=now)


def parse_decision(posted: Mapping[str, str]) -> dict[str, Any]:
    """Return the value's place, and why it is refused, if it is. A malformed place counts as one that does not exist.
    Raises NotValid."""
    place, why = posted.get("place", ""), posted.get("why_not", "")
    is_refused = posted.get("decision") == "refuse"
    if is_refused and why not in WhyNotCorrected.values:
        raise NotValid(gettext_lazy("Choose why the value is refused."))
    return {
        "place": int(place) if place.isdecimal() and len(place) < 5 else -1,
        "why_not": WhyNotCorrected(why) if is_refused else None,
    }


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
