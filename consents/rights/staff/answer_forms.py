"""Forms with which an officer answers a request: done, done in part, or refused. Shapes only: the services decide."""

from decimal import Decimal
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from consents.catalogue.rules import PROVISION
from consents.core.fields import CheckboxesField, RadioField, SeenText
from consents.core.refusals import Refusal
from consents.law.kinds import Regime, Type
from consents.law.reasons import FEE_REASONS, Reason, cite_provision, may_take_fee
from consents.people.selectors import list_mail_address_hashes
from consents.rights.fulfilment.objection import list_objected_uses
from consents.rights.fulfilment.registry import get_fulfilment
from consents.rights.models import SERVED, RightsRequest
from consents.rights.rules.answers import (
    GRANTED,
    Format,
    Outcome,
)
from consents.rights.staff.forms import TEXT_LONGEST, TellingForm, capitalize_labels


class ReplyForm(TellingForm):
    """`outcome` is in the forms below."""

    outcome: Any
    is_whole = False
    reason = forms.TypedChoiceField(label=_("Why"), required=False, coerce=Reason, empty_value=None)
    law = forms.CharField(
        label=_("The provision it rests on"),
        required=False,
        max_length=120,
        validators=[RegexValidator(PROVISION, _("Name a provision only, such as: GDPR Art 12(5)."))],
        help_text=_("Leave it empty for the one that such a refusal usually rests on, where there is one."),
    )
    text = SeenText(
        label=_("In your own words"),
        required=False,
        max_length=TEXT_LONGEST,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("The customer reads it. What they can do against it stands below it by itself."),
    )
    format = forms.TypedChoiceField(
        label=_("How the answer goes out"),
        choices=lambda: capitalize_labels(Format.choices),
        coerce=Format,
        initial=Format.DOWNLOAD,
    )

    def fit(self, rights_request: RightsRequest) -> None:
        super().fit(rights_request)
        reasons = [
            (reason.value, reason.label)
            for reason in get_fulfilment(rights_request).list_reasons(rights_request, is_whole=self.is_whole)
        ]
        field: Any = self.fields["reason"]
        field.choices = [("", _("Choose why")), *reasons]
        has_nowhere = rights_request.customer is None or not list_mail_address_hashes(rights_request.customer)
        if has_nowhere and (self.is_whole or not get_fulfilment(rights_request).has_copy):
            # Nobody who could sign in to download it; for a copy there is a code.
            ways: Any = self.fields["format"]
            ways.choices = capitalize_labels((one.value, one.label) for one in Format if one != Format.DOWNLOAD)
            ways.initial = Format.EMAIL

    def clean_law(self) -> str:
        """Default to the usual one, so that the officer reads it before the customer does."""
        typed, reason = self.cleaned_data["law"].strip(), self.cleaned_data.get("reason")
        if typed or not reason:
            return str(typed)
        usual = cite_provision(Regime(self.rights_request.regime), Type(self.rights_request.request_type), reason)
        if not usual:
            raise forms.ValidationError(_("Name the provision it rests on: for this reason there is no usual one."))
        return usual


class RefuseForm(ReplyForm):
    is_whole = True
    field_order = ("reason", "law", "text", "format")

    def fit(self, rights_request: RightsRequest) -> None:
        super().fit(rights_request)
        self.fields["reason"].required = True
        self.fields["reason"].error_messages["required"] = _("Choose why.")

    def clean(self) -> dict[str, Any]:
        return self.cleaned_data | {"outcome": Outcome.DENIED}


FEE_FIELDS = ("fee", "currency", "fee_reason")


def build_fee_fields() -> dict[str, forms.Field]:
    return {
        "fee": forms.DecimalField(
            label=_("Fee"),
            required=False,
            min_value=Decimal("0.01"),
            max_digits=8,
            decimal_places=2,
            help_text=_(
                "Empty, but for a request that plainly has no ground or goes far beyond what the right is for. You "
                "must be able to show that, and they must have known the fee before."
            ),
        ),
        "currency": forms.CharField(
            label=_("Currency of the fee"),
            required=False,
            validators=[RegexValidator("^[A-Z]{3}$", _("Type its three capital letters, such as EUR or USD."))],
            widget=forms.TextInput(attrs={"autocomplete": "off", "maxlength": 3}),
        ),
        "fee_reason": forms.TypedChoiceField(
            label=_("Why a fee"),
            required=False,
            coerce=Reason,
            empty_value=None,
            choices=[("", _("No fee")), *[(reason.value, reason.label) for reason in FEE_REASONS]],
        ),
    }


class AnswerForm(ReplyForm):
    is_day_required = False
    field_order = ("outcome", "granted", "text", "reason", "law", "format", "told_on", *FEE_FIELDS)

    outcome = RadioField(
        label=_("What was done"),
        coerce=Outcome,
        error_messages={"required": _("Choose what was done.")},
    )

    def fit(self, rights_request: RightsRequest) -> None:
        super().fit(rights_request)
        field: Any = self.fields["outcome"]
        field.choices = capitalize_labels(
            (one.value, one.label) for one in SERVED if may_be_outcome(rights_request, one)
        )
        if get_fulfilment(rights_request).is_granted_by_use and Outcome.COMPLIED_PART in dict(field.choices):
            self.fields["granted"] = build_granted_field(rights_request)
        if get_fulfilment(rights_request).has_copy:
            self.fields["format"].help_text = _(
                "The portal puts the copy together; of it you see only the files you added. Whoever has no account "
                "downloads it with a code."
            )
        has_payer = not rights_request.has_erased_customer
        if has_payer and may_take_fee(Type(rights_request.request_type)) and GRANTED & set(dict(field.choices)):
            self.fields |= build_fee_fields()
        if Outcome.COMPLIED_PART not in dict(field.choices):
            del self.fields["reason"], self.fields["law"]
            return
        self.fields["reason"].label = _("Why not all of it")
        self.fields["reason"].help_text = _(
            "Only where a part was refused: what is exempt, such as what law makes us keep."
        )

    def clean(self) -> dict[str, Any]:
        said = self.cleaned_data
        is_part = said.get("outcome") == Outcome.COMPLIED_PART
        if is_part and not said.get("reason") and "reason" not in self.errors:
            self.add_error("reason", _("Choose why not all of it was done."))
        is_to_be_told = is_part or bool(said.get("fee"))
        if is_to_be_told and "told_on" in self.fields and not said.get("told_on") and "told_on" not in self.errors:
            self.add_error("told_on", _("Say on which day they were told."))
        if is_part and "granted" in self.fields and not self.errors:
            self.check_granted(said["granted"])
        self.check_fee(said)
        return said if is_part else said | {"reason": None, "law": "", "granted": []}

    def check_fee(self, said: dict[str, Any]) -> None:
        """Require all three, or none."""
        missing = {
            "fee": _("Type the fee, or leave all three empty."),
            "currency": _("Type the currency of the fee."),
            "fee_reason": _("Choose why there is a fee."),
        }
        if any(said.get(name) for name in FEE_FIELDS):
            for name, sentence in missing.items():
                if not said.get(name) and name not in self.errors:
                    self.add_error(name, sentence)
            if said.get("outcome") == Outcome.NO_DATA:
                self.add_error("fee", _("For nothing found there is no fee."))

    def check_granted(self, granted: list[str]) -> None:
        try:
            get_fulfilment(self.rights_request).check_granted(self.rights_request, Outcome.COMPLIED_PART, granted)
        except Refusal as refusal:
            self.add_error("granted", str(refusal))


def build_granted_field(rights_request: RightsRequest) -> forms.MultipleChoiceField:
    return CheckboxesField(
        label=_("If done in part: the uses that stop"),
        choices=[(use.purpose.code, use.name) for use in list_objected_uses(rights_request)],
        required=False,
        help_text=_("The others go on when you have told the customer and lifted the pause."),
    )


def may_be_outcome(rights_request: RightsRequest, outcome: Outcome) -> bool:
    """Tell whether the outcome is possible, without reading what was written. Without a customer only "no data" is."""
    if rights_request.customer_id is None:
        return outcome == Outcome.NO_DATA
    return get_fulfilment(rights_request).may_be_called(rights_request, outcome)
