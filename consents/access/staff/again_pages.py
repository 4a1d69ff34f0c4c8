"""Ask again with changes: the form opens with what an earlier request said, but for what has to wait."""

from typing import Any

from django.contrib import messages
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from consents.access.models import AccessRequest
from consents.access.rules import AlreadyAsked, RequestState
from consents.access.services import asking
from consents.access.staff.asking_pages import render_ask_page
from consents.access.staff.forms import AccessRequestForm
from consents.catalogue import selectors as catalogue
from consents.catalogue.models import PurposeVersion
from consents.core import clock
from consents.core.refusals import Refusal
from consents.people.found_customers import sign_found_customer
from consents.people.visitors import StaffRequest


def may_ask_again(access_request: Any) -> bool:
    """Tell whether something of it was not allowed, or what was allowed is over. Expects `annotate_current_state`."""
    if access_request.state_now == RequestState.PENDING or access_request.customer.erased_at:
        return False
    return access_request.state_now != RequestState.APPROVED or access_request.running_until is None


def build_again_links(access_request: AccessRequest) -> list[dict[str, str]]:
    if not may_ask_again(access_request):
        return []
    url = reverse("admin:access_accessrequest_again", args=[access_request.pk])
    return [{"url": url, "label": _("Ask again with changes")}]


def ask_again(request: StaffRequest, access_request: Any) -> HttpResponseBase:
    """Nothing is filed yet, and filing checks everything once more."""
    try:
        if access_request.state_now == RequestState.PENDING:
            raise AlreadyAsked
        asking.check_not_blocked(customer=access_request.customer_id, member=request.user.staff_member)
        version = catalogue.select_askable().filter(purpose=access_request.purpose).first()
        if version is None:
            raise asking.PurposeNotAskable
        asking.check_is_for_team(version.purpose, request.user.staff_member)
        waits = asking.list_category_waits(access_request, version, clock.now())
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect("admin:access_accessrequest_change", access_request.pk)
    for sentence in describe_waits(access_request, waits):
        messages.warning(request, sentence)
    form = AccessRequestForm(request.user, initial=build_again_values(request, access_request, version, waits))
    return render_ask_page(request, form)


def build_again_values(
    request: StaffRequest, access_request: AccessRequest, version: PurposeVersion, waits: dict[int, str]
) -> dict[str, Any]:
    requested = [requested.category_id for requested in access_request.requested.all()]
    return {
        "found": sign_found_customer(access_request.customer_id, request.user),
        "purpose": str(version.pk),
        "categories": [str(category) for category in requested if category not in waits],
        "sensitive_reason": access_request.sensitive_reason,
        "reason": access_request.reason,
        "sentence": access_request.sentence,
        "case_number": access_request.case_number,
        "duration": int(access_request.duration.total_seconds()),
    }


def describe_waits(access_request: AccessRequest, waits: dict[int, str]) -> list[str]:
    """Name what is not chosen, and why."""
    return [
        f"{requested.category.title}: {waits[requested.category_id]}"
        for requested in access_request.requested.all()
        if requested.category_id in waits
    ]
