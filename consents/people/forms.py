"""The claim code: officers find one customer by number to print it, a person types it however they like."""

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from consents.core import clock
from consents.core.fields import NeverShownBack
from consents.people import rules, selectors
from consents.people.models import Acting, Customer
from consents.people.services import AddressWorks, NotAChild, is_child


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


class LanguageForm(forms.Form):
    language = forms.ChoiceField(choices=settings.LANGUAGES)


class ClaimCodeForm(forms.Form):
    """One customer, by exactly their number, whom nobody signs in as yet."""

    reference = forms.CharField(
        label=_("Customer number"),
        max_length=60,
        widget=NeverShownBack(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=_("Exactly as it stands on the contract. Check who is in front of you first."),
        error_messages={"required": _("Type the customer number.")},
    )
    capacity = forms.ChoiceField(
        label=_("Who gets the code"),
        choices=[(Acting.Capacity.SELF, _("the customer")), (Acting.Capacity.GUARDIAN, _("a parent or guardian"))],
        initial=Acting.Capacity.SELF,
        required=False,
        help_text=_("A parent or guardian can act for a child who is too young to agree alone."),
    )
    field_order = ("capacity", "reference")
    customer: Customer

    def clean_capacity(self) -> Acting.Capacity:
        return Acting.Capacity(self.cleaned_data["capacity"] or Acting.Capacity.SELF)

    def clean_reference(self) -> str:
        found = Customer.objects.filter(reference=self.cleaned_data["reference"]).first()
        if found is None:
            raise forms.ValidationError(_("No customer has exactly this number. Check the spelling."))
        if self.cleaned_data.get("capacity") == Acting.Capacity.GUARDIAN:
            if not is_child(found, clock.now()):
                raise forms.ValidationError(str(NotAChild()))
        elif selectors.is_held(found.pk):
            raise forms.ValidationError(_("Somebody signs in as this customer already, so a code would not work."))
        elif selectors.is_alone_with_address(found):
            raise forms.ValidationError(str(AddressWorks()))
        self.customer = found
        return ""
