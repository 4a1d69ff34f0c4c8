"""Before answering: the customer's question to the requester, and "remind me tomorrow"."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from consents.access import selectors
from consents.access.models import AccessRequest
from consents.access.rules import AlreadyEnded, RequestState
from consents.access.rules import enquiries as rules
from consents.access.selectors import locking
from consents.access.services import enquiring
from consents.core import clock
from consents.core.admin import REOPENED
from consents.core.fields import SeenText
from consents.core.refusals import Refusal
from consents.people.visitors import CustomerRequest, as_kept, customer_required, run_once


class EnquiryForm(forms.Form):
    words = SeenText(
        label=gettext_lazy("Your question"),
        max_length=rules.MOST_LETTERS,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy(
            "Of our staff, only the person who asked reads it. Please leave out passwords and card numbers."
        ),
        error_messages={"required": gettext_lazy("Write your question.")},
    )


def build_enquiry_context(access_request: AccessRequest, now: datetime) -> dict[str, Any]:
    """Build what the request page says of questions and reminder, and which of them are possible now."""
    texts = selectors.list_enquiries(access_request)
    waits = access_request.state_at(now) == RequestState.PENDING
    is_open = waits and any(text.replied_at is None for text in texts)
    morning = rules.compute_tomorrow_morning(timezone.localtime(now))
    return {
        "texts": texts,
        "is_open": is_open,
        "may_ask": waits and not is_open and len(texts) < rules.MOST_ENQUIRIES,
        "may_be_reminded": waits and not access_request.remind_at and morning < access_request.answer_by,
        "remind_at": access_request.remind_at if waits and (access_request.remind_at or now) > now else None,
        "longest_pause": rules.LONGEST_PAUSE.days,
    }


@as_kept
@require_http_methods(["GET", "HEAD", "POST"])
@customer_required
def ask_requester(request: CustomerRequest, id: UUID) -> HttpResponse:
    """GET: the form. POST: send the question, and go back to the request."""
    access_request, _holders = locking.read_one_request(request.visitor.customer.pk, id)
    form = EnquiryForm(request.POST if request.method == "POST" else None)
    status = 422 if form.errors else 200
    if request.method == "POST" and REOPENED not in request.POST and form.is_valid():
        acting, words = request.visitor.acting, form.cleaned_data["words"]
        try:
            run_once(request, lambda by: enquiring.send_enquiry(access_request=id, words=words, acting=acting, by=by))
        except Refusal as refusal:
            form.add_error(None, str(refusal))
            status = refusal.status
        else:
            messages.success(
                request, _("Your question is sent. The answer will be here, and in an email if we have your address.")
            )
            return redirect("access:request", id)
    context = {"form": form, "who": access_request.asked_as, "id": id, "longest_pause": rules.LONGEST_PAUSE.days}
    context["obstacle"] = describe_obstacle(access_request) if request.method != "POST" else ""
    return render(request, "access/question.html", context, status=status)


def describe_obstacle(access_request: AccessRequest) -> str:
    """Say before the form why no question can be asked now; '' where one can."""
    try:
        enquiring.check_waits(access_request, clock.now())
        rules.check_may_enquire(selectors.list_enquiry_times(access_request.pk))
    except AlreadyEnded:
        return _("This request no longer waits for an answer, so you can no longer ask a question about it.")
    except Refusal as refusal:
        return str(refusal)
    return ""


@require_POST
@customer_required
def remind_me(request: CustomerRequest, id: UUID) -> HttpResponse:
    customer = request.visitor.customer.pk
    run_once(request, lambda by: enquiring.ask_for_reminder(access_request=id, customer=customer, by=by))
    messages.success(request, _("We will remind you once, tomorrow morning."))
    return redirect("access:request", id)
