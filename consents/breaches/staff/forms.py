"""Forms for each step of a data breach. Shapes only: the services decide."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from consents.breaches import rules
from consents.breaches.rules import (
    Harm,
    NewAnnouncement,
    NewAssessment,
    NewAuthorityNotice,
    Risk,
    Scope,
    WhyNotTold,
)
from consents.catalogue.models import Category
from consents.core.fields import CheckboxesField, RadioField, SeenText
from consents.core.forms import get_choice_field


def build_moment_field(label: Any, help_text: Any, *, required: bool = True) -> forms.DateTimeField:
    return forms.DateTimeField(
        label=label,
        help_text=help_text,
        required=required,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        error_messages={"required": _("Say when."), "invalid": _("Type a day and a time.")},
    )


def build_number_field(label: Any, required: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=0, max_value=2_000_000_000, error_messages={"required": required})


def build_words_field(label: Any, help_text: Any = "", *, required: bool = True) -> forms.CharField:
    return SeenText(
        label=label,
        help_text=help_text,
        required=required,
        max_length=rules.MOST_WORDS,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": format_lazy(_("Fill in “{field}”."), field=label)},
    )


def build_contact_field(language: str) -> forms.CharField:
    label = f"{_('Whom customers can ask')} ({language})"
    return SeenText(
        label=label,
        max_length=300,
        initial=f"{settings.PORTAL_EMAIL}, {settings.PORTAL_PHONE}",
        help_text=_("Name and contact of the data protection officer or of another contact point."),
        error_messages={"required": format_lazy(_("Fill in “{field}”."), field=label)},
    )


class StepForm(forms.Form):
    """Serve as base of the forms of all steps."""

    def read(self) -> dict[str, Any]:
        """Return what the service of the step takes."""
        return self.cleaned_data


class NewBreachForm(StepForm):
    noticed_at = build_moment_field(
        _("When it was noticed"),
        _("When the company became aware of it. The 72 hours count from here."),
    )
    summary = SeenText(
        label=_("What happened, in one or two sentences"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("No names of customers: records of breaches are handed to authorities."),
        error_messages={"required": _("Say in a sentence what happened.")},
    )


class AssessmentForm(StepForm):
    harms = CheckboxesField(
        label=_("What happened to the data"),
        choices=Harm.choices,
        error_messages={"required": _("Choose what happened.")},
    )
    categories = CheckboxesField(
        label=_("Which data"),
        error_messages={"required": _("Choose which data it is about.")},
    )
    people = build_number_field(_("People concerned, about"), _("Say about how many people it concerns."))
    records = build_number_field(_("Records concerned, about"), _("Say about how many records it concerns."))
    consequences = build_words_field(_("What it may lead to"))
    measures = build_words_field(_("What was done, and what will be"))
    risk = RadioField(
        label=_("Risk for the people concerned"),
        choices=Risk.choices,
        help_text=_("A risk: the authority is told. A high risk: the people concerned are told, too."),
        error_messages={"required": _("Choose how high the risk is.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = Category.objects.filter(published=True)
        get_choice_field(self, "categories").choices = [(kind.code, kind.title) for kind in kinds]

    def read(self) -> dict[str, Any]:
        values = self.cleaned_data
        return {"new": NewAssessment(**values | {"risk": Risk(values["risk"])})}


class AuthorityForm(StepForm):
    told_at = build_moment_field(
        _("When the authority was told"), _("Leave it empty if it need not be told."), required=False
    )
    authority = forms.CharField(label=_("Authority"), max_length=120, required=False)
    reference = forms.CharField(label=_("Its file number"), max_length=60, required=False)
    why = build_words_field(
        _("Why it was told late, or need not be told"),
        _("Empty if it was told within 72 hours."),
        required=False,
    )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("told_at") and not cleaned.get("authority"):
            self.add_error("authority", _("Name the authority that was told."))
        if not self.errors and not cleaned["told_at"] and not cleaned["why"]:
            self.add_error("why", _("Say when the authority was told, or why it need not be."))
        return cleaned

    def read(self) -> dict[str, Any]:
        return {"new": NewAuthorityNotice(**self.cleaned_data)}


class AnnouncementForm(StepForm):
    """Ask who is told, and for the words in each language that customers read."""

    scope = RadioField(
        label=_("Who is told"),
        choices=Scope.choices,
        error_messages={"required": _("Choose who is told.")},
    )
    references = forms.CharField(
        label=_("Customer numbers"),
        required=False,
        help_text=_("One a line, 5,000 at most. Only for a list."),
        widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.languages = {code: name for code, name in settings.LANGUAGES if code in settings.PORTAL_LANGUAGES}
        for code, name in self.languages.items():
            for part, label in PART_LABELS.items():
                self.fields[f"{part}_{code}"] = build_words_field(f"{label} ({name})")
            self.fields[f"contact_{code}"] = build_contact_field(name)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("scope") == Scope.LISTED and not cleaned.get("references"):
            self.add_error("references", _("List the numbers of the customers who are told."))
        return cleaned

    def read(self) -> dict[str, Any]:
        values = self.cleaned_data
        texts = {
            code: {part: values[f"{part}_{code}"] for part in (*PART_LABELS, "contact")} for code in self.languages
        }
        numbers = tuple(values["references"].split())
        return {"new": NewAnnouncement(Scope(values["scope"]), texts, numbers)}


PART_LABELS = {
    "happened": _("What happened"),
    "consequences": _("What this may lead to"),
    "measures": _("What we have done, and what you can do"),
}


class AnnouncementDecisionForm(StepForm):
    decision = RadioField(
        label=_("Your decision"),
        choices=[("agreed", _("Tell them in these words")), ("refused", _("Do not tell them in these words"))],
        error_messages={"required": _("Choose what you decide.")},
    )

    def read(self) -> dict[str, Any]:
        return {"is_agreed": self.cleaned_data["decision"] == "agreed"}


class ClosingForm(StepForm):
    """Ask why the people concerned were not told, unless they were."""

    why_not_told = RadioField(
        label=_("Why the people concerned were not told one by one"),
        choices=WhyNotTold.choices,
        error_messages={"required": _("Choose why they were not told, or tell them first.")},
    )
    lessons = build_words_field(_("What was learnt, and what has changed"))

    def __init__(self, *args: Any, are_told: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if are_told:
            del self.fields["why_not_told"]

    def read(self) -> dict[str, Any]:
        return {"why_not_told": ""} | self.cleaned_data
