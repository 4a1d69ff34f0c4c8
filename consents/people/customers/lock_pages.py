"""Lock one's own access when a phone is lost, and unlock it after proof in a second way."""

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from consents.core.refusals import Refusal
from consents.people.identity_proofs import list_proofs_given, list_ways_to_prove
from consents.people.languages import sign_out_with
from consents.people.services import locking
from consents.people.visitors import CustomerRequest, customer_required, run_once

LOCKED = gettext_lazy("Your access is locked. Sign in to unlock it when you are ready.")


@require_http_methods(["GET", "HEAD", "POST"])
@customer_required
def lock_access(request: CustomerRequest) -> HttpResponse:
    """GET: what it does. POST: lock this account and sign it out everywhere, here too."""
    user, customer, ways = request.user, request.visitor.customer.pk, list_ways_to_prove(request.user)
    refusal = None
    if request.method == "POST":
        try:
            return sign_out_with(
                request, lambda by: locking.lock_account(user=user, customer=customer, ways=ways, by=by), LOCKED
            )
        except Refusal as refused:
            refusal = refused
    context = {"refusal": refusal, "may_lock": len(ways) >= locking.WAYS_TO_UNLOCK}
    return render(request, "people/lock.html", context, status=refusal.status if refusal else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@customer_required
def unlock_access(request: CustomerRequest) -> HttpResponse:
    """GET: which proof is missing, and where to give it. POST: unlock, if two ways were proved in this session."""
    user, customer = request.user, request.visitor.customer.pk
    if user.locked_at is None:
        return redirect("home")
    proofs = list_proofs_given(request, user)
    if request.method == "POST":
        run_once(request, lambda by: locking.unlock_account(user=user, customer=customer, proofs=proofs, by=by))
        messages.success(request, _("Your access is unlocked."))
        return redirect("home")
    methods = [
        method for method in get_adapter().get_reauthentication_methods(user) if is_unused_way(method["id"], proofs)
    ]
    return render(request, "people/locked.html", {"is_proved": len(proofs) >= locking.WAYS_TO_UNLOCK, "ways": methods})


def is_unused_way(method: str, proofs: set[str]) -> bool:
    """Return True for a way of proving that this session has not used yet."""
    way = {"reauthenticate": "password", "reauthenticate_by_code": "code"}.get(method, "mfa")
    return way not in proofs
