"""What a customer chooses about mail."""

from django import forms
from django.utils.translation import gettext_lazy as _

from consents.notifications.models import Preference


class DigestForm(forms.Form):
    digests = forms.ChoiceField(
        label=_("May we remind you now and then to look over your choices?"),
        help_text=_("“Never” also ends the mail that says when the time of your consent is over."),
        choices=Preference.Digests.choices,
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose whether we may remind you."),
            "invalid_choice": _("Choose whether we may remind you."),
        },
    )
