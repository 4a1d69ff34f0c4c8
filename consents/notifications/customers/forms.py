"""Form for a customer's choices about email."""

from django import forms
from django.utils.translation import gettext_lazy as _

from consents.notifications.models import Preference


class DigestForm(forms.Form):
    digests = forms.ChoiceField(
        label=_("May we remind you now and then to review your choices?"),
        help_text=_("“Never” also turns off the email that tells you when your consent has expired."),
        choices=Preference.Digests.choices,
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose whether we may remind you."),
            "invalid_choice": _("Choose whether we may remind you."),
        },
    )
