"""Forms to look up one customer: to erase or hold their data, or to let somebody act for them."""

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from consents.core.fields import DayField, RadioField
from consents.people.found_customers import CustomerLookUpForm
from consents.people.models import Acting, Erasure, LegalHold


class ProposeErasureForm(CustomerLookUpForm):
    reason = RadioField(
        label=_("Why"),
        choices=[(code, capfirst(label)) for code, label in Erasure.Reason.choices],
        coerce=Erasure.Reason,
        error_messages={"required": _("Choose why the data must go.")},
    )


class PlaceHoldForm(CustomerLookUpForm):
    reason = RadioField(
        label=_("Why it must be kept"),
        choices=[(code, capfirst(label)) for code, label in LegalHold.Reason.choices],
        coerce=LegalHold.Reason,
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
        label=_("Review on"),
        help_text=_("At most a year from now. The hold is in force until a compliance officer lifts it."),
        error_messages={"required": _("Choose a day."), "invalid": _("Type a day, such as 2027-03-31.")},
    )


class ProposeClaimCodeForm(CustomerLookUpForm):
    capacity = forms.TypedChoiceField(
        label=_("Who gets the code"),
        choices=[
            (Acting.Capacity.SELF, capfirst(_("the customer"))),
            (Acting.Capacity.HOLDER, capfirst(_("a further holder of the account"))),
            (Acting.Capacity.GUARDIAN, capfirst(_("a parent or guardian"))),
        ],
        coerce=Acting.Capacity,
        initial=Acting.Capacity.SELF,
        empty_value=Acting.Capacity.SELF,
        required=False,
        help_text=_(
            "A further holder shares the account with all the customer’s rights. A parent or guardian can act for a "
            "child who is too young to agree alone."
        ),
    )
