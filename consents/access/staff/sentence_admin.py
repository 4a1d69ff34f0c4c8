"""Ready-made sentences on the staff site: written and published by privacy officers, read by compliance officers."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.html import format_html_join
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from consents.access.models import SentenceTemplate
from consents.access.rules import MAX_SENTENCE_LENGTH
from consents.access.selectors import select_sentences_in_force
from consents.access.services import enquiring
from consents.access.staff.asking_pages import suggest_plain_words
from consents.core.admin import NEXT_ACT, RECORD, is_text_changed, render_state_tag
from consents.core.fields import SeenText
from consents.ledger.selectors import timelines
from consents.people.deciding import DecidingAdmin, SavedOnceAdmin
from consents.people.models import Role
from consents.people.services.holding import OFFICERS
from consents.people.staff.timelines import build_timeline
from consents.people.visitors import StaffRequest, run_once

FACTS = ("code", "reason")
TEXT_FIELDS = {
    f"text_{code}": SeenText(
        label=format_lazy("{}: {}", gettext_lazy("What the customer reads"), language),
        required=False,
        max_length=MAX_SENTENCE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3, "lang": code}),
    )
    for code, language in settings.LANGUAGES
}


class SentenceTexts(forms.ModelForm):
    class Meta:
        model = SentenceTemplate
        fields = FACTS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for code, text in self.instance.texts.items():
            self.initial.setdefault(f"text_{code}", text)

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or {}
        texts = {name.removeprefix("text_"): " ".join(answers.get(name, "").split()) for name in TEXT_FIELDS}
        self.instance.texts = {code: text for code, text in texts.items() if text}
        if not self.instance.texts:
            self.add_error(None, _("Write the sentence in at least one language."))
        return answers


SentenceTemplateForm = type("SentenceTemplateForm", (SentenceTexts,), dict(TEXT_FIELDS))


@admin.register(SentenceTemplate)
class SentenceTemplateAdmin(SavedOnceAdmin, DecidingAdmin):
    may_view = OFFICERS
    may_add = may_change = {Role.PRIVACY_OFFICER}
    add_label = gettext_lazy("Write a ready-made sentence")
    form = SentenceTemplateForm
    list_display = ("code", "number", "reason", "shown", "state")
    actions = ("publish", "new_version", "retire")
    asked_first = ("publish", "retire")
    saved_first = ("publish",)
    readonly_fields = ("read_texts",)

    @admin.display(description=gettext_lazy("what the customer reads"))
    def shown(self, obj: SentenceTemplate) -> str:
        return obj.text

    @admin.display(description=gettext_lazy("what the customer reads"))
    def read_texts(self, obj: SentenceTemplate) -> str:
        return format_html_join("", '<p lang="{}">{}: {}</p>', list_texts(obj))

    @admin.display(description=gettext_lazy("state"))
    def state(self, obj: SentenceTemplate) -> str:
        tone, word = describe_sentence_state(obj)
        return render_state_tag(tone, word)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.published_at is None)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return (*FACTS, *TEXT_FIELDS) if self.has_change_permission(request, obj) else (*FACTS, "read_texts")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Freeze the code of what was drafted: the ledger names a sentence by it."""
        return ("read_texts",) if obj is None else ("code", "read_texts")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save through the service, and advise as the form for a request does."""
        if NEXT_ACT in request.POST and not is_text_changed(form):
            return
        run_once(request, lambda by: enquiring.save_sentence_template(template=obj, by=by))
        for hint in dict.fromkeys(hint for text in obj.texts.values() for hint in suggest_plain_words(text)):
            messages.warning(request, hint)

    def record_context(self, request: HttpRequest, obj: SentenceTemplate) -> dict[str, Any]:
        entries = timelines.list_entries(obj.pk).filter(object_type="sentence_template")[:200]
        return {"timeline": build_timeline(entries)}

    def possible_actions(self, request: HttpRequest, obj: SentenceTemplate) -> Iterable[str]:
        if obj.published_at is None:
            return ["publish"]
        return ["new_version", "retire"] if is_sentence_in_force(obj) else ["new_version"]

    @admin.action(description=gettext_lazy("New version"), permissions=["change"], location=RECORD)
    def new_version(self, request: HttpRequest, queryset: QuerySet[SentenceTemplate]) -> HttpResponseBase:
        template = queryset.get()
        draft = run_once(request, lambda by: enquiring.draft_next_sentence(template=template, by=by))
        self.message_user(request, _("This copy is yours to change. Nobody is offered it until it is published."))
        return redirect("admin:access_sentencetemplate_change", draft)

    @admin.action(description=gettext_lazy("Publish"), permissions=["change"], location=RECORD)
    def publish(self, request: StaffRequest, queryset: QuerySet[SentenceTemplate]) -> HttpResponseBase:
        template = queryset.get()
        if not self.is_confirmed(request):
            effects = [
                _("Whoever asks with the reason “%(reason)s” is offered it from now on, and may change it.")
                % {"reason": template.get_reason_display()},
                *(f"{language}: {text}" for _code, language, text in list_texts(template)),
                _("It never changes again. Other words need a new version."),
            ]
            return self.confirm(request, template, _("Publish this sentence?"), effects, _("Publish"))
        done = _("The sentence is published, and offered to whoever asks.")
        return self.decide(request, enquiring.publish_sentence_template, done, template=template)

    @admin.action(description=gettext_lazy("Retire"), permissions=["change"], location=RECORD)
    def retire(self, request: StaffRequest, queryset: QuerySet[SentenceTemplate]) -> HttpResponseBase:
        template = queryset.get()
        if not self.is_confirmed(request):
            effects = [_("It is no longer offered."), _("What was sent with it stays as it was sent.")]
            return self.confirm(request, template, _("Retire this sentence?"), effects, _("Retire"))
        return self.decide(
            request, enquiring.retire_sentence_template, _("The sentence is retired."), template=template
        )


def list_texts(template: SentenceTemplate) -> list[tuple[str, str, str]]:
    """List code, language and sentence, in the portal's order of languages."""
    return [(code, name, template.texts[code]) for code, name in settings.LANGUAGES if code in template.texts]


def is_sentence_in_force(template: SentenceTemplate) -> bool:
    return select_sentences_in_force().filter(pk=template.pk).exists()


def describe_sentence_state(template: SentenceTemplate) -> tuple[str, str]:
    if template.published_at is None:
        return "wait", _("Draft")
    if template.retired_at:
        return "no", _("Retired")
    return ("yes", pgettext("sentence", "Offered")) if is_sentence_in_force(template) else ("no", _("Replaced"))
