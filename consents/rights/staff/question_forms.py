"""Forms of the thread with the customer: a question that is sent, a reply that came by letter or telephone."""

from collections.abc import Collection
from typing import Any

from django import forms
from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from consents.core.durations import format_day
from consents.core.fields import RadioField, SeenText
from consents.core.refusals import Refusal
from consents.rights.confirmations import is_identity_open
from consents.rights.models import QuestionTemplate, RightsRequest
from consents.rights.rules.answers import About
from consents.rights.rules.questions import MOST_LETTERS, check_question, fill_placeholders
from consents.rights.selectors import get_requester_language
from consents.rights.services.recording import get_home_zone
from consents.rights.staff.forms import TellingForm, build_answered_field, capitalize_labels
from consents.rights.staff.officer_act import ActForm

OWN = ""  # no ready-made question


class AskForm(TellingForm):
    """A ready-made question in the customer's language, own words after it, or own words alone."""

    about = RadioField(
        label=_("What it is about"),
        coerce=About,
        help_text=_("The clock waits only for questions about who they are or what they want, where the law lets it."),
        error_messages={"required": _("Choose what it is about.")},
    )
    ready_made = RadioField(label=_("Ready-made question"), required=False, initial=OWN)
    words = SeenText(
        label=_("In your own words"),
        required=False,
        max_length=MOST_LETTERS,
        widget=forms.Textarea(attrs={"rows": 5}),
    )

    def fit(self, rights_request: RightsRequest) -> None:
        """Offer what can be asked of this request, in the language of whoever made it."""
        super().fit(rights_request)
        subjects = [one for one in About.choices if one[0] != About.IDENTITY or is_identity_open(rights_request)]
        self.texts = list_ready_made(rights_request, [code for code, _label in subjects])
        fields: Any = self.fields
        fields["about"].choices = capitalize_labels(subjects)
        fields["ready_made"].choices = [(OWN, _("None: only my own words")), *self.texts.items()]
        if not self.texts:
            del self.fields["ready_made"]
        language = get_requester_language(rights_request)
        name = dict(settings.LANGUAGES).get(language, language)
        fields["words"].widget.attrs["lang"] = language
        fields["words"].help_text = _("Write in the customer’s language: %(name)s. They read exactly this.") % {
            "name": name
        }

    def clean(self) -> dict[str, Any]:
        answers = self.cleaned_data
        parts = [self.texts.get(answers.get("ready_made", OWN), ""), answers.get("words", "").strip()]
        question = "\n\n".join(part for part in parts if part)
        if not self.errors:
            try:
                check_question(question, 0)
            except Refusal as refusal:
                self.add_error("words", str(refusal))
        return {"subject": answers.get("about"), "text": question, "told_on": answers.get("told_on")}


def list_ready_made(rights_request: RightsRequest, subjects: Collection[str]) -> dict[str, str]:
    """Return the ready-made questions on these subjects in the requester's language, with the placeholders filled."""
    language = get_requester_language(rights_request)
    with translation.override(language):
        values = build_placeholder_values(rights_request)
    offered = QuestionTemplate.objects.filter(is_offered=True, about__in=subjects).order_by("code")
    texts = {template.code: template.texts.get(language, "") for template in offered}
    return {code: fill_placeholders(text, values) for code, text in texts.items() if text}


def build_placeholder_values(rights_request: RightsRequest) -> dict[str, str]:
    """Build the values of the placeholders, in the active language."""
    zone = get_home_zone()
    return {
        "number": rights_request.number,
        "right": str(rights_request.get_request_type_display()),
        "arrived": format_day(timezone.localtime(rights_request.received_at, zone)),
        "answer_by": format_day(timezone.localtime(rights_request.answer_by, zone)),
    }


class ReplyNotedForm(ActForm):
    answered_on = build_answered_field()
    text = SeenText(
        label=_("What they said, as far as it matters"),
        required=False,
        max_length=MOST_LETTERS,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Kept sealed, beside the question. The customer reads it on their page."),
    )
