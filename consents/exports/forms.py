from django import forms
from django.utils.translation import gettext_lazy as _

from consents.core.fields import DayField


class ExportForm(forms.Form):
    """The shape of an ask for records; whether it may be is the service's to say."""

    from_date = DayField(label=_("From"))
    until_date = DayField(label=_("Until"), help_text=_("The day after the last one: it is not included."))
    reason = forms.CharField(
        label=_("What it is for"),
        max_length=200,
        widget=forms.TextInput(attrs={"class": "vTextField", "autocomplete": "off"}),
        help_text=_("A few words for whoever checks this list later. No names."),
    )
