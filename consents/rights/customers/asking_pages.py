"""Show people the rights they have, and let them ask for one: a question a page, a check, and it is on record."""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any, cast

from allauth.core.ratelimit import respond_429
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from consents.core import clock
from consents.core.admin import REOPENED
from consents.core.durations import get_home_day
from consents.core.refusals import Refusal, Unknown
from consents.law.identity import Level
from consents.law.kinds import Type, get_kind
from consents.law.nearest import find_nearest_right
from consents.people.identity_proofs import is_recently_authenticated
from consents.people.joint_words import JointAgreement, read_agreements
from consents.people.models import JointAssent
from consents.people.proof_codes import offer_code
from consents.people.visitors import (
    CustomerRequest,
    PortalRequest,
    Visitor,
    as_kept,
    customer_required,
    find_visitor,
    limit_rate,
    may_email,
    record_actor,
    run_once,
)
from consents.rights import selectors
from consents.rights.confirmations import awaits_confirmation, find_requesters
from consents.rights.customers import address_proof, presenting, steps
from consents.rights.customers.deep_links import find_linked_page, read_linked_right
from consents.rights.customers.forms import WhereForm, list_places
from consents.rights.customers.presenting import BY_SLUG, Law, RequestSummary, build_slug
from consents.rights.fulfilment.registry import BY_TYPE
from consents.rights.models import RightsRequest
from consents.rights.refusals import AlreadyAsked
from consents.rights.services import filing

RECEIVED = "rights_received"  # in a stranger's session: the number of what they sent


def with_or_without_account(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Give the view its visitor: None for a stranger, and for an account that no record belongs to."""

    @login_not_required
    @wraps(view)
    def gate(request: PortalRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_staff:
            return redirect("admin:index")
        return view(request, find_visitor(request), *args, **kwargs)

    return gate


@require_safe
@with_or_without_account
def show_rights(request: HttpRequest, visitor: Visitor | None) -> HttpResponse:
    """Show the rights there are where the person lives, and what became of those they asked for."""
    now = clock.now()
    law, form = get_law_and_form(request, visitor)
    if linked := find_linked_page(request, visitor, law):
        return redirect(linked)
    context: dict[str, Any] = {"form": form, "law": law, "linked": read_linked_right(request)}
    if law:
        cards = presenting.build_cards(law, get_home_day(now), signed_in=bool(visitor))
        context |= {"cards": cards, "groups": presenting.group_cards(cards)}
    if visitor:
        context["requests"] = list_own_requests(visitor, now)
    return render(request, "rights/list.html", context)


def list_own_requests(visitor: Visitor, now: datetime) -> list[tuple[RequestSummary, JointAgreement | None]]:
    """List what was asked for this customer, each with how far the holders of a shared account have come with it."""
    agreements = read_agreements(visitor.acting, JointAssent.Matter.RIGHT)
    rights_requests, reader = selectors.list_customer_requests(visitor.customer.pk), str(visitor.user.pk)
    requesters = find_requesters(rights_requests)
    return [
        (presenting.build_request_summary(asked, now, agreement, is_readers=is_readers), agreement)
        for asked in rights_requests
        for is_joint in [presenting.waits_for_every_holder(asked)]
        for agreement in [agreements.find(asked.pk) if is_joint else None]
        for is_readers in [requesters.get(asked.pk, reader) == reader]
    ]


def get_law_and_form(request: HttpRequest, visitor: Visitor | None) -> tuple[Law | None, WhereForm | None]:
    """Return the law that holds: a customer's country is on file; a stranger says where they live, by the form."""
    if visitor:
        return Law.of(visitor.customer), None
    form = WhereForm(request.GET if "where" in request.GET else None)
    return (Law.at(form.cleaned_data["where"]) if form.is_valid() else None), form


@as_kept
@require_http_methods(["GET", "HEAD", "POST"])
@with_or_without_account
def ask_for_right(request: HttpRequest, visitor: Visitor | None, slug: str) -> HttpResponse:
    type = BY_SLUG.get(slug)
    if type is None:
        raise Unknown
    if visitor and BY_TYPE[type].own_page:
        return redirect(BY_TYPE[type].own_page)
    where = request.POST.get("where") or request.GET.get("where", "")
    if visitor is None and not (where and where in dict(list_places())):
        return redirect("rights:list")
    law = Law.of(visitor.customer) if visitor else Law.at(where)
    today = get_home_day(clock.now())
    if reason := presenting.explain_missing_here(law, type, today, bool(visitor)):
        return render(request, "rights/not_yours.html", {"title": type.label, "reason": reason}, status=422)
    asked = steps.walk_questions(request, type, visitor)
    if asked.here is None and "send" in request.POST and REOPENED not in request.POST:
        return send_request(request, visitor, law, type, asked)
    return render_question(request, visitor, law, type, asked)


@as_kept
@require_http_methods(["GET", "HEAD", "POST"])
@customer_required
def correct_value(request: CustomerRequest) -> HttpResponse:
    """Lead from a value that the customer sees to its correction, by the right of the law that holds for them."""
    right = find_nearest_right(Law.of(request.visitor.customer).regime, Type.RECTIFICATION)
    slug = build_slug(right or Type.RECTIFICATION)
    if request.method == "POST":
        answer: HttpResponse = ask_for_right(request, slug=slug)
        return answer
    return redirect("rights:ask", slug)


def render_question(
    request: HttpRequest,
    visitor: Visitor | None,
    law: Law,
    type: Type,
    asked: steps.QuestionProgress,
    refusal: Refusal | None = None,
) -> HttpResponse:
    """Render the next question; after the last one everything that was said, to be checked."""
    now = clock.now()
    today = get_home_day(now)
    kind = get_kind(law.regime, type, today)
    context = {
        "type": type,
        "card": presenting.build_card(law, kind, today, bool(visitor)),
        "where": "" if visitor else law.where,
        "here": asked.here,
        "form": asked.here.form if asked.here else None,
        "done": asked.done,
        "answered": steps.list_answered_questions(request, type, visitor, asked.here),
        "carried": steps.list_carried_fields(request, asked.here),
        "answer_by": presenting.compute_answer_by(law, kind, now),
        "refusal": str(refusal or ""),
        "still_open": refusal.number if isinstance(refusal, AlreadyAsked) else "",
        "is_stranger": visitor is None,
        "code_sent_to": get_code_address(request, asked) if visitor is None else "",
    }
    template = "rights/question.html" if asked.here else "rights/check.html"
    return render(request, template, context, status=asked.status)


def send_request(
    request: HttpRequest, visitor: Visitor | None, law: Law, type: Type, asked: steps.QuestionProgress
) -> HttpResponse:
    if visitor is None and (waiting := prove_address(request, law, type, asked)):
        return waiting
    is_fresh = visitor is not None and is_recently_authenticated(request)
    new_request = steps.build_new_request(request, type, visitor, asked.done, where=law.where, is_fresh=is_fresh)
    try:
        if visitor is None:
            request.session[RECEIVED] = filing.file_rights_request(
                new_request=new_request, by=record_actor(request)
            ).number
            return redirect("rights:received")
        made = run_once(request, lambda by: filing.file_rights_request(new_request=new_request, by=by))
    except Refusal as refusal:
        return render_question(request, visitor, law, type, asked._replace(status=refusal.status), refusal)
    rights_request = RightsRequest.objects.get(pk=made)
    if visitor is not None and awaits_confirmation(rights_request):
        offer_code(cast("CustomerRequest", request))
    return redirect("rights:sent", rights_request.number)


def prove_address(request: HttpRequest, law: Law, type: Type, progress: steps.QuestionProgress) -> HttpResponse | None:
    """Email the stranger a code and ask for it; None once they have typed it.

    An opt-out may not depend on any proof (11 CCR 7060(b)): of those, as many are taken as an address may get emails.
    """
    if too_many := limit_rate(request, "rights"):
        return too_many
    email = get_email(progress)
    kind = get_kind(law.regime, type, get_home_day(clock.now()))
    if kind.identity == Level.NOT_REQUIRED:
        return None if may_email(request, email) else respond_429(request)
    if address_proof.is_proven(request, email):
        return None
    code = request.POST.get("mailed_code", "")
    if request.POST["send"] == "again" or not code:
        address_proof.email_address_code(request, email)
        return render_question(request, None, law, type, progress)
    try:
        address_proof.check_code(request, email, code)
    except address_proof.WrongAddressCode as refusal:
        return render_question(request, None, law, type, progress._replace(status=refusal.status), refusal)
    return None


def get_email(progress: steps.QuestionProgress) -> str:
    return next((str(step.form.cleaned_data["email"]) for step in progress.done if step.name == "who"), "")


def get_code_address(request: HttpRequest, progress: steps.QuestionProgress) -> str:
    """Return the address to which a code went that was not used yet; empty for none."""
    email = get_email(progress)
    return email if address_proof.awaits_address_code(request, email) else ""


@require_safe
@login_not_required
def show_receipt(request: HttpRequest) -> HttpResponse:
    """Show strangers what to keep: the number and the day. The same page whether or not they are known."""
    filed = RightsRequest.objects.filter(number=request.session.get(RECEIVED, "")).first()
    if filed is None:
        return redirect("rights:list")
    return render(
        request,
        "rights/sent.html",
        {"summary": presenting.build_request_summary(filed, clock.now()), "is_stranger": True},
    )
