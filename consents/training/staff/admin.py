"""Admin pages of training: modules are written and published here; the register says who was trained on what when."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from consents.core import clock
from consents.core.admin import NEXT_ACT, RECORD, RoleGatedAdmin, is_text_changed, render_state_tag
from consents.core.fields import RadioField
from consents.core.refusals import Refusal
from consents.people.deciding import DecidingAdmin, SavedOnceAdmin
from consents.people.models import Role
from consents.people.services.holding import OFFICERS
from consents.people.visitors import StaffRequest, run_once
from consents.training import rules, selectors, services
from consents.training.models import Attempt, Attestation, ModuleVersion
from consents.training.rules import Question

# Forms of training: a module as officers write it, and its questions as staff answer them.

QUESTIONS_HELP = gettext_lazy(
    "A block for each question, with an empty line between them: the question, then a line for each answer. “+ ” before"
    " the right one, “- ” before the others. Staff see the answers shuffled."
)


def build_word_fields() -> dict[str, forms.Field]:
    """Build title, text and questions for each language: title_en, text_en, questions_en, title_de …"""
    fields: dict[str, forms.Field] = {}
    for code, language in settings.LANGUAGES:
        tall, taller = forms.Textarea(attrs={"rows": 12}), forms.Textarea(attrs={"rows": 20})
        title, text, questions = (
            format_lazy("{}, {}", gettext_lazy(name), language) for name in ("Title", "Text", "Questions")
        )
        fields[f"title_{code}"] = forms.CharField(label=title, required=False, max_length=120)
        fields[f"text_{code}"] = forms.CharField(
            label=text,
            required=False,
            max_length=20_000,
            widget=taller,
            help_text=gettext_lazy("“## ” begins a heading."),
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
            self.add_error(None, gettext_lazy("Write a title in at least one language."))
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
        label=gettext_lazy("I have read the text and will act by it."),
        error_messages={"required": gettext_lazy("Confirm that you have read the text and will act by it.")},
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
            error_messages={
                "required": gettext_lazy("Choose an answer to question %(number)d.") % {"number": place + 1}
            },
        )

    def list_answers(self) -> list[int]:
        """List the stored place of each chosen answer. Expects a valid form."""
        return [self.cleaned_data[f"question_{place}"] for place in range(len(self.version.solution))]


@admin.register(ModuleVersion)
class ModuleVersionAdmin(SavedOnceAdmin, DecidingAdmin):
    """Written by privacy officers through the services, read by compliance officers."""

    may_view = OFFICERS
    may_add = may_change = {Role.PRIVACY_OFFICER}
    add_label = gettext_lazy("Write a training module")
    nothing_yet = gettext_lazy(
        "No module is written yet. Until a required one is in force, nobody needs an attestation."
    )
    list_display = ("title_shown", "code", "number", "required", "state")
    form = ModuleForm
    actions = ("publish", "new_version")
    asked_first = saved_first = ("publish",)
    readonly_fields = ("read_words",)

    @admin.display(description=gettext_lazy("title"))
    def title_shown(self, obj: ModuleVersion) -> str:
        return obj.title

    @admin.display(description=gettext_lazy("state"))
    def state(self, obj: ModuleVersion) -> str:
        if obj.published_at is None:
            return render_state_tag("wait", _("Draft"))
        is_in_force = selectors.select_in_force().filter(pk=obj.pk).exists()
        return render_state_tag("yes", _("In force")) if is_in_force else render_state_tag("no", _("Replaced"))

    @admin.display(description=gettext_lazy("text and questions"))
    def read_words(self, obj: ModuleVersion) -> str:
        """Show what staff read, in each language, and which answers are right."""
        names = dict(settings.LANGUAGES)
        codes = [*(code for code in names if code in obj.words), *(code for code in obj.words if code not in names)]
        versions = [describe_words(code, names, obj.words[code], obj.solution) for code in codes]
        return render_to_string("admin/training/words.html", {"versions": versions})

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.published_at is None)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        facts = ["code", "required", "pass_mark", "valid_months"]
        if obj is not None and not self.has_change_permission(request, obj):
            return [*facts, "read_words"]
        return [*facts, *(name for name in ModuleForm.base_fields if name not in facts)]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Freeze the code of what was drafted: the ledger names a module by it."""
        return ("read_words",) if obj is None else ("code", "read_words")

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Offer the module that comes with the portal, until there is a first one."""
        return {} if ModuleVersion.objects.exists() else rules.build_initial_module()

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save through the service; who changed nothing before they publish has written nothing."""
        if NEXT_ACT in request.POST and not is_text_changed(form):
            return
        run_once(request, lambda by: services.save_module(version=obj, by=by))

    def possible_actions(self, request: HttpRequest, obj: ModuleVersion) -> Iterable[str]:
        return ["new_version"] if obj.published_at else ["publish"]

    @admin.action(description=gettext_lazy("New version"), permissions=["change"], location=RECORD)
    def new_version(self, request: HttpRequest, queryset: QuerySet[ModuleVersion]) -> HttpResponseBase:
        version = queryset.get()
        draft = run_once(request, lambda by: services.draft_next_module(version=version, by=by))
        self.message_user(request, _("This copy is yours to change. No one reads it until it is published."))
        return redirect("admin:training_moduleversion_change", draft)

    @admin.action(description=gettext_lazy("Publish"), permissions=["change"], location=RECORD)
    def publish(self, request: HttpRequest, queryset: QuerySet[ModuleVersion]) -> HttpResponseBase:
        version = queryset.get()
        if not self.is_confirmed(request):
            effects = describe_publishing(version)
            return self.confirm(request, version, _("Publish this module?"), effects, _("Publish"))
        done = _("The module is published and in force.")
        return self.act_once(request, services.publish_module, done, version=version, officer=request.user)


def describe_words(code: str, names: dict[str, Any], words: dict[str, Any], solution: list[int]) -> dict[str, Any]:
    """Describe the module in one language: its blocks as staff read them, and each answer with whether it is right."""
    questions = [
        (one["question"], [(answer, place == right) for place, answer in enumerate(one["answers"])])
        for one, right in zip(words["questions"], solution, strict=True)
    ]
    return {
        "code": code,
        "language": names.get(code, code),
        "title": words["title"],
        "blocks": rules.split_text(words["text"]),
        "questions": questions,
    }


def describe_publishing(version: ModuleVersion) -> list[str]:
    is_first = not ModuleVersion.objects.filter(code=version.code, published_at__isnull=False, required=True).exists()
    effects = [
        _("Staff read “%(title)s” from now on, as version %(number)d.")
        % {"title": version.title, "number": version.number}
    ]
    if version.required and is_first:
        effects.append(_("From now on no one may ask for access or open data before they have attested to it."))
    elif version.required:
        effects.append(_("Attestations of the version before stay valid until they run out."))
    return [*effects, _("It never changes again. Other words need a new version.")]


class ValidityFilter(admin.SimpleListFilter):
    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("valid", _("Valid")), ("lapsed", _("Lapsed"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Attestation]) -> QuerySet[Attestation]:
        now = clock.now()
        if self.value() == "valid":
            return queryset.filter(valid_until__gt=now)
        return queryset.filter(valid_until__lte=now) if self.value() == "lapsed" else queryset


@admin.register(Attestation)
class AttestationAdmin(RoleGatedAdmin):
    """The register of 11 CCR 7100: who was trained on what, when, until when. Nothing is changed here."""

    may_view = OFFICERS
    nothing_yet = gettext_lazy("Nobody has an attestation yet.")
    list_display = ("member", "module", "number", "percent", "attested_at", "valid_until")
    list_filter = (ValidityFilter,)
    list_select_related = ("member__user", "attempt__version")
    list_display_links = None
    ordering = ("-attested_at", "pk")

    @admin.display(description=gettext_lazy("module"))
    def module(self, obj: Attestation) -> str:
        return obj.attempt.version.title

    @admin.display(description=gettext_lazy("score"))
    def percent(self, obj: Attestation) -> str:
        return _("%(score)d%%") % {"score": obj.score}


@require_safe
def show_own_training(request: StaffRequest) -> HttpResponse:
    context = admin.site.each_context(request) | {"title": _("Your training")}
    context["states"] = selectors.list_training(request.user.pk, clock.now())
    return render(request, "admin/training/own.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def answer_module(request: StaffRequest, code: str) -> HttpResponseBase:
    """GET: the text and its questions. POST: one try, which is on record whatever its score."""
    version = get_object_or_404(selectors.select_in_force(), code=code)
    form = AnswerForm(version, request.POST if request.method == "POST" else None)
    if not form.is_valid():
        status = 422 if form.is_bound else 200
        context = admin.site.each_context(request) | {"title": version.title}
        context |= {"version": version, "form": form, "blocks": rules.split_text(version.in_active_language["text"])}
        return render(request, "admin/training/module.html", context, status=status)
    member, answers = request.user.staff_member, form.list_answers()
    try:
        if request.POST.get("version") != str(version.pk):
            raise rules.OutdatedModule
        attempt = run_once(
            request,
            lambda by: services.record_attempt(version=version, answers=answers, member=member, by=by),
        )
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect("admin:training_module", code)
    return report_score(request, Attempt.objects.select_related("version").get(pk=attempt))


def report_score(request: HttpRequest, attempt: Attempt) -> HttpResponseBase:
    score = {"score": attempt.score, "needed": attempt.version.pass_mark}
    if attempt.score >= attempt.version.pass_mark:
        messages.success(request, _("%(score)d%% right. Your attestation is on record.") % score)
        return redirect("admin:training_own")
    messages.error(
        request, _("%(score)d%% right; it takes %(needed)d%%. Read the text again, then try once more.") % score
    )
    return redirect("admin:training_module", attempt.version.code)
