"""Giving, renewing, refusing, putting off, withdrawing: each page is whole without script."""

from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from consents.choices import presenting, selectors, services
from consents.choices.browsers import how_of
from consents.choices.forms import AnswerForm, ShownForm, first_step, is_second_step, shown
from consents.choices.models import Choice
from consents.choices.selectors import Standing
from consents.core import clock
from consents.core.refusals import Refusal, Unknown
from consents.people.rules import is_below_age
from consents.people.visitors import Visitor, for_customer, once


class Count(NamedTuple):
    """What a form that ends several things is remembered by."""

    pk: int


def theirs(request: HttpRequest, code: str) -> Standing:
    standing = selectors.standing(visitor(request).customer.pk, code)
    if standing is None or not standing.is_asked:
        raise Unknown
    return standing


def visitor(request: HttpRequest) -> Visitor:
    found: Visitor = request.visitor  # type: ignore[attr-defined]
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@for_customer
def give(request: HttpRequest, code: str) -> HttpResponse:
    """The full text and equal buttons: I agree, I do not agree and, while nothing was decided, Not now."""
    standing = theirs(request, code)
    if request.method != "POST":
        return page(request, standing, AnswerForm(standing=standing))
    if request.POST.get("answer") == "refused":
        return withdraw(request, code)
    form = AnswerForm(request.POST, standing=standing)
    if not form.is_valid():
        return refused(request, code, services.NotWhole() if form.is_damaged else services.NoButton())
    if not form.is_of_text_in_force:
        return refused(request, code, services.TextHasChanged())
    if form.asks_second_step and not is_second_step(request, standing):
        return render(request, "choices/confirm.html", confirming(request, standing))
    return save(request, standing, form)


def page(request: HttpRequest, standing: Standing, form: AnswerForm, status: int = 200) -> HttpResponse:
    context = {"standing": standing, "act": "give", "form": form, "needs_guardian": needs_guardian(request)}
    if standing.is_given:
        context["stops"] = presenting.what_stops(visitor(request).customer.pk, [standing])
    return render(request, "choices/choice.html", context, status=status)


def needs_guardian(request: HttpRequest) -> bool:
    who = visitor(request)
    child = who.customer
    is_child = child.born_on is not None and is_below_age(child.born_on, child.country, clock.now().date())
    return is_child and who.acting.capacity != "guardian"


def confirming(request: HttpRequest, standing: Standing) -> dict[str, object]:
    """The second step carries on from exactly the first one, for an hour."""
    form = AnswerForm(standing=standing, step=first_step(visitor(request).customer.pk, standing))
    return {"standing": standing, "form": form}


def save(request: HttpRequest, standing: Standing, form: AnswerForm) -> HttpResponse:
    how = how_of(request, form.cleaned_data["language"])
    terms = form.terms(visitor(request).customer.pk) | {"how": how}
    try:
        once(request, lambda by: answer(form, terms | {"by": by}))
    except Refusal as refusal:
        return refused(request, standing.version.purpose.code, refusal)
    return redirect("choices:saved", standing.version.purpose.code)


def refused(request: HttpRequest, code: str, refusal: Refusal) -> HttpResponse:
    """The page as things are now, and above it the one sentence that says why nothing was saved."""
    standing = theirs(request, code)
    form = AnswerForm(shown(standing) | {"answer": "given"}, standing=standing)
    form.add_error(None, str(refusal))
    return page(request, standing, form, status=refusal.status)


def answer(form: AnswerForm, terms: dict[str, Any]) -> Choice:
    """The one act that the form asks for."""
    if form.cleaned_data["answer"] == "later":
        return services.defer(**terms)
    if since := form.cleaned_data["since"]:
        return services.renew(**terms, since=since, confirmed=form.asks_second_step)
    return services.give(**terms, confirmed=form.asks_second_step)


@require_http_methods(["GET", "HEAD", "POST"])
@for_customer
def withdraw(request: HttpRequest, code: str) -> HttpResponse:
    standing = theirs(request, code)
    customer = visitor(request).customer.pk
    if request.method != "POST":
        stops = presenting.what_stops(customer, [standing])
        context = {"standing": standing, "act": "withdraw", "stops": stops, "form": AnswerForm(standing=standing)}
        return render(request, "choices/choice.html", context)
    version, language = ShownForm(request.POST).words
    no: dict[str, Any] = {"customer": customer, "purpose": code, "version": version, "how": how_of(request, language)}
    once(request, lambda by: services.withdraw(**no, by=by))
    return redirect("choices:saved", code)


@require_http_methods(["GET", "HEAD", "POST"])
@for_customer
def withdraw_all(request: HttpRequest) -> HttpResponse:
    """Everything agreed to, in one press and one confirmation."""
    customer = visitor(request).customer.pk
    if request.method == "POST":
        how = how_of(request)
        once(request, lambda by: Count(len(services.withdraw_all(customer=customer, by=by, how=how))))
        return redirect("choices:withdrawn_all")
    agreed = [standing for standing in selectors.standings(customer) if standing.is_given]
    context = {"agreed": agreed, "stops": presenting.what_stops(customer, agreed)}
    return render(request, "choices/withdraw_all.html", context)


@require_safe
@for_customer
def withdrawn_all(request: HttpRequest) -> HttpResponse:
    """Everything that is withdrawn now: since when, and the receipt of each."""
    withdrawn = selectors.withdrawn(visitor(request).customer.pk)
    return render(request, "choices/withdrawn_all.html", {"withdrawn": withdrawn})


@require_safe
@for_customer
def saved(request: HttpRequest, code: str) -> HttpResponse:
    """What stands now, in words."""
    standing = theirs(request, code)
    if standing.choice is None:
        return redirect("choices:list")
    context = {"standing": standing, "saved": presenting.saved(standing)}
    return render(request, "choices/saved.html", context)
