"""Statistics on the staff site: questions to choose from, answers with their rules, and a check of notes."""

from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from consents.core import clock
from consents.core.refusals import Refusal, get_or_refuse
from consents.insights import rules, selectors, words
from consents.insights.models import Question
from consents.insights.services import asking, notes
from consents.insights.services.notes import CheckedNote
from consents.insights.staff.forms import NoteForm
from consents.people.visitors import StaffRequest, limit_rate, record_actor, run_once
from consents.training import selectors as training

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
