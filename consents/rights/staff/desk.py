"""Lead an officer to a request: whose it is, one customer's alone, and the next one that waits."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consents.core.fields import UnechoedInput
from consents.people.models import StaffMember
from consents.people.work import select_own_customers
from consents.rights.confirmations import UNCONFIRMED
from consents.rights.models import FORGOTTEN, RightsRequest
from consents.rights.rules.answers import Channel
from consents.rights.rules.numbers import normalize_number
from consents.rights.selectors import has_officer
from consents.rights.staff.queue import APPEALS, JOINT, NOBODYS, OPEN


class OwnerFilter(admin.SimpleListFilter):
    """Mine, nobody's, or a colleague's."""

    title = gettext_lazy("officer")
    parameter_name = "officer"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("me", _("Mine")), ("nobody", _("Nobody’s")), ("others", _("A colleague’s"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        theirs = {
            "me": Q(handler=request.user.pk),
            "nobody": NOBODYS,
            "others": ~Q(handler=request.user.pk) & ~NOBODYS,
        }
        return queryset.filter(theirs.get(str(self.value()), Q()))


class FindForm(forms.Form):
    who = forms.CharField(
        label=gettext_lazy("Request or customer"),
        max_length=254,
        widget=UnechoedInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=gettext_lazy(
            "The number of a request, however it is spelled; or exactly the customer number or the email address on "
            "file: that look-up is on record."
        ),
        error_messages={"required": gettext_lazy("Type a request’s number, a customer number or an email address.")},
    )


def find_numbered_request(typed: str) -> RightsRequest | None:
    """Find the request with this number, however it is spelled; an address is none."""
    if "@" in typed:
        return None
    return RightsRequest.objects.filter(number=normalize_number(typed.strip())).first()


def find_next_request(officer: StaffMember, after: UUID) -> RightsRequest | None:
    """Find what is due first of what is the officer's or nobody's, behind this one; from the start when there is
    nothing behind it. None if nothing else waits. Nobody is led to a matter of their own."""
    own = Q(handler=officer.pk) | NOBODYS
    waiting = RightsRequest.objects.filter(OPEN, own, ~JOINT, waiting_since=None).exclude(UNCONFIRMED)
    waiting = waiting.exclude(pk=after).exclude(customer__in=select_own_customers(officer.pk))
    waiting = waiting.order_by("answer_by", "pk")
    current = RightsRequest.objects.filter(pk=after).first()
    if current is not None:
        behind = Q(answer_by__gt=current.answer_by) | Q(answer_by=current.answer_by, pk__gt=after)
        if found := waiting.filter(behind).first():
            return found
    return waiting.first() or find_appeal(officer, after)


def find_appeal(officer: StaffMember, after: UUID) -> RightsRequest | None:
    """Find the appeal that is due first and that this officer may decide."""
    appeals = RightsRequest.objects.filter(APPEALS).exclude(handler=officer.pk).exclude(pk=after)
    appeals = appeals.exclude(customer__in=select_own_customers(officer.pk))
    return appeals.order_by("appeal__due_at", "pk").first()


def describe_handler(rights_request: RightsRequest, name: str = "") -> str:
    """Name who works on it, by the full name unless another is given, and say where they no longer can."""
    if rights_request.handler is None:
        return _("Nobody") if rights_request.is_answered else _("Nobody yet")
    name = name or rights_request.handler.get_full_name()
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
