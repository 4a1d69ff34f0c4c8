"""Ready-made questions on the staff site: written by privacy officers, read by compliance officers."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from consents.core.fields import SeenText
from consents.core.refusals import Refusal
from consents.people.deciding import SavedOnceAdmin
from consents.people.models import Role
from consents.people.services.holding import OFFICERS
from consents.people.visitors import run_once
from consents.rights.models import QuestionTemplate
from consents.rights.rules.questions import MOST_LETTERS, check_placeholders
from consents.rights.services.question_templates import save_question_template


def build_text_field(code: str, language: Any) -> forms.CharField:
    return SeenText(
        label=format_lazy("{}: {}", _("What the customer reads"), language),
        required=False,
        max_length=MOST_LETTERS,
        widget=forms.Textarea(attrs={"rows": 4, "lang": code}),
    )


TEXT_FIELDS = {f"text_{code}": build_text_field(code, language) for code, language in settings.LANGUAGES}


class TemplateTexts(forms.ModelForm):
    """The text in each language; without one in a language, it is not offered for customers who read that."""

    class Meta:
        model = QuestionTemplate
        fields = ("code", "about", "is_offered")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for code, text in self.instance.texts.items():
            self.initial[f"text_{code}"] = text
        first = next(iter(TEXT_FIELDS))
        self.fields[first].help_text = _(
            "You may use {number}, {right}, {arrived} and {answer_by}; each is filled in for the request."
        )

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or {}
        texts = {name.removeprefix("text_"): answers.get(name, "").strip() for name in TEXT_FIELDS}
        self.instance.texts = {code: text for code, text in texts.items() if text}
        if not self.instance.texts:
            self.add_error(None, _("Write the question in at least one language."))
        for code, text in self.instance.texts.items():
            try:
                check_placeholders(text)
            except Refusal as refusal:
                self.add_error(f"text_{code}", str(refusal))
        return answers


QuestionTemplateForm = type("QuestionTemplateForm", (TemplateTexts,), dict(TEXT_FIELDS))


@admin.register(QuestionTemplate)
class QuestionTemplateAdmin(SavedOnceAdmin):
    may_view = OFFICERS
    may_add = may_change = {Role.PRIVACY_OFFICER}
    form = QuestionTemplateForm
    readonly_fields = ("read_texts",)
    list_display = ("code", "about", "languages", "is_offered")

    @admin.display(description=_("languages"))
    def languages(self, template: QuestionTemplate) -> str:
        return ", ".join(str(name) for code, name in settings.LANGUAGES if code in template.texts)

    @admin.display(description=_("what the customer reads"))
    def read_texts(self, template: QuestionTemplate) -> str:
        texts = [(code, name, template.texts[code]) for code, name in settings.LANGUAGES if code in template.texts]
        return format_html_join("", '<p lang="{}">{}: {}</p>', texts)

    def get_fields(self, request: HttpRequest, obj: QuestionTemplate | None = None) -> tuple[str, ...]:
        """Show who only reads the texts as they stand, which are no fields of the record itself."""
        texts = TEXT_FIELDS if self.has_change_permission(request, obj) else ("read_texts",)
        return ("code", "about", *texts, "is_offered")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        run_once(request, lambda by: save_question_template(template=obj, by=by))
