"""Admin pages of questions: privacy officers add and retire them, every member of staff may read them."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consents.core.admin import RECORD
from consents.core.state_tags import render_state_tag
from consents.insights.models import Question
from consents.insights.services import questions
from consents.insights.staff.forms import QuestionForm
from consents.people.deciding import DecidingAdmin, SavedOnceAdmin
from consents.people.models import Role
from consents.people.services.holding import OFFICERS
from consents.people.visitors import run_once

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
