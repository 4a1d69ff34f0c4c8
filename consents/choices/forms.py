"""The answer to a purpose: what was pressed, and what the page showed. And the officer's form."""

from typing import Any
from uuid import UUID

from django import forms
from django.core import signing
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from consents.choices.selectors import Standing

SECOND_STEP_WITHIN = 3600
SALT = "choices.first_step"
OF_A_RECEIPT = 8  # the version of the UUIDs that number receipts (receipts.parts.id_of)


class ShownForm(forms.Form):
    """`version` and `language`: the text that the page showed."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**62)
    language = forms.CharField(widget=forms.HiddenInput, max_length=10, required=False)

    @property
    def words(self) -> tuple[int | None, str]:
        """What of it is readable: a no is never refused because the page said nothing about its words."""
        self.full_clean()
        return self.cleaned_data.get("version"), self.cleaned_data.get("language", "")


class AnswerForm(ShownForm):
    """`since`: of the choice that is to be renewed. `step`: the first step was taken."""

    since = forms.DateTimeField(widget=forms.HiddenInput, required=False)
    step = forms.CharField(widget=forms.HiddenInput, max_length=300, required=False)
    answer = forms.ChoiceField(widget=forms.HiddenInput, choices=[("given", ""), ("refused", ""), ("later", "")])

    def __init__(self, data: Any = None, *, standing: Standing, step: str = "") -> None:
        self.standing = standing
        super().__init__(data, initial=shown(standing) | {"step": step})

    @property
    def sent_along(self) -> dict[str, Any]:
        """What the page sends along with either button, as things are now: never a stale value."""
        return {name: value for name, value in self.initial.items() if value}

    @property
    def is_damaged(self) -> bool:
        """What the page sent along did not come back as it was."""
        return bool(set(self.errors) - {"answer"})

    @property
    def is_of_text_in_force(self) -> bool:
        """The person answered to the words that count now. Nobody confirms words that they have not read."""
        return bool(self.cleaned_data["version"] == self.standing.version.pk)

    @property
    def asks_second_step(self) -> bool:
        return self.cleaned_data["answer"] == "given" and self.standing.needs_second_step

    def terms(self, customer: UUID) -> dict[str, Any]:
        purpose = self.standing.version.purpose.code
        return {"customer": customer, "purpose": purpose, "version": self.cleaned_data["version"]}


class InvalidateForm(forms.Form):
    """By the record's number: a receipt's own, made of a hash that no index knows, would have to be searched for."""

    record = forms.UUIDField(
        label=_("Number of the record"),
        help_text=_("On the customer’s receipt, under “To find it again”."),
        error_messages={
            "required": _("Type the number of the consent record."),
            "invalid": _("This is not the number of a record. It looks like 0f3a2f5e-9f0e-4d43-8a44-4f6f0b6f8b21."),
        },
    )
    confirm = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def clean_record(self) -> UUID:
        number: UUID = self.cleaned_data["record"]
        if number.version == OF_A_RECEIPT:
            raise forms.ValidationError(
                _("This is the number of a receipt. Type the number of the record, which stands just above it.")
            )
        return number


def shown(standing: Standing) -> dict[str, Any]:
    since = standing.choice.since.isoformat() if standing.choice and standing.can_renew else ""
    return {"version": standing.version.pk, "language": standing.version.notice.language, "since": since}


def first_step(customer: UUID, standing: Standing) -> str:
    """Proof that this customer pressed "I agree" on this version's page."""
    return signing.dumps([str(customer), standing.version.pk], salt=SALT)


def is_second_step(request: HttpRequest, standing: Standing) -> bool:
    """The step before was taken by this customer, for this version, within the hour."""
    customer = request.visitor.customer.pk  # type: ignore[attr-defined]
    try:
        taken = signing.loads(request.POST.get("step", ""), salt=SALT, max_age=SECOND_STEP_WITHIN)
    except signing.BadSignature:
        return False
    return bool(taken == [str(customer), standing.version.pk])
