"""The admin page to record that a consent was found invalid. Choices are not listed here."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consents.choices import rules, selectors
from consents.choices.models import Choice, Status
from consents.choices.services import ending
from consents.choices.services.refusals import NoSuchPurpose, NotPossibleNow
from consents.core.admin import RoleGatedAdmin
from consents.core.refusals import Refusal, Unknown
from consents.people.models import Role
from consents.people.visitors import run_once

RECEIPT_UUID_VERSION = 8  # receipts are numbered by UUIDs of this version (receipts.parts.id_of)


class InvalidateForm(forms.Form):
    """Take the record's number; the receipt's own is derived from a hash and cannot be looked up."""

    record = forms.UUIDField(
        label=gettext_lazy("Number of the record"),
        help_text=gettext_lazy("On the customer’s receipt, under “To find it again”."),
        error_messages={
            "required": gettext_lazy("Type the number of the consent record."),
            "invalid": gettext_lazy(
                "This is not the number of a record. It looks like 0f3a2f5e-9f0e-4d43-8a44-4f6f0b6f8b21."
            ),
        },
    )
    confirm = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def clean_record(self) -> UUID:
        number: UUID = self.cleaned_data["record"]
        if number.version == RECEIPT_UUID_VERSION:
            raise forms.ValidationError(
                gettext_lazy(
                    "This is the number of a receipt. Type the number of the record, which stands just above it."
                )
            )
        return number


@admin.register(Choice)
class ChoiceAdmin(RoleGatedAdmin):
    """Find choices by the number of the record, as printed on the customer's receipt."""

    may_add = {Role.PRIVACY_OFFICER}
    add_label = gettext_lazy("Record that a consent is invalid")

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponseBase:
        if not self.has_add_permission(request):
            raise Unknown
        form = InvalidateForm(request.POST if request.method == "POST" else None)
        context = self.admin_site.each_context(request) | {"title": _("Record that a consent is invalid"), "form": form}
        if form.is_valid():
            try:
                if form.cleaned_data["confirm"]:
                    number = form.cleaned_data["record"]
                    run_once(request, lambda by: ending.invalidate_choice(choice=number, by=by))
                    context["is_done"] = True
                else:
                    context["asked"] = get_choice_to_invalidate(form.cleaned_data["record"])
            except Refusal as refusal:
                form.add_error(None, str(refusal))
        return render(request, "admin/choices/invalidate.html", context, status=422 if form.errors else 200)


def get_choice_to_invalidate(number: UUID) -> Choice:
    """Return the choice to confirm. Raises NoSuchPurpose, NotPossibleNow; the service decides all the same."""
    choice = selectors.find_choice_by_record(number)
    if choice is None:
        raise NoSuchPurpose
    if not rules.may_follow(Status(choice.status), Status.INVALIDATED):
        raise NotPossibleNow
    return choice
