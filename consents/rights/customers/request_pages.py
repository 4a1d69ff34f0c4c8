"""Show a request to its customer, and let them confirm, withdraw or appeal it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from consents.catalogue.models import Category
from consents.core import clock
from consents.core.admin import REOPENED
from consents.core.refusals import Refusal, Unknown, get_or_refuse
from consents.disclosures.services import OwnRecord, disclose_own_copy
from consents.law.reasons import Extension
from consents.ledger.selectors.timelines import list_newest_entries
from consents.people.joint_words import JointAgreement, read_agreements
from consents.people.models import JointAssent
from consents.people.proof_codes import (
    ProofCodeForm,
    get_waiting_code,
    is_recently_authenticated,
    may_prove_by_code,
    record_proof,
    send_code,
)
from consents.people.selectors import name_others
from consents.people.visitors import CustomerRequest, as_kept, customer_required, limit_rate, record_actor, run_once
from consents.rights import recipients, selectors
from consents.rights.customers import presenting, steps
from consents.rights.customers.asking_pages import NumberAndCodeForm
from consents.rights.customers.forms import AppealForm, QuestionReplyForm
from consents.rights.customers.steps import freshly_signed_in
from consents.rights.fulfilment.erasure import list_proposals
from consents.rights.fulfilment.registry import get_fulfilment
from consents.rights.models import ChosenEntry, Clarification, RightsRequest
from consents.rights.recipients import awaits_confirmation, find_requesters
from consents.rights.refusals import QuestionCodeDoesNotWork
from consents.rights.rules import Outcome, Waiting
from consents.rights.services import clarifying, correcting, handling, requester_actions, sharing

MOST_EVENTS = 100


def get_own_request_or_404(request: CustomerRequest, number: str) -> RightsRequest:
    """Return the visitor's request; answer alike whether it is missing or someone else's. Raises Unknown."""
    if rights_request := selectors.get_own_request(request.visitor.customer.pk, number):
        return rights_request
    raise Unknown


def render_about(
    request: CustomerRequest, template: str, rights_request: RightsRequest, status: int = 200, **context: Any
) -> HttpResponse:
    """Render a page about a request, which says on top which one it is and how it stands."""
    summary = presenting.build_request_summary(rights_request, clock.now())
    return render(request, template, {"summary": summary} | context, status=status)


@require_safe
@customer_required
def show_request(request: CustomerRequest, number: str) -> HttpResponse:
    rights_request, now = get_own_request_or_404(request, number), clock.now()
    agreement = find_agreement(request, rights_request)
    others = name_others(request.visitor.customer.pk, request.user)
    reader = str(request.user.pk)
    requester = find_requesters([rights_request]).get(rights_request.pk, reader)
    is_readers = requester == reader
    context = {
        "summary": presenting.build_request_summary(rights_request, now, agreement, is_readers=is_readers),
        "row": rights_request,
        "law": presenting.get_law_of_request(rights_request),
        "asked": presenting.list_requested_details(rights_request),
        "identity": presenting.describe_identity(rights_request),
        "needs_confirmation": awaits_confirmation(rights_request),
        "is_readers": is_readers,
        "requester": others.get(requester, _("Someone else")),
        "is_of_several": bool(others),
        "waiting": dict(Waiting.choices).get(rights_request.waiting_for, ""),
        "thread": selectors.list_thread(rights_request),
        "open_question": selectors.get_open_question(rights_request),
        "longer": dict(Extension.choices).get(rights_request.extension_reason, ""),
        "answer": presenting.describe_answer(rights_request),
        "appeal": presenting.describe_appeal(rights_request, now),
        "can_appeal": presenting.can_appeal(rights_request),
        "remedies": presenting.describe_remedies(rights_request),
        "complaints": presenting.describe_complaints(rights_request),
        "corrections": presenting.list_corrections(rights_request),
        "told": recipients.describe_notices(rights_request),
        "asks_which_entry": presenting.asks_which_entry(rights_request),
        "agreement": agreement,
        "events": steps.build_timeline(list_newest_entries(rights_request.pk, MOST_EVENTS), others),
    }
    return render(request, "rights/request.html", context | selectors.get_copy_status(rights_request))


def is_requester(request: CustomerRequest, rights_request: RightsRequest) -> bool:
    """Return False for a request that waits until somebody else, who asked, has confirmed it."""
    reader = str(request.user.pk)
    return find_requesters([rights_request]).get(rights_request.pk, reader) == reader


def find_agreement(request: CustomerRequest, rights_request: RightsRequest) -> JointAgreement | None:
    """Return how far the holders of a shared account have come with an open request that needs all of them."""
    if not presenting.waits_for_every_holder(rights_request):
        return None
    return read_agreements(request.visitor.acting, JointAssent.Matter.RIGHT).find(rights_request.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@customer_required
@freshly_signed_in
def agree_to_own_request(request: CustomerRequest, number: str) -> HttpResponse:
    """Let a holder of a shared account agree to what another has asked for."""
    rights_request = get_own_request_or_404(request, number)
    agreement = find_agreement(request, rights_request)
    if agreement is None or agreement.own:
        return redirect("rights:request", rights_request.number)
    if request.method == "POST":
        yes: dict[str, Any] = {"rights_request": rights_request.pk, "acting": request.visitor.acting}
        run_once(request, lambda by: sharing.agree_to_request(**yes, by=by))
        messages.success(request, _("You agreed to this request."))
        return redirect("rights:request", rights_request.number)
    asked = presenting.list_requested_details(rights_request)
    return render_about(request, "rights/agree.html", rights_request, asked=asked, agreement=agreement)


@require_safe
@customer_required
def show_confirmation(request: CustomerRequest, number: str) -> HttpResponse:
    """Show the number, the day, and what happens next; of a request that was refused or withdrawn, or that somebody
    else must confirm, the request.
    """
    rights_request = get_own_request_or_404(request, number)
    is_over = rights_request.is_answered and rights_request.outcome != Outcome.COMPLIED_WHOLE
    if is_over or not is_requester(request, rights_request):
        return redirect("rights:request", rights_request.number)
    return render_confirmation(request, rights_request)


def render_confirmation(
    request: CustomerRequest, rights_request: RightsRequest, form: ProofCodeForm | None = None
) -> HttpResponse:
    """Render it with the field for a mailed code, where that is how the customer proves that it was they who asked."""
    needed = awaits_confirmation(rights_request)
    by_code = needed and may_prove_by_code(request) and not is_recently_authenticated(request)
    return render_about(
        request,
        "rights/sent.html",
        rights_request,
        status=422 if form and form.errors else 200,
        needs_confirmation=needed,
        agreement=find_agreement(request, rights_request),
        form=(form or ProofCodeForm(request=request)) if by_code else None,
        was_sent=get_waiting_code(request) is not None,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@customer_required
def confirm_own_request(request: CustomerRequest, number: str) -> HttpResponse:
    """Let customers confirm that they made the request: with a mailed code in the same form, or after another proof."""
    rights_request = get_own_request_or_404(request, number)
    if request.method != "POST" and not is_requester(request, rights_request):
        return redirect("rights:request", rights_request.number)
    if {"code", "send"} & request.POST.keys() and may_prove_by_code(request):
        return confirm_by_code(request, rights_request)
    return confirm_when_fresh(request, rights_request)


def confirm_by_code(request: CustomerRequest, rights_request: RightsRequest) -> HttpResponse:
    if "send" in request.POST:
        if too_many := limit_rate(request, "reauthenticate_code"):
            return too_many
        run_once(request, lambda by: send_code(request), of=rights_request.pk)
        return redirect("rights:sent", rights_request.number)
    form = ProofCodeForm(request.POST, request=request)
    if not form.is_valid():
        return render_confirmation(request, rights_request, form)
    record_proof(request)
    return confirm_when_fresh(request, rights_request)


@freshly_signed_in
def confirm_when_fresh(request: CustomerRequest, rights_request: RightsRequest) -> HttpResponse:
    if request.method == "POST":
        customer = request.visitor.customer.pk
        run_once(
            request,
            lambda by: handling.confirm_own_identity(rights_request=rights_request.pk, customer=customer, by=by),
        )
        if sharing.list_missing_holders(rights_request, None):
            messages.success(request, _("Thank you. You have confirmed your request."))
        else:
            messages.success(request, _("Thank you. We now work on your request."))
        return redirect("rights:request", rights_request.number)
    if not awaits_confirmation(rights_request):
        return redirect("rights:request", rights_request.number)
    return render_about(request, "rights/confirm.html", rights_request)


@require_http_methods(["GET", "HEAD", "POST"])
@customer_required
def withdraw_own_request(request: CustomerRequest, number: str) -> HttpResponse:
    rights_request = get_own_request_or_404(request, number)
    if request.method == "POST":
        customer = request.visitor.customer.pk
        run_once(
            request,
            lambda by: requester_actions.withdraw_request(rights_request=rights_request.pk, customer=customer, by=by),
        )
        return redirect("rights:request", rights_request.number)
    return render_about(request, "rights/take_back.html", rights_request)


@as_kept
@require_http_methods(["GET", "HEAD", "POST"])
@customer_required
def appeal_own_request(request: CustomerRequest, number: str) -> HttpResponse:
    rights_request = get_own_request_or_404(request, number)
    form = AppealForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and REOPENED not in request.POST and form.is_valid():
        mine = {
            "rights_request": rights_request.pk,
            "customer": rights_request.customer_id,
            "why": form.cleaned_data["why"],
        }
        run_once(request, lambda by: requester_actions.appeal_answer(**mine, by=by))
        return redirect("rights:request", rights_request.number)
    can_appeal, status = presenting.can_appeal(rights_request), 422 if form.errors else 200
    return render_about(request, "rights/appeal.html", rights_request, status=status, form=form, can_appeal=can_appeal)


# Pages on which a customer reads and answers our question: signed in, or with the number and the code of the email.

OPENED = "rights_question"  # session key: id of the question whose code was accepted, checked again at each step


@as_kept
@require_http_methods(["GET", "HEAD", "POST"])
@customer_required
def reply_to_own_question(request: CustomerRequest, number: str, clarification: int) -> HttpResponse:
    """GET: the question and the form. POST: reply, and go back to the request."""
    rights_request = get_own_request_or_404(request, number)
    question = get_or_refuse(rights_request.clarification_set.filter(pk=clarification))
    [message] = selectors.open_messages(rights_request, [question])
    form = QuestionReplyForm(request.POST if request.method == "POST" else None)
    status = 422 if form.errors else 200
    if request.method == "POST" and REOPENED not in request.POST and form.is_valid():
        mine = {"rights_request": rights_request.pk, "customer": request.visitor.customer.pk}
        reply: dict[str, Any] = mine | {"clarification": question.pk, "text": form.cleaned_data["words"]}
        try:
            run_once(request, lambda by: clarifying.reply_to_question(**reply, by=by))
        except Refusal as refusal:
            form.add_error(None, str(refusal))
            status = refusal.status
        else:
            messages.success(request, _("Thank you. Your answer is sent."))
            return redirect("rights:request", rights_request.number)
    context = {"form": form, "message": message, "row": rights_request}
    return render(request, "rights/reply.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@login_not_required
def answer_with_code(request: CustomerRequest) -> HttpResponse:
    """GET: the code form, or the question once it is open. POST: enter the code (on record), answer, or leave."""
    if request.user.is_staff:
        return redirect("admin:index")
    if request.method == "POST" and (too_many := limit_rate(request, "collect")):
        return too_many
    if "leave" in request.POST:
        request.session.pop(OPENED, None)
        return redirect("rights:list")
    form = NumberAndCodeForm(request.POST if "code" in request.POST else None)
    if form.is_bound:
        return submit_question_code(request, form)
    question = selectors.get_working_question(request.session.get(OPENED, 0))
    return (
        render(request, "rights/question_code.html", {"form": form, "is_over": OPENED in request.session})
        if question is None
        else show_opened(request, question)
    )


def submit_question_code(request: HttpRequest, form: NumberAndCodeForm) -> HttpResponse:
    """Check number and code; the answer never tells an unknown number from a wrong code."""
    try:
        if form.is_valid():
            rights_request = selectors.find_request_asked(form.cleaned_data["number"])
            if rights_request is None:
                raise QuestionCodeDoesNotWork
            opened = clarifying.enter_question_code(
                rights_request=rights_request.pk, code=form.cleaned_data["code"], by=record_actor(request)
            )
            request.session.cycle_key()
            request.session[OPENED] = opened.pk
            return redirect("rights:answer_question")
    except QuestionCodeDoesNotWork as refusal:
        form.add_error(None, str(refusal))
    return render(request, "rights/question_code.html", {"form": form}, status=422)


def show_opened(request: HttpRequest, question: Clarification) -> HttpResponse:
    """Show the question, or send the reply to it."""
    form = QuestionReplyForm(request.POST if request.method == "POST" else None)
    [message] = selectors.open_messages(question.rights_request, [question])
    if request.method == "POST" and form.is_valid():
        clarifying.reply_with_code(clarification=question.pk, text=form.cleaned_data["words"], by=record_actor(request))
        request.session.pop(OPENED, None)
        messages.success(request, _("Thank you. Your answer is sent."))
        return redirect("rights:list")
    context = {"form": form, "message": message, "row": question.rights_request, "has_code": True}
    return render(request, "rights/reply.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@customer_required
@freshly_signed_in
def show_entries(request: CustomerRequest, number: str) -> HttpResponse:
    """Let the customer choose the entry they mean. POST: show the entries, a look on record; then take the choice."""
    rights_request = get_own_request_or_404(request, number)
    if (
        not get_fulfilment(rights_request).has_proposals
        or rights_request.is_answered
        or ChosenEntry.objects.filter(rights_request=rights_request).exists()
    ):
        return redirect("rights:request", rights_request.number)
    if "entry" in request.POST:
        chosen, customer = parse_entry_id(request.POST["entry"]), request.visitor.customer.pk
        run_once(
            request,
            lambda by: correcting.choose_entry(
                rights_request=rights_request.pk, customer=customer, entry=chosen, by=by
            ),
        )
        messages.success(request, _("Thank you. We know now which entry you mean."))
        return redirect("rights:request", rights_request.number)
    shown: dict[str, Any] = {"entries": list_own_entries(rights_request, request)} if request.method == "POST" else {}
    return render_about(request, "rights/entry.html", rights_request, row=rights_request, **shown)


def parse_entry_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Unknown from None


def list_own_entries(rights_request: RightsRequest, request: CustomerRequest) -> list[dict[str, Any]]:
    """List the customer's entries of the kinds to be corrected, a line each."""
    codes = {one.category for one in list_proposals(rights_request)}
    kinds = Category.objects.filter(code__in=codes).prefetch_related("fields")
    copy = disclose_own_copy(customer=request.visitor.customer.pk, by=record_actor(request))
    return [{"id": own.id, "text": format_entry(kind, own)} for kind in kinds for own in copy.records.get(kind.pk, [])]


def format_entry(kind: Category, own: OwnRecord) -> str:
    values = [own.values.get(field.key, "") for field in kind.fields.all()]
    return ", ".join(value for value in values if value)
