"""Drafts of the catalogue, as officers write them."""

from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from consents.catalogue.models import Category, Field, Purpose, PurposeVersion, Recipient
from consents.core import countries
from consents.core.durations import STEPS
from consents.core.fields import CheckboxesField, DurationChoiceField
from consents.core.forms import get_choice_field
from consents.core.refusals import Refusal
from consents.law import transfers
from consents.people.selectors import list_teams

ANSWER_TIMES = [timedelta(hours=1), timedelta(hours=4), *(step for step in STEPS if step >= timedelta(days=1))]


class PurposeForm(forms.ModelForm):
    answer_within = DurationChoiceField(
        label=_("The customer answers within"), lengths=ANSWER_TIMES, initial=timedelta(days=7)
    )
    access_default = DurationChoiceField(label=_("Access for, at first"), lengths=STEPS, initial=timedelta(hours=2))
    access_most = DurationChoiceField(label=_("Access for, at most"), lengths=STEPS, initial=timedelta(days=30))
    teams = CheckboxesField(
        label=_("Teams that may ask"),
        required=False,
        help_text=_("None chosen: every team. Anyone in another team can no longer ask or look."),
    )

    class Meta:
        model = Purpose
        fields = ("code", "usage", "answer_within", "access_default", "access_most", "teams")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        teams = sorted({*list_teams(), *self.instance.teams})
        get_choice_field(self, "teams").choices = [(team, team) for team in teams]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, most = cleaned.get("access_default"), cleaned.get("access_most")
        if first and most and first > most:
            self.add_error("access_default", _("This is longer than the most this purpose allows."))
        return cleaned


def build_language_fields(name: str, label: Any, longest: int) -> dict[str, forms.Field]:
    """Build a text field for each language: title_en, title_de …"""
    return {
        f"{name}_{code}": forms.CharField(
            label=format_lazy("{}, {}", label, language),
            required=False,
            max_length=longest,
            widget=forms.TextInput(attrs={"class": "vTextField", "lang": code}),
        )
        for code, language in settings.LANGUAGES
    }


def collect_words(cleaned: dict[str, Any], *names: str) -> dict[str, dict[str, str]]:
    """Collect language → name → text, for the languages in which anything was written."""
    words = {
        code: {name: " ".join(cleaned.get(f"{name}_{code}", "").split()) for name in names}
        for code, _language in settings.LANGUAGES
    }
    return {code: texts for code, texts in words.items() if any(texts.values())}


def show_words(form: forms.ModelForm, words: dict[str, dict[str, str]]) -> None:
    """Begin the text fields with what is known: language → name → text."""
    for code, texts in words.items():
        for name, text in texts.items():
            form.initial.setdefault(f"{name}_{code}", text)


class CategoryWords(forms.ModelForm):
    class Meta:
        model = Category
        fields = ("code", "term", "sensitive", "special", "order")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        show_words(self, self.instance.words)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("special"):
            cleaned["sensitive"] = True
        self.instance.words = collect_words(cleaned, "title", "description", "source")
        if not self.instance.words:
            self.add_error(None, _("Write a title in at least one language."))
        return cleaned


class FieldWords(forms.ModelForm):
    class Meta:
        model = Field
        fields = ("key", "order")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        show_words(self, {code: {"label": label} for code, label in self.instance.labels.items()})

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        self.instance.labels = {code: texts["label"] for code, texts in collect_words(cleaned, "label").items()}
        return cleaned


CategoryForm = type(
    "CategoryForm",
    (CategoryWords,),
    build_language_fields("title", _("Title"), 80)
    | build_language_fields("description", _("Description"), 300)
    | build_language_fields("source", _("Where we have it from"), 300),
)
FieldForm = type("FieldForm", (FieldWords,), build_language_fields("label", _("Label"), 80))


class CountriesField(forms.CharField):
    """Country codes with commas between them, as a list."""

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        return sorted({word.strip().upper() for word in (value or "").split(",") if word.strip()})

    def validate(self, value: Any) -> None:
        for code in value:
            countries.check_country(code)

    def run_validators(self, value: Any) -> None:
        """Do nothing: `validate` checks each code."""

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(self.to_python(self.prepare_value(initial)) != self.to_python(data))


class RecipientForm(forms.ModelForm):
    class Meta:
        model = Recipient
        fields = ("code", "name", "kind", "address", "contact", "country", "safeguard")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        try:
            if "country" in cleaned and "safeguard" in cleaned:
                transfers.check_safeguard(cleaned["country"], cleaned["safeguard"], home=settings.PORTAL_COUNTRY)
        except Refusal as refusal:
            self.add_error("safeguard", str(refusal))
        return cleaned


class VersionForm(forms.ModelForm):
    storage = CountriesField(
        label=_("Stored in"), required=False, help_text=_("Countries, two letters each, with commas: DE, IE.")
    )

    class Meta:
        model = PurposeVersion
        fields = (
            "purpose", "legal_basis", "dpv_purpose", "categories", "recipients", "sale", "consent_months",
            "retention_months", "storage", "material", "needs_agreement",
        )  # fmt: skip
