from typing import Any, Self

from django import forms
from django.utils.translation import gettext_lazy as _

from consents.core.fields import DayField, NeverShownBack
from consents.exports.datasets import DESCRIPTIONS
from consents.exports.models import Export
from consents.exports.rules import Dataset, Format, Period, Wanted, Why

WHYS = [
    (Why.COMPLAINT, _("a complaint")),
    (Why.AUTHORITY, _("a question of an authority")),
    (Why.AUDIT, _("an audit of our own")),
]


class ExportForm(forms.Form):
    """The shape of an ask for records of one dataset; whether it may be is the service's to say."""

    from_date = DayField(label=_("From"))
    until_date = DayField(label=_("Until"), help_text=_("The day after the last one: it is not included."))
    format = forms.ChoiceField(label=_("Format"), choices=Export.Format, initial=Format.CSV)
    reason = forms.CharField(
        label=_("What it is for"),
        max_length=200,
        widget=forms.TextInput(attrs={"class": "vTextField", "autocomplete": "off"}),
        help_text=_("A few words for whoever checks this list later. No names."),
    )

    def __init__(self, *args: Any, dataset: Dataset, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.dataset, self.description = dataset, DESCRIPTIONS[dataset]
        for one in self.description.filters:
            choices = [("", _("All")), *one.choices]
            self.fields[self.named(one.name)] = forms.ChoiceField(label=one.label, choices=choices, required=False)
        if self.description.has_personal:
            self.fields["personal"] = forms.BooleanField(
                label=_("With personal columns"),
                required=False,
                help_text=_("Another compliance officer must agree before the file is made."),
            )
        self.order_fields(["from_date", "until_date", "format"])
        self.fields["reason"] = self.fields.pop("reason")

    @staticmethod
    def named(name: str) -> str:
        return f"only_{name}"

    def wanted(self, zone: Any) -> Wanted:
        asked = self.cleaned_data
        chosen = {one.name: asked[self.named(one.name)] for one in self.description.filters}
        return Wanted(
            self.dataset,
            Period(asked["from_date"], asked["until_date"], zone),
            asked["reason"],
            Format(asked["format"]),
            {name: value for name, value in chosen.items() if value},
            asked.get("personal", False),
        )


class HistoryForm(forms.Form):
    """Whose history, and why an officer reads it."""

    who = forms.CharField(
        label=_("Customer"),
        max_length=254,
        widget=NeverShownBack(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=_("Exactly the customer number, the email address on file, or the id of an export or a receipt."),
        error_messages={"required": _("Type the customer number, the email address or the id.")},
    )
    why = forms.ChoiceField(label=_("Why you look"), choices=WHYS, help_text=_("It is on record with your look."))


class MomentForm(forms.Form):
    """A found customer at another moment, or further back in their history."""

    found = forms.CharField(widget=forms.HiddenInput)
    why = forms.ChoiceField(choices=WHYS, widget=forms.HiddenInput)
    at = forms.DateTimeField(
        label=_("As of"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
        help_text=_("Empty: now."),
    )
    before = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1, widget=forms.HiddenInput)

    @classmethod
    def of(cls, found: str, form: HistoryForm) -> Self:
        return cls({"found": found, "why": form.cleaned_data["why"]})
