"""The page on which a requester replies to a customer's question."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consents.access.models import AccessRequest
from consents.access.rules import RequestState
from consents.access.rules import enquiries as rules
from consents.access.selectors import enquiries
from consents.access.services import enquiring
from consents.core import clock
from consents.core.fields import SeenText
from consents.core.refusals import Refusal
from consents.people.visitors import StaffRequest, run_once


class ReplyForm(forms.Form):
    words = SeenText(
        label=gettext_lazy("Your answer"),
        max_length=rules.MOST_LETTERS,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=gettext_lazy(
            "The customer reads it beside your request. It changes nothing of what you asked for. You can answer once."
        ),
        error_messages={"required": gettext_lazy("Answer the question.")},
    )


def find_open_enquiry(access_request: AccessRequest) -> enquiries.EnquiryTexts | None:
    """Return the question that waits for a reply, while the request itself waits."""
    if access_request.state_at(clock.now()) != RequestState.PENDING:
        return None
    texts = enquiries.list_enquiries(access_request)
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


def send_reply(request: StaffRequest, enquiry: enquiries.EnquiryTexts, words: str) -> None:
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
