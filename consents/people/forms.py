"""A claim code, made and typed; one customer found by an officer, to be erased or held."""

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from consents.core.fields import DayField, NeverShownBack
from consents.people import rules, selectors
from consents.people.models import Customer, Erasure, LegalHold
from consents.people.services import AddressWorks


class ClaimForm(forms.Form):
    code = forms.CharField(
        label=_("Your code"),
        max_length=60,
        help_text=_("12 letters and numbers, from the paper we gave you. Spaces and dashes make no difference."),
        error_messages={
            "required": _("Enter the code from the paper we gave you."),
            "max_length": _("A code has 12 letters and numbers. Check what you entered."),
        },
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )

    def clean_code(self) -> str:
        code = rules.same_claim_code(self.cleaned_data["code"])
        if len(code) != rules.CODE_LENGTH:
            raise forms.ValidationError(_("A code has 12 letters and numbers. Check what you entered."))
        return code


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
        if selectors.is_alone_with_address(found):
            raise forms.ValidationError(str(AddressWorks()))
        self.customer = found
        return ""


class FoundForm(forms.Form):
    """One customer, by exactly their number or exactly their address. The page looks them up, on record."""

    who = forms.CharField(
        label=_("Customer"),
        max_length=254,
        widget=NeverShownBack(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=_("Exactly the customer number, or exactly the email address on file. There is no list to browse."),
        error_messages={"required": _("Type the customer number or the email address.")},
    )

    def not_found(self) -> None:
        self.add_error("who", _("No single customer has exactly this number or address. Check it, or use the number."))


class ProposeErasureForm(FoundForm):
    reason = forms.ChoiceField(
        label=_("Why"),
        choices=[(code, capfirst(label)) for code, label in Erasure.Reason.choices],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose why the data must go.")},
    )


class HoldForm(FoundForm):
    reason = forms.ChoiceField(
        label=_("Why it must be kept"),
        choices=[(code, capfirst(label)) for code, label in LegalHold.Reason.choices],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose why the data must be kept.")},
    )
    document = forms.CharField(
        label=_("Case or file number"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=_("Where the order or the claim is filed. No names."),
        error_messages={"required": _("Type the number of the case or file.")},
    )
    review_on = DayField(
        label=_("Look at it again on"),
        help_text=_("At most a year from now. The hold stands until a compliance officer lifts it."),
        error_messages={"required": _("Choose a day."), "invalid": _("Type a day, such as 2027-03-31.")},
    )
