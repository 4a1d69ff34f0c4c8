"""Pages of all choices, and of the history of one."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from consents.choices import selectors
from consents.choices.customers import presenting
from consents.choices.selectors import ChoicesReading, Standing
from consents.core import clock
from consents.core.refusals import Unknown
from consents.ledger.selectors.timelines import list_newest_entries
from consents.people.joint_words import Agreements, needs_every_holder
from consents.people.selectors import name_others
from consents.people.visitors import CustomerRequest, customer_required

MAX_EVENTS = 100


@require_safe
@customer_required
def show_choices(request: CustomerRequest) -> HttpResponse:
    acting = request.visitor.acting
    read = selectors.read_choices(acting.customer_id)
    agreements = Agreements(acting, *((read.holders, read.assents) if needs_every_holder(acting) else ((), ())))
    waiting = {one.version.pk: found for one in read.standings if (found := agreements.find_begun(one.version.pk))}
    groups = {
        name: [(one, describe_state(one, read) | {"agreement": waiting.get(one.version.pk)}) for one in standings]
        for name, standings in presenting.group_standings(read.standings, waiting).items()
    }
    return render(request, "choices/list.html", groups | {"ended": read.retired, "is_paused": read.is_paused})


def describe_state(standing: Standing, read: ChoicesReading) -> dict[str, Any]:
    """Say how a purpose stands; where several act or have acted, without saying that it was the reader."""
    is_objected = standing.version.purpose_id in read.objected
    state = presenting.describe_standing(
        standing,
        is_paused=read.is_paused,
        is_objected=is_objected,
        has_nothing=read.has_nothing_for(standing.version),
    )
    if not read.is_of_several:
        return state
    word = presenting.describe_shared_choice(state["code"], is_objected=is_objected)
    return state | ({"word": word} if word else {})


@require_safe
@customer_required
def show_choice_history(request: CustomerRequest, code: str) -> HttpResponse:
    """Show what happened to one choice, newest first; also for a retired purpose."""
    choice = selectors.find_choice(request.visitor.customer.pk, code)
    if choice is None:
        raise Unknown
    steps = [*list_newest_entries(choice.pk, MAX_EVENTS), *selectors.list_joint_entries(choice)]
    entries = sorted(steps, key=lambda entry: entry.pk)[-MAX_EVENTS:]
    others = name_others(choice.customer_id, request.user)
    recorders = selectors.name_recorders(entries)
    lapse = selectors.find_lapse_of(choice, clock.now())
    events = presenting.build_choice_timeline(entries, lapse, others, recorders)
    context = {"choice": choice, "events": events, "is_cut": len(entries) == MAX_EVENTS}
    return render(request, "choices/history.html", context)
