"""The form of whoever has no account and holds a code of ours: which request, and the code."""

from django import forms
from django.utils.translation import gettext_lazy as _

from consents.people.rules import CODE_LENGTH, normalize_claim_code

IMPOSSIBLE_CODE = _("This code cannot be right. It has 12 letters and numbers: check each one.")


class NumberAndCodeForm(forms.Form):
    number = forms.CharField(
        label=_("Number of your request"),
        max_length=30,
        help_text=_("It is in the letter or email with the code, for example RQ-7K2M-93QX."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
        error_messages={
            "required": _("Enter the number of your request."),
            "max_length": _("This number is too long. It looks like RQ-7K2M-93QX."),
        },
    )
    code = forms.CharField(
        label=_("Your code"),
        max_length=60,
        help_text=_("12 letters and numbers. Spaces and dashes make no difference."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
        error_messages={
            "required": _("Enter the code we gave you."),
            "max_length": IMPOSSIBLE_CODE,
        },
    )

    def clean_code(self) -> str:
        """Refuse what no code of ours looks like, before it counts as a wrong one."""
        code = normalize_claim_code(self.cleaned_data["code"])
        if len(code) != CODE_LENGTH:
            raise forms.ValidationError(IMPOSSIBLE_CODE)
        return code
