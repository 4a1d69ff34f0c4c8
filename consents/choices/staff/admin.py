"""The admin page to record that a consent was found invalid. Choices are not listed here."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from consents.catalogue.models import Purpose, PurposeVersion
from consents.catalogue.selectors import build_material_number
from consents.choices import rules, selectors
from consents.choices.models import Choice, Status
from consents.choices.rules import YES
from consents.choices.services import withdrawing
from consents.choices.services.recording import NoSuchPurpose, NotPossibleNow
from consents.core.admin import RoleGatedAdmin
from consents.core.charts import format_number
from consents.core.clock import DatabaseNow
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
                    run_once(request, lambda by: withdrawing.invalidate_choice(choice=number, by=by))
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


def count_given(purpose: Purpose) -> int:
    return count_standing(Choice.objects.filter(purpose=purpose))


def count_standing(choices: QuerySet[Choice]) -> int:
    """Count the consents in force now, although ends by time or company may not be on record yet."""
    ended_by_time = Q(valid_until__lte=DatabaseNow())
    ended_by_company = Q(version__number__lt=build_material_number()) | Q(purpose__retired_at__isnull=False)
    return choices.filter(status__in=sorted(YES)).exclude(ended_by_time).exclude(ended_by_company).count()


def preview_ended_consents(purpose: Purpose, **_: Any) -> list[str]:
    n = count_given(purpose)
    sentence = ngettext(
        "The consent of %(n)s customer no longer counts.", "The consent of %(n)s customers no longer counts.", n
    )
    return [sentence % {"n": format_number(n)}] if n else []


def preview_customers_asked_again(version: PurposeVersion, **_: Any) -> list[str]:
    """Preview how many must be asked again: a material change ends earlier consent, any other leaves it."""
    n = count_given(version.purpose)
    if not n:
        return []
    if version.material:
        sentence = ngettext("%(n)s customer must be asked again.", "%(n)s customers must be asked again.", n)
    else:
        sentence = ngettext(
            "The consent of %(n)s customer stands; they are told that the words have changed.",
            "The consent of %(n)s customers stands; they are told that the words have changed.",
            n,
        )
    return [sentence % {"n": format_number(n)}]


def preview_erased_consents(customer: UUID, **_: Any) -> list[str]:
    n = count_standing(Choice.objects.filter(customer=customer))
    sentence = ngettext("%(n)s consent no longer counts.", "%(n)s consents no longer count.", n)
    return [sentence % {"n": format_number(n)}] if n else []
