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

from consents.access.customers import presenting
from consents.access.customers.answer_form import AccessAnswerForm
from consents.access.display import compute_shown_digest
from consents.access.models import AccessRequest, CallerCode
from consents.access.rules import AnswerDecision, RequestState
from consents.access.rules import telephone as rules
from consents.access.selectors import telephone
from consents.access.services import telephone as services
from consents.access.services.answering import Reply
from consents.core import clock
from consents.core.durations import describe_duration
from consents.core.forms import get_choice_field
from consents.core.interface import get_interface_version
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
    if not waits or not telephone.may_record_answer(officer, access_request):
        return []
    url = reverse("admin:access_accessrequest_telephone", args=[access_request.pk])
    return [{"url": url, "label": _("Answer by telephone")}]


def answer_by_telephone(request: StaffRequest, access_request: AccessRequest) -> HttpResponse:
    """GET: what comes next in the call. POST: send a code, try the one that was said, or record what was answered."""
    record = reverse("admin:access_accessrequest_change", args=[access_request.pk])
    if access_request.state_at(clock.now()) != RequestState.PENDING:
        messages.warning(request, _("This request no longer waits for an answer. Nothing was changed."))
        return redirect(record)
    if telephone.has_locked_access(access_request.customer_id):
        locked = rules.AccessLocked()
        status = locked.status if request.method == "POST" else 200
        return render_step(request, access_request, "refused", status=status, refusal=str(locked))
    code = telephone.find_last_code(access_request.pk, request.user.pk)
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
    is_code_usable = code is not None and telephone.is_code_usable(code, clock.now())
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
        form = build_answer_form(access_request, request)
        if not form.is_bound or not form.is_valid() or "change" in request.POST:
            return render_read_out(request, access_request, form)
        if "confirm" not in request.POST:
            return render_read_back(request, access_request, form)
        reply = form.reply(get_interface_version(READ_OUT, READ_BACK))
    return submit_answer(request, access_request, form, reply)


def build_answer_form(access_request: AccessRequest, request: StaffRequest) -> AccessAnswerForm:
    if "decision" in request.POST or "digest" in request.POST:
        form = AccessAnswerForm(access_request, request.POST)
    else:
        form = AccessAnswerForm(access_request, digest=compute_shown_digest(access_request))
    if must_all_holders_agree(access_request):
        offer_only_no(form)
    return form


def must_all_holders_agree(access_request: AccessRequest) -> bool:
    """Return True where several holders must all agree: each of them signs in, so none says yes by telephone."""
    return bool(people.list_required_holders(access_request.customer_id, None))


def offer_only_no(form: AccessAnswerForm) -> None:
    decision = get_choice_field(form, "decision")
    decision.choices = [(AnswerDecision.NONE.value, _("Do not allow"))]
    decision.error_messages["required"] = _("Choose Do not allow, or go back.")


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
