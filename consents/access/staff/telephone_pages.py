"""The pages on which a privacy officer takes a call: send a code, prove the caller, read out, read back, record.

What is read out stands in the customer's language and time zone, as on their own page.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consents.access import selectors
from consents.access.customers import presenting
from consents.access.customers.answer_form import AccessAnswerForm
from consents.access.display import compute_shown_digest
from consents.access.models import AccessRequest, CallerCode
from consents.access.rules import AnswerDecision, RequestState
from consents.access.rules import enquiries as access_enquiries
from consents.access.rules import telephone as rules
from consents.access.selectors import locking
from consents.access.services import enquiring
from consents.access.services import telephone as services
from consents.access.services.answering import Reply
from consents.core import clock
from consents.core.admin import get_interface_version
from consents.core.durations import describe_duration
from consents.core.fields import SeenText
from consents.core.forms import get_choice_field
from consents.core.refusals import Refusal
from consents.people import selectors as people
from consents.people.models import User
from consents.people.visitors import StaffRequest, record_actor, run_once

READ_OUT, READ_BACK = "access/read_out.html", "access/read_back.html"


class CallerCodeForm(forms.Form):
    code = forms.CharField(
        label=gettext_lazy("The code that the caller says"),
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        help_text=gettext_lazy("Eight digits from our email. Three tries."),
        error_messages={"required": gettext_lazy("Type the code that the caller says.")},
    )


def build_telephone_links(officer: User, access_request: AccessRequest) -> list[dict[str, str]]:
    waits = access_request.state_at(clock.now()) == RequestState.PENDING
    if not waits or not locking.may_record_answer(officer, access_request):
        return []
    url = reverse("admin:access_accessrequest_telephone", args=[access_request.pk])
    return [{"url": url, "label": _("Answer by telephone")}]


def answer_by_telephone(request: StaffRequest, access_request: AccessRequest) -> HttpResponse:
    """GET: what comes next in the call. POST: send a code, try the one that was said, or record what was answered."""
    record = reverse("admin:access_accessrequest_change", args=[access_request.pk])
    if access_request.state_at(clock.now()) != RequestState.PENDING:
        messages.warning(request, _("This request no longer waits for an answer. Nothing was changed."))
        return redirect(record)
    if locking.has_locked_access(access_request.customer_id):
        locked = rules.AccessLocked()
        status = locked.status if request.method == "POST" else 200
        return render_step(request, access_request, "refused", status=status, refusal=str(locked))
    code = locking.find_last_code(access_request.pk, request.user.pk)
    if "send" in request.POST:
        return submit_sending(request, access_request)
    if code and rules.is_proof_fresh(code.proved_at, clock.now()):
        return take_answer(request, access_request)
    if "decision" in request.POST:
        messages.error(request, str(rules.CallerNotProved.sentence))
    return try_code(request, access_request, code)


def submit_sending(request: StaffRequest, access_request: AccessRequest) -> HttpResponse:
    officer = request.user.staff_member
    try:
        run_once(
            request,
            lambda by: services.send_caller_code(access_request=access_request.pk, officer=officer, by=by),
        )
    except Refusal as refusal:
        return render_step(request, access_request, "refused", status=refusal.status, refusal=str(refusal))
    messages.success(request, _("The code is on its way to the customer’s email address."))
    return redirect("admin:access_accessrequest_telephone", access_request.pk)


def try_code(request: StaffRequest, access_request: AccessRequest, code: CallerCode | None) -> HttpResponse:
    """Show the field for the code while one can be typed, and compare what was typed."""
    form = CallerCodeForm(request.POST if "code" in request.POST else None)
    if form.is_bound and form.is_valid():
        try:
            services.prove_caller(
                access_request=access_request.pk,
                code=form.cleaned_data["code"],
                officer=request.user.staff_member,
                by=record_actor(request),
            )
        except Refusal as refusal:
            form.add_error("code", str(refusal))
        else:
            return redirect("admin:access_accessrequest_telephone", access_request.pk)
    if code:
        code.refresh_from_db()
    is_code_usable = code is not None and locking.is_code_usable(code, clock.now())
    if form.errors and not is_code_usable:  # after the last try, no reading again helps
        over = str(rules.CallerCodeOver.sentence)
        return render_step(request, access_request, "code", form=None, refusal=over, status=422)
    if not is_code_usable and (reason := services.explain_missing_code(access_request)):
        return render_step(request, access_request, "refused", refusal=str(reason), status=422 if form.errors else 200)
    offered = form if is_code_usable or form.is_bound else None
    status = 422 if form.errors else 200
    return render_step(request, access_request, "code", form=offered, is_code_usable=is_code_usable, status=status)


def take_answer(request: StaffRequest, access_request: AccessRequest) -> HttpResponse:
    """Read out; read back what was said; record it."""
    with speaking_to(access_request):
        if "decision" in request.POST or "digest" in request.POST:
            form = AccessAnswerForm(access_request, request.POST)
        else:
            form = AccessAnswerForm(access_request, digest=compute_shown_digest(access_request))
        if must_all_holders_agree(access_request):
            decision = get_choice_field(form, "decision")
            decision.choices = [(AnswerDecision.NONE.value, _("Do not allow"))]
            decision.error_messages["required"] = _("Choose Do not allow, or go back.")
        if not form.is_bound or not form.is_valid() or "change" in request.POST:
            return render_read_out(request, access_request, form)
        if "confirm" not in request.POST:
            return render_read_back(request, access_request, form)
        reply = form.reply(get_interface_version(READ_OUT, READ_BACK))
    return submit_answer(request, access_request, form, reply)


def must_all_holders_agree(access_request: AccessRequest) -> bool:
    """Return True where several holders must all agree: each of them signs in, so none says yes by telephone."""
    return bool(people.list_required_holders(access_request.customer_id, None))


def submit_answer(
    request: StaffRequest, access_request: AccessRequest, form: AccessAnswerForm, reply: Reply
) -> HttpResponse:
    officer = request.user.staff_member
    try:
        run_once(
            request,
            lambda by: services.record_spoken_answer(
                access_request=access_request.pk, reply=reply, officer=officer, by=by
            ),
        )
    except Refusal as refusal:
        with speaking_to(access_request):
            return render_read_out(request, access_request, form, refusal)
    messages.success(request, _("The answer is recorded. The customer was sent a confirmation."))
    return redirect("admin:access_accessrequest_change", access_request.pk)


@contextmanager
def speaking_to(access_request: AccessRequest) -> Iterator[None]:
    """Speak the customer's language, in their time zone."""
    customer = access_request.customer
    with (
        translation.override(people.get_customer_language(customer)),
        timezone.override(people.get_customer_zone(customer)),
    ):
        yield


def render_read_out(
    request: StaffRequest, access_request: AccessRequest, form: AccessAnswerForm, refusal: Refusal | None = None
) -> HttpResponse:
    context = {"asked": presenting.build_request_context(access_request, clock.now()), "form": form}
    read_out = render_to_string(READ_OUT, context, request)
    status = refusal.status if refusal else 422 if form.errors else 200
    return render_step(
        request,
        access_request,
        "read_out",
        form=form,
        read_out=read_out,
        refusal=str(refusal or ""),
        status=status,
    )


def render_read_back(request: StaffRequest, access_request: AccessRequest, form: AccessAnswerForm) -> HttpResponse:
    allowed, not_allowed, length = form.describe_allowed() if form.is_yes else ([], [c.title for c in form.asked], None)
    context = {
        "asked": presenting.build_request_context(access_request, clock.now()),
        "allowed": allowed,
        "not_allowed": not_allowed,
        "duration_words": describe_duration(length) if length else "",
        "message": form.cleaned_data["message"] if not form.is_yes else "",
    }
    return render_step(
        request, access_request, "read_back", form=form, read_out=render_to_string(READ_BACK, context, request)
    )


def render_step(
    request: StaffRequest, access_request: AccessRequest, step: str, *, status: int = 200, **shown: Any
) -> HttpResponse:
    """Render one step of the call; what is read out comes rendered, in the customer's language."""
    spoken_language = people.get_customer_language(access_request.customer)
    with translation.override(request.LANGUAGE_CODE):
        title = _("Answer by telephone")
        context = admin.site.each_context(request) | {
            "title": title,
            "step": step,
            "spoken_language": spoken_language,
            "spoken_language_name": translation.get_language_info(spoken_language)["name_translated"],
            "minutes": int(rules.CODE_LIFETIME.total_seconds() // 60),
            "back": reverse("admin:access_accessrequest_change", args=[access_request.pk]),
            "original": access_request,
            "only_a_no": must_all_holders_agree(access_request),
        }
        return render(request, "admin/access/accessrequest/telephone.html", context | shown, status=status)


class ReplyForm(forms.Form):
    words = SeenText(
        label=gettext_lazy("Your answer"),
        max_length=access_enquiries.MOST_LETTERS,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=gettext_lazy(
            "The customer reads it beside your request. It changes nothing of what you asked for. You can answer once."
        ),
        error_messages={"required": gettext_lazy("Answer the question.")},
    )


def find_open_enquiry(access_request: AccessRequest) -> selectors.EnquiryTexts | None:
    """Return the question that waits for a reply, while the request itself waits."""
    if access_request.state_at(clock.now()) != RequestState.PENDING:
        return None
    texts = selectors.list_enquiries(access_request)
    return next((enquiry for enquiry in texts if enquiry.replied_at is None), None)


def build_reply_links(access_request: AccessRequest) -> list[dict[str, Any]]:
    if find_open_enquiry(access_request) is None:
        return []
    url = reverse("admin:access_accessrequest_reply", args=[access_request.pk])
    return [{"url": url, "label": _("Answer the customer’s question"), "is_next": True}]


def reply_to_customer(request: StaffRequest, access_request: AccessRequest) -> HttpResponse:
    """GET: the question and the form. POST: reply, and go back to the request."""
    record = redirect("admin:access_accessrequest_change", access_request.pk)
    enquiry, form = find_open_enquiry(access_request), ReplyForm(request.POST if request.method == "POST" else None)
    if enquiry is None:
        messages.warning(request, _("No question waits for your answer here."))
        return record
    if request.method == "POST" and form.is_valid():
        send_reply(request, enquiry, form.cleaned_data["words"])
        return record
    context = admin.site.each_context(request) | {
        "title": _("Answer the customer’s question"),
        "form": form,
        "enquiry": enquiry,
        "back": record.url,
    }
    return render(request, "admin/access/accessrequest/reply.html", context, status=422 if form.errors else 200)


def send_reply(request: StaffRequest, enquiry: selectors.EnquiryTexts, words: str) -> None:
    member = request.user.staff_member
    try:
        run_once(request, lambda by: enquiring.reply_to_enquiry(enquiry=enquiry.id, words=words, member=member, by=by))
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(
            request,
            _("Your answer is sent. The customer finds it on their page, and in an email if an address is on file."),
        )
