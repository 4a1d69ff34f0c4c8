"""Claiming the record a printed code belongs to, choosing for whom to act, and choosing a language."""

from typing import Any
from uuid import UUID

from allauth.core import ratelimit
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from consents.people import languages, selectors, services
from consents.people.forms import ClaimForm, LanguageForm
from consents.people.services import CodeDoesNotWork
from consents.people.submissions import SentOtherwise
from consents.people.visitors import CHOSEN, actor_of, for_customer, once


@require_http_methods(["GET", "HEAD", "POST"])
def claim(request: HttpRequest) -> HttpResponse:
    if request.user.is_staff:  # type: ignore[union-attr]
        return redirect("admin:index")
    if too_many := ratelimit.consume_or_429(request, action="claim"):
        return too_many
    user: Any = request.user
    form = ClaimForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            made = once(request, lambda by: services.claim_by_code(user=user, code=form.cleaned_data["code"], by=by))
        except (CodeDoesNotWork, SentOtherwise) as refusal:
            form.add_error("code", str(refusal))
        else:
            return claimed(request, UUID(made))
    return render(request, "people/claim.html", {"form": form}, status=422 if form.errors else 200)


def claimed(request: HttpRequest, customer: UUID) -> HttpResponse:
    actings = selectors.actings_of(request.user)  # type: ignore[arg-type]
    if any(one.capacity == "guardian" and one.customer_id == customer for one in actings):
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


@login_not_required
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """On record where it is the customer's own; this browser remembers it otherwise."""
    form = LanguageForm(request.POST)
    back = redirect(languages.way_back(request))
    if not form.is_valid():
        return back
    chosen, visitor = form.cleaned_data["language"], languages.own_visitor(request)
    if visitor:
        services.choose_language(customer=visitor.customer.pk, language=chosen, by=actor_of(request))
    back.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        chosen,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return back
