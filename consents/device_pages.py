"""The page of the devices on which an account is signed in."""

from typing import cast
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_http_methods

from consents.devices import Device, list_devices, sign_out_devices
from consents.ledger.event_words import describe_for_customer
from consents.people.models import Acting
from consents.people.visitors import CustomerRequest, PortalRequest, run_once
from consents.sign_in_changes import list_sign_in_changes


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
