"""What an officer says with each act on a request. Shapes only: the services decide."""

from decimal import Decimal
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from consents.catalogue.models import Category, Recipient
from consents.catalogue.rules import PROVISION
from consents.core.fields import DayField, NeverShownBack
from consents.core.refusals import Refusal
from consents.people.selectors import hash_to_write_to
from consents.rights.models import SERVED, RightsRequest, Told
from consents.rights.rules.answers import (
    COPIES,
    CORRECTIONS,
    ERASURES,
    FEE_REASONS,
    GRANTED,
    TYPED_CHANNELS,
    Appealed,
    Channel,
    Extension,
    Fact,
    Format,
    Outcome,
    Reason,
    Waiting,
    law_of,
    takes_fee,
)
from consents.rights.rules.kinds import Level, Regime, Type
from consents.rights.services.answering import erased_as, has_allowed_sale, reasons_of
from consents.rights.services.erasing import kinds_asked
from consents.rights.services.objecting import check_granted, uses_of
from consents.rights.services.telling import needs_letter
from consents.vault.rules import parted

TEXT_LONGEST = 4000


def named(choices: Any) -> list[tuple[str, str]]:
    return [(code, capfirst(str(label))) for code, label in choices]


class ActForm(forms.Form):
    """Of one request."""

    def __init__(self, row: RightsRequest, data: Any = None) -> None:
        super().__init__(data)
        self.row = row
        self.fit(row)
        self.order_fields(self.field_order)

    def fit(self, row: RightsRequest) -> None:
        """Offer what this request allows."""


def told_field() -> DayField:
    return DayField(
        label=_("Told by letter or telephone on"),
        help_text=_("No mail reaches this person. Tell them why, by which law and what they can do; then say when."),
        error_messages={"required": _("Say on which day they were told."), "invalid": _("Type a day.")},
    )


def answered_field() -> DayField:
    return DayField(
        label=_("The customer answered on"),
        help_text=_("The day their answer came, not today if it came before."),
        error_messages={"required": _("Say on which day the answer came."), "invalid": _("Type a day.")},
    )


class WhoseForm(ActForm):
    who = forms.CharField(
        label=_("Whose request it is"),
        max_length=254,
        widget=NeverShownBack(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=_("Exactly the customer number, or exactly the email address on file. The look-up is on record."),
        error_messages={"required": _("Type the customer number or the email address.")},
    )


class IdentityForm(WhoseForm):
    """The level is that of the right, or of specific pieces a lesser one; the facts must reach it."""

    facts = forms.MultipleChoiceField(
        label=_("What was compared with what we hold, and agreed"),
        choices=lambda: named(Fact.choices),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Tick what was compared.")},
    )
    field_order = ("who", "facts", "level")

    def fit(self, row: RightsRequest) -> None:
        if row.customer_id:
            del self.fields["who"]
        if row.request_type == Type.KNOW_SPECIFIC and row.channel != Channel.PORTAL:
            self.fields["level"] = level_field()
        if row.waiting_for == Waiting.IDENTITY:
            self.fields["answered_on"] = answered_field()


def level_field() -> forms.ChoiceField:
    return forms.ChoiceField(
        label=_("How surely it is known"),
        choices=[
            (Level.REASONABLY_HIGH.value, _("Three facts and a signed declaration: they get the data itself")),
            (Level.REASONABLE.value, _("Two facts, no more: they get the kinds of data, not the data itself")),
        ],
        widget=forms.RadioSelect,
        help_text=_("Once said, it stays so for this request (11 CCR 7024(a))."),
        error_messages={"required": _("Choose how surely.")},
    )


class FailedIdentityForm(ActForm):
    """While we wait for it: what came, if anything did, was not enough."""

    def fit(self, row: RightsRequest) -> None:
        if row.waiting_for == Waiting.IDENTITY:
            self.fields["answered_on"] = answered_field()
            self.fields["answered_on"].required = False
            self.fields["answered_on"].help_text = _("The day their answer came. Empty if none did.")


class SearchForm(ActForm):
    system = forms.CharField(
        label=_("Which system was searched"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_("For instance: this portal, the shop, the post room."),
        error_messages={"required": _("Name the system.")},
    )
    found = forms.TypedChoiceField(
        label=_("Was anything of this person in it?"),
        choices=[("yes", _("Yes")), ("no", _("No"))],
        coerce=lambda said: said == "yes",
        widget=forms.RadioSelect,
        error_messages={"required": _("Say whether anything was there.")},
    )


class ExtendForm(ActForm):
    reason = forms.ChoiceField(
        label=_("Why we need longer"),
        choices=lambda: named(Extension.choices),
        widget=forms.RadioSelect,
        help_text=_("The customer reads this sentence."),
        error_messages={"required": _("Choose why.")},
    )

    def fit(self, row: RightsRequest) -> None:
        if needs_letter(row):
            self.fields["told_on"] = told_field()


class ResumeForm(ActForm):
    answered_on = answered_field()


class PauseForm(ActForm):
    waiting_for = forms.ChoiceField(
        label=_("What we wait for"),
        choices=lambda: named(Waiting.choices),
        widget=forms.RadioSelect,
        help_text=_("The customer reads this sentence. Time stands still only while we wait for them."),
        error_messages={"required": _("Choose what we wait for.")},
    )

    def fit(self, row: RightsRequest) -> None:
        field: Any = self.fields["waiting_for"]
        is_known = row.verified_at or row.identity_needed == Level.NOT_REQUIRED
        field.choices = named(choice for choice in Waiting.choices if not (is_known and choice[0] == Waiting.IDENTITY))


class ReplyForm(ActForm):
    """`outcome` is in the forms below."""

    outcome: Any
    is_whole = False
    reason = forms.ChoiceField(label=_("Why"), required=False)
    law = forms.CharField(
        label=_("The provision it rests on"),
        required=False,
        max_length=120,
        validators=[RegexValidator(PROVISION, _("Name a provision only, such as: GDPR Art 12(5)."))],
        help_text=_("Leave it empty for the one that such a refusal usually rests on, where there is one."),
    )
    text = forms.CharField(
        label=_("In your own words"),
        required=False,
        max_length=TEXT_LONGEST,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("The customer reads it. What they can do against it stands below it by itself."),
    )
    format = forms.ChoiceField(
        label=_("How the answer goes out"), choices=lambda: named(Format.choices), initial=Format.DOWNLOAD
    )

    def fit(self, row: RightsRequest) -> None:
        reasons = [(reason.value, reason.label) for reason in reasons_of(row, is_whole=self.is_whole)]
        field: Any = self.fields["reason"]
        field.choices = [("", _("Choose why")), *reasons]
        if needs_letter(row):
            self.fields["told_on"] = told_field()
        has_nowhere = row.customer is None or hash_to_write_to(row.customer) is None
        if has_nowhere and (self.is_whole or row.request_type not in COPIES):
            # Nobody who could sign in to download it; for a copy there is a code.
            ways: Any = self.fields["format"]
            ways.choices = named((one.value, one.label) for one in Format if one != Format.DOWNLOAD)
            ways.initial = Format.EMAIL

    def clean_law(self) -> str:
        """The usual one, so that the officer reads it before the customer does."""
        typed, reason = self.cleaned_data["law"].strip(), self.cleaned_data.get("reason")
        if typed or not reason:
            return str(typed)
        usual = law_of(Regime(self.row.regime), Type(self.row.request_type), Reason(reason))
        if not usual:
            raise forms.ValidationError(_("Name the provision it rests on: for this reason there is no usual one."))
        return usual


class RefuseForm(ReplyForm):
    is_whole = True
    field_order = ("reason", "law", "text", "format")

    def fit(self, row: RightsRequest) -> None:
        super().fit(row)
        self.fields["reason"].required = True
        self.fields["reason"].error_messages["required"] = _("Choose why.")

    def clean(self) -> dict[str, Any]:
        return self.cleaned_data | {"outcome": Outcome.DENIED}


FEE_FIELDS = ("fee", "currency", "fee_reason")


def fee_fields() -> dict[str, forms.Field]:
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
        "fee_reason": forms.ChoiceField(
            label=_("Why a fee"),
            required=False,
            choices=[("", _("No fee")), *[(reason.value, reason.label) for reason in FEE_REASONS]],
        ),
    }


class AnswerForm(ReplyForm):
    field_order = ("outcome", "granted", "text", "reason", "law", "format", "told_on", *FEE_FIELDS)

    outcome = forms.ChoiceField(
        label=_("What was done"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what was done.")},
    )

    def fit(self, row: RightsRequest) -> None:
        super().fit(row)
        field: Any = self.fields["outcome"]
        field.choices = named((one.value, one.label) for one in SERVED if can_be_called(row, one))
        if "told_on" in self.fields:
            self.fields["told_on"].required = False
        if row.request_type == Type.OBJECTION and Outcome.COMPLIED_PART in dict(field.choices):
            self.fields["granted"] = granted_field(row)
        if row.request_type in COPIES:
            self.fields["format"].help_text = _(
                "The portal puts the copy together, and nobody here reads it. Whoever has no account downloads it with "
                "a code."
            )
        is_erased = row.customer is not None and row.customer.erased_at is not None
        if takes_fee(Type(row.request_type)) and GRANTED & set(dict(field.choices)) and not is_erased:
            self.fields |= fee_fields()
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
        return said if is_part else said | {"reason": "", "law": "", "granted": []}

    def check_fee(self, said: dict[str, Any]) -> None:
        """All three, or none."""
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
            check_granted(self.row, Outcome.COMPLIED_PART, granted)
        except Refusal as refusal:
            self.add_error("granted", str(refusal))


def granted_field(row: RightsRequest) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=_("If done in part: the uses that stop"),
        choices=[(use.purpose.code, use.name) for use in uses_of(row)],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("The others go on when you have told the customer and lifted the pause."),
    )


def can_be_called(row: RightsRequest, outcome: Outcome) -> bool:
    """As far as it shows without reading what was written. For nobody known nothing can have been done."""
    if row.customer_id is None:
        return outcome == Outcome.NO_DATA
    if row.gets_kinds_instead:
        return outcome != Outcome.COMPLIED_WHOLE
    if row.request_type in ERASURES:
        return outcome in (Outcome.NO_DATA, erased_as(row))
    if row.request_type == Type.OPT_IN and outcome != Outcome.NO_DATA:
        return has_allowed_sale(row)
    if row.request_type == Type.OBJECTION and outcome == Outcome.COMPLIED_PART:
        return len(uses_of(row)) > 1
    if row.request_type in CORRECTIONS and outcome != Outcome.NO_DATA:
        decided = set(row.corrections.values_list("is_accepted", flat=True))
        return True in decided and (outcome == Outcome.COMPLIED_PART or False not in decided)
    return True


class PartForm(ActForm):
    """What is not ticked goes."""

    kept = forms.MultipleChoiceField(
        label=_("What a law makes the company keep"), required=False, widget=forms.CheckboxSelectMultiple
    )
    law = forms.CharField(
        label=_("The provisions that what is kept rests on"),
        required=False,
        max_length=120,
        validators=[RegexValidator(PROVISION, _("Name a provision only, such as: GDPR Art 12(5)."))],
        help_text=_("The customer reads it, such as: GDPR Art 17(3)(b), AO 147. Empty for the one of data protection."),
    )

    def fit(self, row: RightsRequest) -> None:
        field: Any = self.fields["kept"]
        kinds = Category.objects.filter(code__in=kinds_asked(row)).order_by("order", "code")
        field.choices = [(kind.code, kind.title or kind.code) for kind in kinds]
        field.help_text = (
            _("All the rest of what was asked is deleted for good. If nothing is kept, propose the erasure instead.")
            if not row.scope
            else _("All the rest of what was asked is deleted for good.")
        )

    def clean(self) -> dict[str, Any]:
        """With what the customer will read of it."""
        said = self.cleaned_data
        kept, asked = said.get("kept", []), kinds_asked(self.row)
        if not self.errors:
            try:
                parted(asked=asked, kept=kept, is_everything=not self.row.scope)
            except Refusal as refusal:
                self.add_error("kept", str(refusal))
        outcome = Outcome.COMPLIED_PART if kept else Outcome.COMPLIED_WHOLE
        reason = Reason.LEGAL if kept else ""
        law = said.get("law", "").strip() or law_of(Regime(self.row.regime), Type(self.row.request_type), Reason.LEGAL)
        parts = {"deleted": [code for code in asked if code not in kept], "kept": kept}
        return said | {"outcome": outcome, "reason": reason, "law": law if kept else "", "text": "", "parts": parts}


class ErasePartForm(ActForm):
    def fit(self, row: RightsRequest) -> None:
        if needs_letter(row):
            self.fields["told_on"] = told_field()
            self.fields["told_on"].required = False


class TheirWordForm(ActForm):
    """What somebody said in another way than here."""

    said_on = DayField(
        label=_("They said so on"),
        help_text=_("The day it truly reached the company."),
        error_messages={"required": _("Say on which day."), "invalid": _("Type a day.")},
    )
    channel = forms.ChoiceField(
        label=_("How it arrived"),
        choices=lambda: named((one.value, one.label) for one in TYPED_CHANNELS),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose how it arrived.")},
    )


class TheirAppealForm(TheirWordForm):
    why = forms.CharField(
        label=_("What they said, as far as it matters"),
        required=False,
        max_length=TEXT_LONGEST,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Kept sealed. The officer who decides reads it."),
    )


class DecideAppealForm(ActForm):
    outcome = forms.ChoiceField(
        label=_("What you decide"),
        choices=[
            (Appealed.UPHELD.value, _("The answer stays as it was")),
            (Appealed.REVERSED.value, _("The request begins again, with every check")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what you decide.")},
    )
    text = forms.CharField(
        label=_("In your own words"),
        max_length=TEXT_LONGEST,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("The customer reads it."),
        error_messages={"required": _("Say why.")},
    )


class ToldForm(ActForm):
    recipient = forms.ModelChoiceField(
        label=_("Who was told"),
        queryset=Recipient.objects.none(),
        error_messages={"required": _("Choose who."), "invalid_choice": _("Choose who.")},
    )
    why_not = forms.ChoiceField(
        label=_("If they were not told: why"),
        required=False,
        choices=lambda: [("", _("They were told")), *named(Told.WhyNot.choices)],
    )

    def fit(self, row: RightsRequest) -> None:
        told = row.told.values("recipient")
        field: Any = self.fields["recipient"]
        field.queryset = Recipient.objects.exclude(pk__in=told).order_by("name")
