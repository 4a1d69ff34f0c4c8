"""Every choice at one look, and the history of one."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from consents.choices import presenting, selectors
from consents.core import clock
from consents.core.refusals import Unknown
from consents.ledger.selectors import newest
from consents.people.visitors import for_customer

MOST_EVENTS = 100


@require_safe
@for_customer
def choices(request: HttpRequest) -> HttpResponse:
    customer = request.visitor.customer.pk  # type: ignore[attr-defined]
    groups = presenting.in_groups(selectors.standings(customer))
    return render(request, "choices/list.html", groups | {"ended": selectors.of_retired_purposes(customer)})


@require_safe
@for_customer
def history(request: HttpRequest, code: str) -> HttpResponse:
    """What happened to one choice, newest first; of a retired purpose too."""
    choice = selectors.choice_for(request.visitor.customer.pk, code)  # type: ignore[attr-defined]
    if choice is None:
        raise Unknown
    entries = newest(choice.pk, MOST_EVENTS)
    told = presenting.events(entries, selectors.lapse_of(choice, clock.now()))
    context = {"choice": choice, "events": told, "is_cut": len(entries) == MOST_EVENTS}
    return render(request, "choices/history.html", context)
