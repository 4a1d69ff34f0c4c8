"""Which rights somebody has, and asking for one: a question a page, a check, and it is on record."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.core import ratelimit
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from consents.core import clock
from consents.core.refusals import Refusal, Unknown
from consents.people.visitors import Visitor, actor_of, for_customer, is_fresh, once
from consents.rights import presenting, selectors, services, steps
from consents.rights.forms import WhereForm, places
from consents.rights.models import RightsRequest
from consents.rights.presenting import BY_SLUG, OWN_PAGES, Law
from consents.rights.rules.clocks import day_of
from consents.rights.rules.kinds import Type, kind_of
from consents.rights.services.recording import zone

RECEIVED = "rights_received"  # in a stranger's session: the number of what they sent


def with_or_without_account(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Somebody signed in acts for a customer; for anybody else `visitor` is None."""

    @login_not_required
    @wraps(view)
    def gate(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            return for_customer(lambda r, *a, **k: view(r, r.visitor, *a, **k))(request, *args, **kwargs)
        return view(request, None, *args, **kwargs)

    return gate


@require_safe
@with_or_without_account
def rights(request: HttpRequest, visitor: Visitor | None) -> HttpResponse:
    """The rights there are where the person lives, and what became of those they asked for."""
    now = clock.now()
    law, form = law_of(request, visitor)
    context: dict[str, Any] = {"form": form, "law": law}
    if law:
        context["cards"] = presenting.cards(law, day_of(now, zone()), signed_in=bool(visitor))
    if visitor:
        context["requests"] = [presenting.shown(row, now) for row in selectors.of_customer(visitor.customer.pk)]
    return render(request, "rights/list.html", context)


def law_of(request: HttpRequest, visitor: Visitor | None) -> tuple[Law | None, WhereForm | None]:
    """Of a customer it is on file; a stranger says where they live."""
    if visitor:
        return Law.of(visitor.customer), None
    form = WhereForm(request.GET if "where" in request.GET else None)
    return (Law.at(form.cleaned_data["where"]) if form.is_valid() else None), form


@require_http_methods(["GET", "HEAD", "POST"])
@with_or_without_account
def ask(request: HttpRequest, visitor: Visitor | None, slug: str) -> HttpResponse:
    type = BY_SLUG.get(slug)
    if type is None:
        raise Unknown
    if visitor and type in OWN_PAGES:
        return redirect(OWN_PAGES[type])
    where = request.POST.get("where") or request.GET.get("where", "")
    if visitor is None and not (where and where in dict(places())):
        return redirect("rights:list")
    law = Law.of(visitor.customer) if visitor else Law.at(where)
    if reason := presenting.why_not_now(law, type, clock.now(), signed_in=bool(visitor)):
        return render(request, "rights/not_yours.html", {"title": type.label, "reason": reason}, status=422)
    asked = steps.walk(request, type, visitor)
    if asked.here is None and "send" in request.POST:
        return send(request, visitor, law, type, asked)
    return page(request, visitor, law, type, asked)


def page(
    request: HttpRequest, visitor: Visitor | None, law: Law, type: Type, asked: steps.Asked, refusal: str = ""
) -> HttpResponse:
    """The next question; after the last one everything that was said, to be checked."""
    now = clock.now()
    kind = kind_of(law.regime, type, day_of(now, zone()))
    context = {
        "type": type,
        "card": presenting.card(law, kind, day_of(now, zone()), bool(visitor)),
        "where": "" if visitor else law.where,
        "here": asked.here,
        "form": asked.here.form if asked.here else None,
        "done": asked.done,
        "answered": steps.answered(request, type, visitor, asked.here),
        "carried": steps.carried(request, asked.here),
        "answer_on": presenting.answer_day(law, kind, now),
        "refusal": refusal,
        "is_stranger": visitor is None,
    }
    template = "rights/question.html" if asked.here else "rights/check.html"
    return render(request, template, context, status=asked.status)


def send(request: HttpRequest, visitor: Visitor | None, law: Law, type: Type, asked: steps.Asked) -> HttpResponse:
    if visitor is None and (too_many := ratelimit.consume_or_429(request, action="rights")):
        return too_many
    wanted = steps.wanted(request, type, visitor, asked.done, where=law.where, is_fresh=is_fresh(request))
    try:
        if visitor is None:
            request.session[RECEIVED] = services.file(wanted=wanted, by=actor_of(request)).number
            return redirect("rights:received")
        made = once(request, lambda by: services.file(wanted=wanted, by=by))
    except Refusal as refusal:
        return page(request, visitor, law, type, asked._replace(status=refusal.status), str(refusal))
    return redirect("rights:sent", RightsRequest.objects.get(pk=made).number)


@require_safe
@login_not_required
def received(request: HttpRequest) -> HttpResponse:
    """What a stranger keeps: the number and the day. The same page whether or not anybody knows them."""
    filed = RightsRequest.objects.filter(number=request.session.get(RECEIVED, "")).first()
    if filed is None:
        return redirect("rights:list")
    return render(request, "rights/sent.html", {"shown": presenting.shown(filed, clock.now()), "is_stranger": True})
