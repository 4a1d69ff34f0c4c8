from django import forms
from django.utils.translation import gettext_lazy as _

from consents.people.rules import CODE_LENGTH, normalize_claim_code
from consents.rights.customers.code_form import NumberAndCodeForm


class CollectForm(NumberAndCodeForm):
    def clean_code(self) -> str:
        code = normalize_claim_code(self.cleaned_data["code"])
        if len(code) != CODE_LENGTH:
            raise forms.ValidationError(_("This code cannot be right. It has 12 letters and numbers: check each one."))
        return code
