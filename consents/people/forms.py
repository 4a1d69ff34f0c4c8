"""Officers find one customer by number, to print a code for them."""

from django import forms
from django.utils.translation import gettext_lazy as _

from consents.core.fields import NeverShownBack
from consents.people import selectors
from consents.people.models import Customer


class ClaimCodeForm(forms.Form):
    """One customer, by exactly their number, whom nobody signs in as yet."""

    reference = forms.CharField(
        label=_("Customer number"),
        max_length=60,
        widget=NeverShownBack(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=_("Exactly as it stands on the contract. Check who is in front of you first."),
        error_messages={"required": _("Type the customer number.")},
    )
    customer: Customer

    def clean_reference(self) -> str:
        found = Customer.objects.filter(reference=self.cleaned_data["reference"]).first()
        if found is None:
            raise forms.ValidationError(_("No customer has exactly this number. Check the spelling."))
        if selectors.is_held(found.pk):
            raise forms.ValidationError(_("Somebody signs in as this customer already, so a code would not work."))
        self.customer = found
        return ""
