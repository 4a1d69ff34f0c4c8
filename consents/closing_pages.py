"""The page on which a customer closes their account."""

from typing import cast

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext_lazy
from django.views.decorators.http import require_http_methods

from consents.closing import (
    SharedAccount,
    close_account,
    close_unlinked_account,
    find_open_closing,
    list_remainders,
)
from consents.core.refusals import Refusal
from consents.people.languages import write_for_browser
from consents.people.selectors import list_holders
from consents.people.visitors import CustomerRequest, PortalRequest, customer_required, find_visitor, run_once

CLOSED = gettext_lazy(
    "Your account is being closed. We have signed you out everywhere and sent you an email about what follows."
)
LEFT = gettext_lazy("Your account is closed. We have told you by email.")


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
            run_once(request, lambda by: close_unlinked_account(user=user, by=by))
        except Refusal as refused:
            refusal = refused
        else:
            logout(request)
            messages.success(request, write_for_browser(request, LEFT))
            return redirect("account_login")
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
            run_once(request, lambda by: close_account(user=user, acting=acting, language=language, by=by))
        except Refusal as refused:
            refusal = refused
        else:
            logout(request)
            messages.success(request, write_for_browser(request, CLOSED))
            return redirect("account_login")
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
