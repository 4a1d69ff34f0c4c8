"""The pages of a person's own account: where it is signed in, an address that waits to count, and its closing."""

from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext, gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from consents.accounts.adapter import end_other_sessions
from consents.accounts.address_changes import cancel_address_change
from consents.accounts.closing import (
    SharedAccount,
    close_account,
    close_unlinked_account,
    find_open_closing,
    list_remainders,
)
from consents.accounts.devices import Device, list_devices, sign_out_devices
from consents.accounts.sign_in_changes import list_sign_in_changes
from consents.core.refusals import Refusal
from consents.ledger.event_words import describe_for_customer
from consents.people.languages import sign_out_with
from consents.people.models import Acting
from consents.people.selectors import list_holders
from consents.people.visitors import CustomerRequest, PortalRequest, customer_required, find_visitor, run_once

CLOSED = gettext_lazy(
    "Your account is being closed. We have signed you out everywhere and sent you an email about what follows."
)
LEFT = gettext_lazy("Your account is closed. We have told you by email.")


@require_http_methods(["GET", "HEAD", "POST"])
def show_devices(request: PortalRequest) -> HttpResponse:
    """GET: where this account is signed in. POST: sign out on one device, or without `device` on all others."""
    user = cast("CustomerRequest", request).user
    devices = list_devices(user, request.session.session_key or "")
    if request.method != "POST":
        changed = list_sign_in_changes(user)
        changes = [{"at": entry.occurred_at, "text": describe_for_customer(entry)} for entry in changed]
        return render(request, "usersessions/usersession_list.html", {"devices": devices, "changes": changes})
    chosen = choose_devices(devices, request.POST.get("device"))
    customer = get_own_customer(request)
    run_once(request, lambda by: sign_out_devices(user=user, devices=chosen, customer=customer, by=by))
    messages.success(request, describe_sign_out(len(chosen)))
    return redirect("usersessions_list")


def choose_devices(devices: list[Device], chosen: str | None) -> list[int]:
    """Return the device of this id, or all others without one; never the browser that asks."""
    return [device.id for device in devices if not device.is_here and chosen in (None, str(device.id))]


def get_own_customer(request: PortalRequest) -> UUID | None:
    """Return the record of the person who signs in here, not of whom they act for."""
    actings = request.visitor.actings if request.visitor else ()
    return next((acting.customer_id for acting in actings if acting.capacity == Acting.Capacity.SELF), None)


def describe_sign_out(count: int) -> str:
    if not count:
        return gettext("Nothing to sign out: that device is signed out already.")
    sentence = ngettext(
        "%(count)d device is signed out. We have told you by email.",
        "%(count)d devices are signed out. We have told you by email.",
        count,
    )
    return sentence % {"count": count}


@require_POST
@transaction.atomic
def keep_address(request: HttpRequest) -> HttpResponse:
    """Keep the old address, and sign out everywhere else: somebody else may have asked for the change."""
    user: Any = request.user
    if cancel_address_change(user):
        end_other_sessions(request, user)
        messages.success(request, gettext("Your address stays as it is. You have been signed out everywhere else."))
    return redirect("account_email")


@require_http_methods(["GET", "HEAD", "POST"])
def close_own_account(request: PortalRequest) -> HttpResponse:
    """Close the account of a customer, or one that leads to no record."""
    if not request.user.is_staff and find_visitor(request) is None:
        return close_without_record(cast("CustomerRequest", request))
    return close_with_record(request)


def close_without_record(request: CustomerRequest) -> HttpResponse:
    refusal, user = None, request.user
    if request.method == "POST":
        try:
            return sign_out_with(request, lambda by: close_unlinked_account(user=user, by=by), LEFT)
        except Refusal as refused:
            refusal = refused
    return render(
        request, "account/close_unlinked.html", {"refusal": refusal}, status=refusal.status if refusal else 200
    )


@customer_required
def close_with_record(request: CustomerRequest) -> HttpResponse:
    """GET: what ends, what stays, and why. POST: close; behind fresh proof in the list of addresses."""
    visitor, refusal = request.visitor, None
    if request.method == "POST":
        user, acting, language = request.user, visitor.acting, get_language() or ""
        try:
            return sign_out_with(
                request, lambda by: close_account(user=user, acting=acting, language=language, by=by), CLOSED
            )
        except Refusal as refused:
            refusal = refused
    is_shared = visitor.acting.is_holding and len(list_holders(visitor.customer.pk)) > 1
    is_own = visitor.acting.is_holding and not is_shared
    context = {
        "refusal": refusal,
        "shared": SharedAccount.sentence if is_shared else "",
        "is_own": is_own,
        "is_asked": is_own and find_open_closing(visitor.customer.pk),
        "remainders": list_remainders(visitor.customer) if is_own else [],
        "acts_for_others": len(visitor.actings) > 1,
    }
    return render(request, "account/close.html", context, status=refusal.status if refusal else 200)
