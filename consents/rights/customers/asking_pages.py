"""Show people the rights they have, and let them ask for one: a question a page, a check, and it is on record."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, cast

from allauth.core.ratelimit import respond_429
from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.crypto import get_random_string
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from consents.core import clock, sealing
from consents.core.admin import REOPENED
from consents.core.durations import get_home_day
from consents.core.refusals import NotValid, Refusal, Unknown
from consents.law.identity import Level
from consents.law.kinds import Type, find_nearest_right, get_kind
from consents.notifications.services import queueing
from consents.people.joint_words import JointAgreement, read_agreements
from consents.people.models import JointAssent
from consents.people.proof_codes import is_recently_authenticated, offer_code
from consents.people.rules import CODE_LENGTH as RULES_CODE_LENGTH
from consents.people.rules import CODE_LETTERS, normalize_address, normalize_claim_code
from consents.people.selectors import hash_address, is_address_hash
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
from consents.rights.customers import presenting, steps
from consents.rights.customers.forms import WhereForm, list_places
from consents.rights.customers.presenting import BY_SLUG, Law, RequestSummary, build_slug
from consents.rights.customers.steps import find_linked_page, read_linked_right
from consents.rights.fulfilment.registry import BY_TYPE
from consents.rights.models import RightsRequest
from consents.rights.recipients import awaits_confirmation, find_requesters
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
    if is_proven(request, email):
        return None
    code = request.POST.get("mailed_code", "")
    if request.POST["send"] == "again" or not code:
        email_address_code(request, email)
        return render_question(request, None, law, type, progress)
    try:
        check_code(request, email, code)
    except WrongAddressCode as refusal:
        return render_question(request, None, law, type, progress._replace(status=refusal.status), refusal)
    return None


def get_email(progress: steps.QuestionProgress) -> str:
    return next((str(step.form.cleaned_data["email"]) for step in progress.done if step.name == "who"), "")


def get_code_address(request: HttpRequest, progress: steps.QuestionProgress) -> str:
    """Return the address to which a code went that was not used yet; empty for none."""
    email = get_email(progress)
    return email if awaits_address_code(request, email) else ""


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


# Have a stranger prove, by a mailed code, that the address is theirs before their form becomes a request.
#
# Otherwise anyone could file requests in somebody's name, and have us write to them. The code is for one session and
# one address; the session holds its keyed hash.

SESSION_KEY = "rights_address"
USE = "address code"  # of the keyed hash of a code
LIFETIME = 30 * 60
TRIES = 5
CODE_LENGTH = 8


class WrongAddressCode(NotValid):
    sentence = _("This code does not work. Check it, or ask for a new one.")


def is_proven(request: HttpRequest, email: str) -> bool:
    """Return True if a code sent to this address was used in this session a short while ago."""
    waiting = get_waiting_address_code(request, email)
    return waiting is not None and waiting["used"]


def awaits_address_code(request: HttpRequest, email: str) -> bool:
    """Return True if a code went to this address in this session that works and was not used yet."""
    waiting = get_waiting_address_code(request, email)
    return waiting is not None and not waiting["used"]


def email_address_code(request: HttpRequest, email: str) -> None:
    """Email a new code; an earlier one no longer works. An address that has had enough emails gets none."""
    code = get_random_string(CODE_LENGTH, CODE_LETTERS)
    begun = {"address": hash_address(email).hex(), "at": time.time(), "tries": 0, "used": False}
    hashed = sealing.compute_keyed_hash(settings.KEYRING, USE, name_code(email, code))
    request.session[SESSION_KEY] = begun | {"hash": hashed.hex()}
    if may_email(request, email):
        queueing.send_code(
            to=email,
            template="rights_address_code",
            language=get_language() or settings.LANGUAGE_CODE,
            lives=timedelta(seconds=LIFETIME),
            code=f"{code[:4]}-{code[4:]}",
        )


def check_code(request: HttpRequest, email: str, code: str) -> None:
    """Raises WrongAddressCode; a wrong code counts as a try."""
    waiting = get_waiting_address_code(request, email)
    if waiting is None:
        raise WrongAddressCode
    is_right = sealing.is_keyed_hash(settings.KEYRING, USE, name_code(email, code), bytes.fromhex(waiting["hash"]))
    request.session[SESSION_KEY] = waiting | {"tries": waiting["tries"] + 1, "used": is_right}
    if not is_right:
        raise WrongAddressCode


def get_waiting_address_code(request: HttpRequest, email: str) -> dict[str, Any] | None:
    waiting: dict[str, Any] | None = request.session.get(SESSION_KEY)
    if (
        waiting is None
        or not is_address_hash(bytes.fromhex(waiting["address"]), email)
        or time.time() - waiting["at"] > LIFETIME
    ):
        return None
    return waiting if waiting["used"] or waiting["tries"] < TRIES else None


def name_code(email: str, code: str) -> str:
    """Return what is hashed of a code: it counts for the one address that it was sent to."""
    return f"{normalize_address(email)} {normalize_claim_code(code)}"


IMPOSSIBLE_CODE = _("This code cannot be right. It has 12 letters and numbers: check each one.")


class NumberAndCodeForm(forms.Form):
    number = forms.CharField(
        label=_("Number of your request"),
        max_length=30,
        help_text=_("It is in the letter or email with the code, for example RQ-7K2M-93QX."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
        error_messages={
            "required": _("Enter the number of your request."),
            "max_length": _("This number is too long. It looks like RQ-7K2M-93QX."),
        },
    )
    code = forms.CharField(
        label=_("Your code"),
        max_length=60,
        help_text=_("12 letters and numbers. Spaces and dashes make no difference."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
        error_messages={
            "required": _("Enter the code we gave you."),
            "max_length": IMPOSSIBLE_CODE,
        },
    )

    def clean_code(self) -> str:
        """Refuse what no code of ours looks like, before it counts as a wrong one."""
        code = normalize_claim_code(self.cleaned_data["code"])
        if len(code) != RULES_CODE_LENGTH:
            raise forms.ValidationError(IMPOSSIBLE_CODE)
        return code
