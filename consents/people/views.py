"""Claiming the record a printed code belongs to, and choosing for whom to act where there are several."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from consents.people import selectors, services
from consents.people.forms import ClaimForm
from consents.people.models import Customer
from consents.people.services import CodeDoesNotWork
from consents.people.visitors import CHOSEN, actor_of, for_customer


@require_http_methods(["GET", "HEAD", "POST"])
def claim(request: HttpRequest) -> HttpResponse:
    if request.user.is_staff:  # type: ignore[union-attr]
        return redirect("admin:index")
    form = ClaimForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            customer = services.claim_by_code(user=request.user, code=form.cleaned_data["code"], by=actor_of(request))  # type: ignore[arg-type]
        except CodeDoesNotWork as refusal:
            form.add_error("code", str(refusal))
        else:
            return claimed(request, customer)
    return render(request, "people/claim.html", {"form": form}, status=422 if form.errors else 200)


def claimed(request: HttpRequest, customer: Customer) -> HttpResponse:
    actings = selectors.actings_of(request.user)  # type: ignore[arg-type]
    if any(one.capacity == "guardian" and one.customer_id == customer.pk for one in actings):
        messages.success(request, _("You can act for this child now."))
    else:
        messages.success(request, _("This is your record now. You can see here who asks for your data."))
    return redirect("people:act_for" if len(actings) > 1 else "home")


@require_http_methods(["GET", "HEAD", "POST"])
@for_customer
def act_for(request: HttpRequest) -> HttpResponse:
    """For whom: one button each."""
    actings = selectors.actings_of(request.user)  # type: ignore[arg-type]
    if request.method == "POST":
        chosen = [one for one in actings if str(one.pk) == request.POST.get("acting")]
        if chosen:
            request.session[CHOSEN] = chosen[0].pk
            return redirect("home")
    context = {"actings": actings, "current": request.visitor.acting.pk}  # type: ignore[attr-defined]
    return render(request, "people/act_for.html", context, status=422 if request.method == "POST" else 200)
