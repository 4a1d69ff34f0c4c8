"""Forms of training: a module as officers write it, and its questions as staff answer them."""

from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.conf import settings
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from consents.core.fields import RadioField
from consents.core.refusals import Refusal
from consents.training import rules
from consents.training.models import ModuleVersion
from consents.training.rules import Question

QUESTIONS_HELP = _(
    "A block for each question, with an empty line between them: the question, then a line for each answer. “+ ” before"
    " the right one, “- ” before the others. Staff see the answers shuffled."
)


def build_word_fields() -> dict[str, forms.Field]:
    """Build title, text and questions for each language: title_en, text_en, questions_en, title_de …"""
    fields: dict[str, forms.Field] = {}
    for code, language in settings.LANGUAGES:
        tall, taller = forms.Textarea(attrs={"rows": 12}), forms.Textarea(attrs={"rows": 20})
        title, text, questions = (format_lazy("{}, {}", _(name), language) for name in ("Title", "Text", "Questions"))
        fields[f"title_{code}"] = forms.CharField(label=title, required=False, max_length=120)
        fields[f"text_{code}"] = forms.CharField(
            label=text, required=False, max_length=20_000, widget=taller, help_text=_("“## ” begins a heading.")
        )
        fields[f"questions_{code}"] = forms.CharField(
            label=questions, required=False, max_length=20_000, widget=tall, help_text=QUESTIONS_HELP
        )
    return fields


class ModuleWords(forms.ModelForm):
    """A draft whose words are written as text in each language."""

    class Meta:
        model = ModuleVersion
        fields = ("code", "required", "pass_mark", "valid_months")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for code, words in self.instance.words.items():
            self.initial = {**self.initial, **list_initial_words(code, words, self.instance.solution)}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        parsed = {code: self.parse_language(code, cleaned) for code, _language in settings.LANGUAGES}
        written = {code: questions for code, questions in parsed.items() if cleaned.get(f"title_{code}")}
        try:
            self.instance.solution = rules.find_solution(written)
        except Refusal as refusal:
            self.add_error(None, str(refusal))
        texts = {code: {"title": cleaned[f"title_{code}"], "text": cleaned.get(f"text_{code}", "")} for code in written}
        self.instance.words = rules.build_words(texts, written)
        if not written:
            self.add_error(None, _("Write a title in at least one language."))
        return cleaned

    def parse_language(self, code: str, cleaned: dict[str, Any]) -> list[Question]:
        try:
            return rules.parse_questions(cleaned.get(f"questions_{code}", ""))
        except Refusal as refusal:
            self.add_error(f"questions_{code}", str(refusal))
            return []


def list_initial_words(code: str, words: dict[str, Any], solution: list[int]) -> dict[str, str]:
    return {
        f"title_{code}": words["title"],
        f"text_{code}": words["text"],
        f"questions_{code}": rules.write_questions(words["questions"], solution),
    }


ModuleForm: Any = type("ModuleForm", (ModuleWords,), build_word_fields())


class AnswerForm(forms.Form):
    """The questions of a module, their answers in an order of this form's own, and the attestation."""

    token = forms.UUIDField(widget=forms.HiddenInput)
    attested = forms.BooleanField(
        label=_("I have read the text and will act by it."),
        error_messages={"required": _("Confirm that you have read the text and will act by it.")},
    )

    def __init__(self, version: ModuleVersion, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.version = version
        self.fields["token"].initial = uuid4()
        self.seed = self.find_token()
        for place, question in enumerate(version.in_active_language.get("questions", [])):
            self.fields[f"question_{place}"] = self.build_question(place, question)
        self.order_fields([name for name in self.fields if name != "attested"])

    def find_token(self) -> UUID:
        """Return the token that the form was sent with, or a new one."""
        try:
            return UUID(str(self["token"].value()))
        except ValueError:
            return uuid4()

    def build_question(self, place: int, question: dict[str, Any]) -> forms.Field:
        """Build a choice among the answers as they are shown: what is sent is the shown place, not the stored one."""
        shown = rules.list_shuffled_places(self.seed, place, len(question["answers"]))
        return RadioField(
            label=f"{place + 1}. {question['question']}",
            choices=[(number, question["answers"][stored]) for number, stored in enumerate(shown)],
            coerce=lambda number: shown[int(number)],
            error_messages={"required": _("Choose an answer to question %(number)d.") % {"number": place + 1}},
        )

    def list_answers(self) -> list[int]:
        """List the stored place of each chosen answer. Expects a valid form."""
        return [self.cleaned_data[f"question_{place}"] for place in range(len(self.version.solution))]
