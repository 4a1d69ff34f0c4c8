"""Forms to claim a record and to choose a language and a time zone."""

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from consents.people import rules


class ClaimForm(forms.Form):
    code = forms.CharField(
        label=_("Your code"),
        max_length=60,
        help_text=_("12 letters and numbers, from the paper we gave you. Spaces and dashes make no difference."),
        error_messages={
            "required": _("Enter the code from the paper we gave you."),
            "max_length": _("This code cannot be right. It has 12 letters and numbers: check each one."),
        },
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )

    def clean_code(self) -> str:
        code = rules.normalize_claim_code(self.cleaned_data["code"])
        if len(code) != rules.CODE_LENGTH:
            raise forms.ValidationError(_("This code cannot be right. It has 12 letters and numbers: check each one."))
        return code


class SpokenNameForm(forms.Form):
    name = forms.CharField(
        label=_("Name"),
        max_length=rules.SPOKEN_NAME_MAX_LENGTH,
        required=False,
        help_text=_("For example the first name. Only you see it: on these pages and in our emails to you."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class LanguageForm(forms.Form):
    language = forms.ChoiceField(choices=settings.LANGUAGES)


def list_time_zones() -> list[tuple[str, str]]:
    return [(zone, zone.replace("_", " ").replace("/", ": ")) for zone in sorted(rules.TIME_ZONES)]


class TimeZoneForm(forms.Form):
    time_zone = forms.ChoiceField(
        label=_("Choose your time zone"),
        choices=list_time_zones,
        help_text=_("All times on these pages and in our emails are shown in it."),
        error_messages={
            "required": _("Choose a time zone from the list."),
            "invalid_choice": _("Choose a time zone from the list."),
        },
    )
