"""The form with which an officer records that a consent was invalid."""

from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

RECEIPT_UUID_VERSION = 8  # receipts are numbered by UUIDs of this version (receipts.parts.id_of)


class InvalidateForm(forms.Form):
    """Take the record's number; the receipt's own is derived from a hash and cannot be looked up."""

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
        if number.version == RECEIPT_UUID_VERSION:
            raise forms.ValidationError(
                _("This is the number of a receipt. Type the number of the record, which stands just above it.")
            )
        return number
