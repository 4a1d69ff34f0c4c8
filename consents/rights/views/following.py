"""What became of a request: its page, confirming that one asked, taking it back, having it looked at again."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from consents.core import clock
from consents.core.refusals import Unknown
from consents.ledger.selectors import newest
from consents.people.visitors import for_customer, once
from consents.rights import presenting, recipients, selectors, services, timeline
from consents.rights.forms import AppealForm
from consents.rights.models import RightsRequest
from consents.rights.views.freshness import freshly_signed_in

MOST_EVENTS = 100


def theirs(request: HttpRequest, number: str) -> RightsRequest:
    """Not there, or not theirs: the same 404."""
    found = selectors.own(request.visitor.customer.pk, number)  # type: ignore[attr-defined]
    if found is None:
        raise Unknown
    return found


@require_safe
@for_customer
def one(request: HttpRequest, number: str) -> HttpResponse:
    row = theirs(request, number)
    context = {
        "shown": presenting.shown(row, clock.now()),
        "row": row,
        "law": presenting.law_by(row),
        "asked": presenting.asked(row),
        "identity": presenting.identity_words(row),
        "needs_confirmation": presenting.needs_confirmation(row) and row.channel == "portal",
        "waiting": presenting.waiting_words(row),
        "longer": presenting.reason_for_longer(row),
        "answer": presenting.answer_of(row),
        "appeal": presenting.appeal_of(row),
        "can_appeal": presenting.can_appeal(row),
        "remedies": presenting.remedies(row),
        "complaints": presenting.complaints(row),
        "corrections": presenting.corrections_of(row),
        "told": recipients.to_customer(row),
        "asks_which_entry": presenting.asks_which_entry(row),
        "events": timeline.events(newest(row.pk, MOST_EVENTS)),
    }
    return render(request, "rights/request.html", context | presenting.package_of(row))


@require_safe
@for_customer
def sent(request: HttpRequest, number: str) -> HttpResponse:
    """The number, the day, and what happens next."""
    row = theirs(request, number)
    context = {"shown": presenting.shown(row, clock.now()), "needs_confirmation": presenting.needs_confirmation(row)}
    return render(request, "rights/sent.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@for_customer
@freshly_signed_in
def confirm(request: HttpRequest, number: str) -> HttpResponse:
    """Who has just signed in again says that it was they who asked."""
    row = theirs(request, number)
    if request.method == "POST":
        customer = row.customer_id
        once(request, lambda by: services.confirm_own_identity(request=row.pk, customer=customer, by=by))  # type: ignore[arg-type]
        messages.success(request, _("Thank you. We now work on your request."))
        return redirect("rights:request", row.number)
    return render(request, "rights/confirm.html", {"shown": presenting.shown(row, clock.now())})


@require_http_methods(["GET", "HEAD", "POST"])
@for_customer
def take_back(request: HttpRequest, number: str) -> HttpResponse:
    row = theirs(request, number)
    if request.method == "POST":
        customer = row.customer_id
        once(request, lambda by: services.withdraw(request=row.pk, customer=customer, by=by))  # type: ignore[arg-type]
        return redirect("rights:request", row.number)
    return render(request, "rights/take_back.html", {"shown": presenting.shown(row, clock.now())})


@require_http_methods(["GET", "HEAD", "POST"])
@for_customer
def appeal(request: HttpRequest, number: str) -> HttpResponse:
    row = theirs(request, number)
    form = AppealForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        mine = {"request": row.pk, "customer": row.customer_id, "why": form.cleaned_data["why"]}
        once(request, lambda by: services.appeal(**mine, by=by))
        return redirect("rights:request", row.number)
    context = {"shown": presenting.shown(row, clock.now()), "form": form, "can_appeal": presenting.can_appeal(row)}
    return render(request, "rights/appeal.html", context, status=422 if form.errors else 200)
