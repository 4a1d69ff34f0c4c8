"""Forms of a report of a look: the answer of who looked, and the finding of an officer."""

from django import forms
from django.utils.translation import gettext_lazy

from consents.core.fields import RadioField, SeenText
from consents.disclosures.reports import rules


class MemberAnswerForm(forms.Form):
    words = SeenText(
        label=gettext_lazy("Why you looked"),
        max_length=rules.MOST_LETTERS,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=gettext_lazy("The officer who decides reads this, not the customer. You can answer once."),
        error_messages={"required": gettext_lazy("Say why you looked.")},
    )


class FindingForm(forms.Form):
    finding = RadioField(
        label=gettext_lazy("What you found"),
        choices=rules.Finding.choices,
        error_messages={"required": gettext_lazy("Choose what you found.")},
    )
    words = SeenText(
        label=gettext_lazy("What you tell the customer"),
        max_length=rules.MOST_LETTERS,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=gettext_lazy("The customer reads this on the page of the report."),
        error_messages={"required": gettext_lazy("Tell the customer what you found.")},
    )
