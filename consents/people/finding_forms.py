"""One customer found by an officer, to be erased or held."""

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from consents.core.fields import DayField, NeverShownBack
from consents.people.models import Erasure, LegalHold


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
