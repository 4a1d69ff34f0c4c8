"""Pages to give, renew, refuse, put off and withdraw consent. Each works without script."""

from collections.abc import Callable
from functools import wraps
from typing import Any, NamedTuple

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from consents.choices import selectors
from consents.choices.customers import presenting
from consents.choices.customers.presenting import (
    ConsentForm,
    DisplayedTextForm,
    build_act_context,
    get_customer,
    get_displayed_values,
    is_second_step,
    sign_first_step,
)
from consents.choices.models import Choice
from consents.choices.rules import OPT_OUT_PAGE
from consents.choices.selectors import ChoicesReading, Standing
from consents.choices.services import answering, recording, withdrawing
from consents.core import clock
from consents.core.refusals import Refusal, Unknown
from consents.law.clocks import is_below_age
from consents.ledger.selectors.timelines import list_newest_entries
from consents.people.joint_words import (
    Agreements,
    JointAgreement,
    name_other_holders,
    needs_every_holder,
    read_agreements,
)
from consents.people.models import JointAssent
from consents.people.selectors import name_others
from consents.people.visitors import CustomerRequest, PortalRequest, customer_required, run_once


class EndedCount(NamedTuple):
    """The number of consents ended, by which the form that ended them is remembered."""

    pk: int


def end_with_purpose(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Lead who answers about a purpose that was retired, perhaps since their page was loaded, to where it says so."""

    @wraps(view)
    def led(request: CustomerRequest, code: str) -> HttpResponse:
        try:
            return view(request, code)
        except Unknown:
            if (version := selectors.find_retired_version(code)) is None:
                raise
        if selectors.find_choice(request.visitor.customer.pk, code):
            return redirect("choices:history", code)
        sentence = _("%(name)s: we no longer do this, and no one will ask you about it again.")
        messages.warning(request, sentence % {"name": version.name})
        return redirect("choices:list")

    return led


def get_standing_or_404(request: CustomerRequest, code: str) -> Standing:
    standing = selectors.find_standing(request.visitor.customer.pk, code)
    if standing is None or not standing.is_asked:
        raise Unknown
    return standing


@require_http_methods(["GET", "HEAD", "POST"])
@customer_required
@end_with_purpose
def answer_choice(request: CustomerRequest, code: str) -> HttpResponse:
    """Show the full text with equal buttons: I agree, I do not agree and, while undecided, Not now."""
    standing = get_standing_or_404(request, code)
    if request.method != "POST":
        return render_choice(request, standing, ConsentForm(standing=standing))
    if request.POST.get("answer") == "refused":
        return withdraw_choice(request, code)
    form = ConsentForm(request.POST, standing=standing)
    if not form.is_valid():
        return render_choice_refusal(
            request, code, recording.DamagedForm() if form.is_damaged else recording.NoAnswerChosen()
        )
    if not form.is_of_text_in_force:
        return render_choice_refusal(request, code, recording.TextHasChanged())
    if form.asks_second_step and not is_second_step(request, standing):
        step = sign_first_step(request.visitor.customer.pk, standing.version.pk)
        context = {"standing": standing, "form": ConsentForm(standing=standing, step=step)}
        return render(request, "choices/confirm.html", context)
    return save_choice(request, standing, form)


def render_choice(request: CustomerRequest, standing: Standing, form: ConsentForm, status: int = 200) -> HttpResponse:
    is_child = needs_guardian(request)
    context: dict[str, Any] = {"standing": standing, "act": "give", "form": form, "needs_guardian": is_child}
    context["sharers"] = name_other_holders(request.visitor.acting) if standing.is_given else ""
    context["notice"] = presenting.find_choice_notice(standing, needs_guardian=is_child)
    if standing.can_agree and not is_child:
        context["agreement"] = find_agreement(request, standing)
    if standing.is_given:
        context["consent"] = presenting.describe_consent(standing)
        context["stops"] = presenting.list_stops(request.visitor.customer.pk, [standing])
    return render(request, "choices/choice.html", context, status=status)


def find_agreement(request: CustomerRequest, standing: Standing) -> JointAgreement | None:
    """Return how far the holders of a shared account have come with this text."""
    return read_agreements(request.visitor.acting, JointAssent.Matter.CONSENT).find(standing.version.pk)


def needs_guardian(request: CustomerRequest) -> bool:
    who = request.visitor
    child = who.customer
    is_child = child.born_on is not None and is_below_age(child.born_on, child.country, clock.now().date())
    return is_child and who.acting.capacity != "guardian"


def save_choice(request: CustomerRequest, standing: Standing, form: ConsentForm) -> HttpResponse:
    code = standing.version.purpose.code
    terms = {
        "customer": request.visitor.customer.pk,
        "purpose": code,
        "version": form.cleaned_data["version"],
        "how": build_act_context(request, form.cleaned_data["language"]),
    }
    try:
        run_once(request, lambda by: perform_answer(form, terms | {"by": by}))
    except Refusal as refusal:
        return render_choice_refusal(request, code, refusal)
    return redirect("choices:saved", code)


def render_choice_refusal(request: CustomerRequest, code: str, refusal: Refusal) -> HttpResponse:
    """Render the page as things are now, under the sentence that says why nothing was saved."""
    standing = get_standing_or_404(request, code)
    form = ConsentForm(get_displayed_values(standing) | {"answer": "given"}, standing=standing)
    form.add_error(None, str(refusal))
    return render_choice(request, standing, form, status=refusal.status)


def perform_answer(form: ConsentForm, terms: dict[str, Any]) -> Choice:
    if form.cleaned_data["answer"] == "later":
        return answering.defer_consent(**terms)
    if since := form.cleaned_data["since"]:
        return answering.renew_consent(**terms, since=since, confirmed=form.asks_second_step)
    return answering.give_consent(**terms, confirmed=form.asks_second_step)


@require_http_methods(["GET", "HEAD", "POST"])
@customer_required
@end_with_purpose
def withdraw_choice(request: CustomerRequest, code: str) -> HttpResponse:
    standing = get_standing_or_404(request, code)
    customer = request.visitor.customer.pk
    if request.method != "POST":
        stops = presenting.list_stops(customer, [standing])
        context = {"standing": standing, "act": "withdraw", "stops": stops, "form": ConsentForm(standing=standing)}
        context["sharers"] = name_other_holders(request.visitor.acting)
        return render(request, "choices/choice.html", context)
    version, language = DisplayedTextForm(request.POST).words
    how = build_act_context(request, language)
    run_once(
        request,
        lambda by: withdrawing.withdraw_consent(customer=customer, purpose=code, version=version, how=how, by=by),
    )
    return redirect("choices:saved", code)


@require_http_methods(["GET", "HEAD", "POST"])
@customer_required
def withdraw_all_choices(request: CustomerRequest) -> HttpResponse:
    """Withdraw every consent with one confirmation."""
    customer = request.visitor.customer.pk
    if request.method == "POST":
        how = build_act_context(request)
        run_once(
            request, lambda by: EndedCount(len(withdrawing.withdraw_all_consents(customer=customer, by=by, how=how)))
        )
        return redirect("choices:withdrawn_all")
    read = selectors.read_choices(customer)
    agreed = [standing for standing in read.standings if standing.is_given]
    begun = {assent.object for assent in read.assents}
    context = {
        "agreed": agreed,
        "waiting": [one for one in read.standings if str(one.version.pk) in begun and not one.is_given],
        "stops": presenting.list_stops(customer, agreed),
        "sharers": name_other_holders(request.visitor.acting),
    }
    return render(request, "choices/withdraw_all.html", context)


@require_safe
@customer_required
def show_withdrawn(request: CustomerRequest) -> HttpResponse:
    """Show every withdrawn consent: since when, by whom if not the reader, and its receipt."""
    customer = request.visitor.customer.pk
    withdrawn, others = selectors.list_withdrawn_choices(customer), name_others(customer, request.user)
    actors = selectors.map_withdrawers(withdrawn) if others else {}
    context = {
        "withdrawn": [(choice, capfirst(others.get(actors.get(choice.pk, ""), ""))) for choice in withdrawn],
        "effects": presenting.list_effects(withdrawn),
    }
    return render(request, "choices/withdrawn_all.html", context)


@require_safe
@customer_required
@end_with_purpose
def show_saved_choice(request: CustomerRequest, code: str) -> HttpResponse:
    """Show what the customer has now chosen."""
    standing = get_standing_or_404(request, code)
    agreement = find_agreement(request, standing)
    is_waiting = bool(agreement and agreement.is_waiting)
    if standing.choice is None and not is_waiting:
        return redirect("choices:list")
    saved = presenting.describe_saved_choice(standing, agreement)
    context: dict[str, Any] = {"standing": standing, "saved": saved, "is_waiting": is_waiting}
    if standing.choice and standing.is_no and not is_waiting:
        context["effects"] = presenting.list_effects([standing.choice])
    return render(request, "choices/saved.html", context)


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


SINCE = "2026-11-24"  # since when this site honours the signal as it does now


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def answer_opt_out(request: PortalRequest) -> HttpResponse:
    """Show one sentence and one button; remember the opt-out for this browser and, signed in, for the account."""
    customer = get_customer(request)
    if request.method != "POST":
        standing = selectors.get_sale_standing(customer.pk) if customer else None
        context = {
            "is_opted_out": standing.is_opted_out if standing else presenting.has_opt_out_wish(request),
            "is_account": customer is not None,
            "is_remembered": presenting.has_opt_out_cookie(request),
        }
        return render(request, "choices/opt_out.html", context)
    if customer:
        how = build_act_context(request, method=OPT_OUT_PAGE)
        run_once(request, lambda by: withdrawing.opt_out_of_sale(customer=customer.pk, by=by, how=how))
    response = redirect("opt_out")
    presenting.remember_opt_out(response)
    return response


@login_not_required
@require_safe
def show_gpc_support(request: HttpRequest) -> HttpResponse:
    """Serve the Global Privacy Control support file."""
    return JsonResponse({"gpc": True, "lastUpdate": SINCE})
