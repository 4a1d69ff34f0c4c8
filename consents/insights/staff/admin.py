"""Statistics on the staff site: questions to choose from, answers with their rules, and a check of notes."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from consents.catalogue.models import Field
from consents.core import clock
from consents.core.admin import RECORD, render_state_tag
from consents.core.forms import get_choice_field
from consents.core.refusals import Refusal, get_or_refuse
from consents.insights import rules, selectors, words
from consents.insights.models import Question
from consents.insights.rules import STATISTICS
from consents.insights.services import questions
from consents.insights.services import questions as asking
from consents.insights.services import questions as notes
from consents.insights.services.questions import CheckedNote
from consents.people.deciding import DecidingAdmin, SavedOnceAdmin
from consents.people.models import Role
from consents.people.services.holding import OFFICERS
from consents.people.visitors import StaffRequest, limit_rate, record_actor, run_once
from consents.training import selectors as training

NOTE_LENGTH = 20_000
NOTHING_TO_COUNT = gettext_lazy(
    "Nothing may be counted yet: there is no published purpose with the code “%(code)s” that customers can agree to."
)


class QuestionWords(forms.ModelForm):
    """A question: its category comes with the field it is grouped by."""

    grouped_by = forms.ChoiceField(label=gettext_lazy("Grouped by"))
    dated_by = forms.ChoiceField(label=gettext_lazy("Dated by"), required=False)

    class Meta:
        model = Question
        fields = ("code", "grouping", "measure", "step")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        categories = selectors.list_countable_categories()
        fields = Field.objects.filter(category__in=categories).select_related("category")
        offered = [(f"{field.category_id}.{field.key}", f"{field.category.title}: {field.label}") for field in fields]
        get_choice_field(self, "grouped_by").choices = offered
        if selectors.find_statistics_version() is None:
            self.fields["grouped_by"].help_text = NOTHING_TO_COUNT % {"code": STATISTICS}
        get_choice_field(self, "dated_by").choices = [("", gettext_lazy("No date: everything counts")), *offered]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        category, _dot, key = cleaned.get("grouped_by", "").partition(".")
        dated_category, _dot, date_key = cleaned.get("dated_by", "").partition(".")
        if category:
            self.instance.category_id, self.instance.field = int(category), key
        if date_key and dated_category != category:
            self.add_error("dated_by", gettext_lazy("Choose a date of the same kind of data."))
        if bool(date_key) != bool(cleaned.get("step")):
            self.add_error("step", gettext_lazy("A period needs a date to go by, and a date a period."))
        self.instance.date_field = date_key
        self.instance.words = {code: cleaned.get(f"title_{code}", "") for code, _language in settings.LANGUAGES}
        return cleaned


def build_title_fields() -> dict[str, forms.Field]:
    return {
        f"title_{code}": forms.CharField(label=format_lazy("{}, {}", gettext_lazy("Title"), language), max_length=120)
        for code, language in settings.LANGUAGES
    }


QuestionForm: Any = type("QuestionForm", (QuestionWords,), build_title_fields())


class NoteForm(forms.Form):
    note = forms.CharField(
        label=gettext_lazy("The text"),
        max_length=NOTE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 12}),
        help_text=gettext_lazy("It is checked and forgotten: nothing of it is stored."),
        error_messages={"required": gettext_lazy("Paste the text to check.")},
    )


FACTS = ("code", "category", "field", "grouping", "measure", "date_field", "step", "added_at", "retired_at")


@admin.register(Question)
class QuestionAdmin(SavedOnceAdmin, DecidingAdmin):
    may_view = OFFICERS
    may_add = {Role.PRIVACY_OFFICER}
    add_label = gettext_lazy("Add a question for statistics")
    list_display = ("title_shown", "category", "grouping", "measure", "step", "state")
    list_select_related = ("category",)
    form = QuestionForm
    actions = asked_first = ending_acts = ("retire",)

    @admin.display(description=gettext_lazy("title"))
    def title_shown(self, obj: Question) -> str:
        return obj.title

    @admin.display(description=gettext_lazy("state"))
    def state(self, obj: Question) -> str:
        tone, word = ("no", _("Retired")) if obj.retired_at else ("yes", _("In use"))
        return render_state_tag(tone, word)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        if obj is not None:
            return ["title_shown", *FACTS]
        titles = [name for name in QuestionForm.base_fields if name.startswith("title_")]
        return ["code", *titles, "grouped_by", "grouping", "measure", "dated_by", "step"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("title_shown", *FACTS) if obj is not None else ()

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save through the service."""
        officer: Any = request.user
        run_once(request, lambda by: questions.add_question(question=obj, officer=officer.staff_member, by=by))

    def possible_actions(self, request: HttpRequest, obj: Question) -> Iterable[str]:
        return [] if obj.retired_at else ["retire"]

    @admin.action(description=gettext_lazy("Retire"), permissions=["add"], location=RECORD)
    def retire(self, request: HttpRequest, queryset: QuerySet[Question]) -> HttpResponseBase:
        question = queryset.get()
        if not self.is_confirmed(request):
            effects = [_("No one can ask this question again."), _("Answers that were counted stay readable.")]
            title = _("Retire this question?")
            return self.confirm(request, question, title, effects, _("Retire"))
        return self.decide(request, questions.retire_question, _("The question is retired."), question=question.pk)


NEWEST = 30


def list_insight_figures(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the front page's link to statistics, with the number of questions that may be asked."""
    questions = selectors.select_open_questions().count()
    label = ngettext("question for statistics", "questions for statistics", questions)
    return [{"number": questions, "label": label, "url": reverse("admin:insights_statistics")}]


@require_http_methods(["GET", "HEAD", "POST"])
def show_statistics(request: StaffRequest) -> HttpResponseBase:
    """GET: the questions and the newest answers. POST: ask one, or be led to the answer that is there."""
    if request.method == "POST":
        return ask_question(request)
    now = clock.now()
    questions = list(selectors.select_open_questions())
    context = admin.site.each_context(request) | {
        "title": _("Statistics"),
        "questions": [(question, rules.list_periods(question.step, now.date())) for question in questions],
        "insights": selectors.select_insights().order_by("-asked_at", "pk")[:NEWEST],
        "missing": training.list_missing_training(request.user.pk, now),
        "is_published": selectors.find_statistics_version() is not None,
    }
    return render(request, "admin/insights/statistics.html", context)


def ask_question(request: StaffRequest) -> HttpResponseBase:
    chosen, period, member = request.POST.get("question", ""), request.POST.get("period", ""), request.user.staff_member
    is_number = chosen.isascii() and chosen.isdigit() and len(chosen) < 18
    question = Question.objects.filter(pk=int(chosen)).first() if is_number else None
    if question is None:
        messages.error(request, _("Choose a question."))
        return redirect("admin:insights_statistics")
    try:
        insight = run_once(
            request,
            lambda by: asking.ask_insight(question=question.pk, period=period, analyst=member, by=by),
        )
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect("admin:insights_statistics")
    return redirect("admin:insights_answer", insight)


@require_safe
def show_answer(request: StaffRequest, id: UUID) -> HttpResponse:
    insight = get_or_refuse(selectors.select_insights().filter(pk=id))
    context = admin.site.each_context(request) | {"title": str(insight), "insight": insight}
    if hasattr(insight, "result"):
        outcome = rules.Outcome(insight.result.outcome)
        context |= {
            "result": insight.result,
            "why_nothing": words.WHY_NOTHING.get(outcome, ""),
            "lines": words.list_lines(insight),
            "chart": words.draw_chart(insight),
            "rules": words.list_rules(insight),
        }
    return render(request, "admin/insights/answer.html", context)


@require_safe
def download_answer(request: StaffRequest, id: UUID) -> HttpResponse:
    insight = get_or_refuse(selectors.select_insights().filter(pk=id, result__total__isnull=False))
    name = f"{insight.question.code}-{insight.period or 'all'}-{insight.month}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(words.write_csv(insight), content_type="text/csv; charset=utf-8", headers=headers)


@require_http_methods(["GET", "HEAD", "POST"])
def check_note(request: StaffRequest) -> HttpResponse:
    """Mark what could be somebody in a text. The text is nowhere but in this answer."""
    form = NoteForm(request.POST if request.method == "POST" else None)
    context = admin.site.each_context(request) | {"title": _("Is anybody in this?"), "form": form}
    if form.is_valid():
        if too_many := limit_rate(request, "check_note"):
            return too_many
        note = notes.check_note(text=form.cleaned_data["note"], by=record_actor(request))
        context |= {"pieces": note.pieces, "found": describe_note(note)}
    return render(request, "admin/insights/note.html", context, status=422 if form.errors else 200)


def describe_note(note: CheckedNote) -> str:
    if note.is_list:
        return _(
            "More than %(n)d numbers of customers on file are in this: that is a list, not a note. "
            "Which ones is not told."
        ) % {"n": notes.MOST_ON_FILE}
    marks = sum(bool(piece.kind) for piece in note.pieces)
    if not marks:
        return _("Nothing here looks like a person. Read it once more all the same: names of one word are not found.")
    return ngettext("%(n)d place could be somebody.", "%(n)d places could be somebody.", marks) % {"n": marks}
