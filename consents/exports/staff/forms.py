from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from consents.core.fields import DayField, UnechoedField
from consents.core.refusals import Refusal
from consents.exports.datasets import DESCRIPTIONS
from consents.exports.rules import (
    BadPeriod,
    Dataset,
    ExportSpec,
    Format,
    HistoryReason,
    Period,
    PeriodInFuture,
    PeriodTooEarly,
)


class ExportForm(forms.Form):
    """The form to request an export of one dataset. The service decides whether it is allowed."""

    from_date = DayField(label=_("From"), error_messages={"required": _("Choose the first day.")})
    last_date = DayField(
        label=_("To"),
        help_text=_("The last day, included."),
        error_messages={"required": _("Choose the last day.")},
    )
    reason = forms.CharField(
        label=_("What it is for"),
        max_length=200,
        widget=forms.TextInput(attrs={"class": "vTextField", "autocomplete": "off"}),
        help_text=_("A few words for people who check this list later. No names."),
        error_messages={"required": _("Say what the export is for.")},
    )

    def __init__(self, *args: Any, dataset: Dataset, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.dataset, self.description = dataset, DESCRIPTIONS[dataset]
        self.fields["format"] = forms.ChoiceField(
            label=_("Format"),
            choices=[(format.value, format.label) for format in self.description.formats],
            initial=Format.CSV,
        )
        for one in self.description.filters:
            choices = [("", _("All")), *one.choices]
            self.fields[self.named(one.name)] = forms.ChoiceField(label=one.label, choices=choices, required=False)
        if self.description.has_personal:
            self.fields["personal"] = forms.BooleanField(
                label=_("With personal columns"),
                required=False,
                help_text=_("Another compliance officer must approve it before the file is made."),
            )
        self.order_fields(["from_date", "last_date", "format"])
        self.fields["reason"] = self.fields.pop("reason")

    @property
    def others(self) -> list[forms.BoundField]:
        """Return the fields after the period."""
        return [field for field in self if field.name not in ("from_date", "last_date")]

    @staticmethod
    def named(name: str) -> str:
        return f"only_{name}"

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        first, last = cleaned.get("from_date"), cleaned.get("last_date")
        if first and last and last < first:
            self.add_refusal(BadPeriod())
        return cleaned

    def add_refusal(self, refusal: Refusal) -> None:
        """Say it beside the field it is about, where it is about one."""
        self.add_error(FIELD_OF_REFUSAL.get(type(refusal)), str(refusal))

    def build_spec(self, zone: Any) -> ExportSpec:
        asked = self.cleaned_data
        chosen = {one.name: asked[self.named(one.name)] for one in self.description.filters}
        return ExportSpec(
            self.dataset,
            Period.of_days(asked["from_date"], asked["last_date"], zone),
            asked["reason"],
            Format(asked["format"]),
            {name: value for name, value in chosen.items() if value},
            asked.get("personal", False),
        )


FIELD_OF_REFUSAL: dict[type[Refusal], str] = {
    BadPeriod: "last_date",
    PeriodInFuture: "last_date",
    PeriodTooEarly: "from_date",
}


def list_history_reasons() -> list[tuple[str, str]]:
    """List the reasons with none chosen: the one that goes on record is the officer's own."""
    return [("", gettext("Choose a reason")), *((code, capfirst(str(label))) for code, label in HistoryReason.choices)]


class HistoryForm(forms.Form):
    """Ask whose history an officer wants to read, and why."""

    who = UnechoedField(
        label=_("Customer"),
        help_text=_("Exactly the customer number, the email address on file, or the id of an export or a receipt."),
        error_messages={"required": _("Type the customer number, the email address or the id.")},
    )
    why = forms.ChoiceField(
        label=_("Reason"),
        choices=list_history_reasons,
        help_text=_("It is recorded together with your name."),
        error_messages={"required": _("Choose a reason.")},
    )


class MomentForm(forms.Form):
    """Choose another moment, or earlier entries, of the customer that was found."""

    found = forms.CharField(widget=forms.HiddenInput)
    why = forms.ChoiceField(choices=HistoryReason.choices, widget=forms.HiddenInput)
    at = forms.DateTimeField(
        label=_("As of"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
        help_text=_("Empty: now."),
    )
    before = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1, widget=forms.HiddenInput)
