"""What an officer says with each act on a request. Shapes only: the services decide."""

from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from consents.catalogue.models import Recipient
from consents.core.fields import NeverShownBack
from consents.people.selectors import hash_to_write_to
from consents.rights.models import SERVED, RightsRequest, Told
from consents.rights.rules.answers import (
    Appealed,
    Extension,
    Fact,
    Format,
    Outcome,
    Reason,
    Waiting,
    law_of,
    reasons_for,
)
from consents.rights.rules.kinds import Regime, Type

TEXT_LONGEST = 4000


def named(choices: Any) -> list[tuple[str, str]]:
    return [(code, capfirst(str(label))) for code, label in choices]


class ActForm(forms.Form):
    """Of one request."""

    def __init__(self, row: RightsRequest, data: Any = None) -> None:
        super().__init__(data)
        self.row = row
        self.fit(row)

    def fit(self, row: RightsRequest) -> None:
        """Offer what this request allows."""


class WhoseForm(ActForm):
    who = forms.CharField(
        label=_("Whose request it is"),
        max_length=254,
        widget=NeverShownBack(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=_("Exactly the customer number, or exactly the email address on file. The look-up is on record."),
        error_messages={"required": _("Type the customer number or the email address.")},
    )


class IdentityForm(WhoseForm):
    """The level is that of the right; the facts must reach it."""

    facts = forms.MultipleChoiceField(
        label=_("What was compared with what we hold, and agreed"),
        choices=lambda: named(Fact.choices),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Tick what was compared.")},
    )
    field_order = ("who", "facts")

    def fit(self, row: RightsRequest) -> None:
        if row.customer_id:
            del self.fields["who"]


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


class PauseForm(ActForm):
    waiting_for = forms.ChoiceField(
        label=_("What we wait for"),
        choices=lambda: named(Waiting.choices),
        widget=forms.RadioSelect,
        help_text=_("The customer reads this sentence. Time stands still only while we wait for them."),
        error_messages={"required": _("Choose what we wait for.")},
    )


class ReplyForm(ActForm):
    """`outcome` is in the forms below."""

    outcome: Any
    reason = forms.ChoiceField(label=_("Why"), required=False)
    law = forms.CharField(
        label=_("The provision it rests on"),
        required=False,
        max_length=120,
        help_text=_("Leave it empty for the one that such a refusal usually rests on."),
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
        reasons = [(reason.value, reason.label) for reason in reasons_for(Type(row.request_type))]
        field: Any = self.fields["reason"]
        field.choices = [("", _("Choose why")), *reasons]
        if row.customer is None or hash_to_write_to(row.customer) is None:
            # Nobody who could sign in to download it.
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
            raise forms.ValidationError(_("Name the provision it rests on."))
        return usual


class RefuseForm(ReplyForm):
    field_order = ("reason", "law", "text", "format")

    def fit(self, row: RightsRequest) -> None:
        super().fit(row)
        self.fields["reason"].required = True
        self.fields["reason"].error_messages["required"] = _("Choose why.")

    def clean(self) -> dict[str, Any]:
        return self.cleaned_data | {"outcome": Outcome.DENIED}


class AnswerForm(ReplyForm):
    field_order = ("outcome", "text", "reason", "law", "format")

    outcome = forms.ChoiceField(
        label=_("What was done"),
        choices=lambda: named((one.value, one.label) for one in SERVED),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what was done.")},
    )

    def fit(self, row: RightsRequest) -> None:
        super().fit(row)
        self.fields["reason"].label = _("Why not all of it")
        self.fields["reason"].help_text = _(
            "Only where a part was refused: what is exempt, such as what law makes us keep."
        )

    def clean(self) -> dict[str, Any]:
        said = self.cleaned_data
        is_part = said.get("outcome") == Outcome.COMPLIED_PART
        if is_part and not said.get("reason") and "reason" not in self.errors:
            self.add_error("reason", _("Choose why not all of it was done."))
        return said if is_part else said | {"reason": "", "law": ""}


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
