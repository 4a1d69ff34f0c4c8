"""Keep what an officer types on the page of an act until it is sent."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.admin import helpers
from django.db import transaction
from django.utils.translation import gettext_lazy

from consents.core.admin import REOPENED
from consents.people.visitors import StaffRequest, was_token_submitted
from consents.rights.services import drafts

# Of a form: what its page put there, and what is known of a customer, which no page echoes.
OF_THEIRS = {"who", "reference", "born_on"}
UNTYPED = OF_THEIRS | {"token", "csrfmiddlewaretoken", "confirm", "is_read", REOPENED, helpers.ACTION_CHECKBOX_NAME}


def ask_who_again(request: StaffRequest, form: forms.Form) -> None:
    """Say that who was typed, and is not echoed, is to be typed again: left empty, it means that nobody knows them."""
    again = gettext_lazy("Type the customer number or the email address again: this page does not repeat it.")
    if form.has_error("who"):
        return
    if request.POST.get("who") and form.is_bound:
        form.add_error("who", str(again))
    elif request.POST.get("who"):
        messages.warning(request, again)


def save_typed_fields(request: StaffRequest, id: UUID, act: str) -> None:
    """Keep what was typed for an act until it is sent."""
    fields = [(name, request.POST.getlist(name)) for name in request.POST if name not in UNTYPED]
    drafts.save_draft(rights_request=id, act=act, fields=fields, officer=request.user.staff_member)


@transaction.atomic
def save_unsent_draft(request: StaffRequest, id: UUID, act: str) -> None:
    """Keep what a page's script sends while somebody types, unless the form itself was sent before it arrived."""
    if not was_token_submitted(request):
        save_typed_fields(request, id, act)
