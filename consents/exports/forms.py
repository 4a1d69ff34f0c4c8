from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from consents.core.fields import DayField
from consents.exports.datasets import DESCRIPTIONS
from consents.exports.models import Export
from consents.exports.rules import Dataset, Format, Period, Wanted


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
            choices = [("", _("All")), *one.values]
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
