"""Ask for an insight; the answer is counted by a job."""

from datetime import UTC, datetime
from uuid import uuid4

from django.conf import settings
from django.db import connection, transaction

from consents.core import clock
from consents.insights import rules, selectors, tasks
from consents.insights.models import Insight, Question
from consents.ledger.rules import Actor
from consents.ledger.services import appending
from consents.people.models import StaffMember
from consents.training.rules import NotTrained
from consents.training.selectors import is_trained

INSERT_INSIGHT = """
INSERT INTO insights_insight (id, question_id, period, minimum, asked_by_id) VALUES (%s, %s, %s, %s, %s)
"""


@transaction.atomic
def ask_insight(*, question: int, period: str, analyst: StaffMember, by: Actor) -> Insight:
    """Ask a question for a period, and queue the count; or return the stored answer while it may not be renewed.

    Raises QuestionRetired, CategoryNotCounted, PeriodNotOver, NotAnalyst, NotTrained, BudgetSpent.
    """
    appending.lock_people(analyst.pk)
    now = clock.now().astimezone(UTC)
    asked = Question.objects.select_for_update().select_related("category").get(pk=question)
    check_analyst(analyst)
    if "\0" in period:  # no period, and nothing the database could look for
        raise rules.PeriodNotOver
    stored = selectors.find_newest_insight(asked.pk, period)
    if stored is not None and not may_renew(stored, now):
        return stored
    if asked.retired_at is not None:
        raise rules.QuestionRetired
    if asked.category not in selectors.list_countable_categories():
        raise rules.CategoryNotCounted
    if period not in rules.list_periods(asked.step, now.date()):
        raise rules.PeriodNotOver
    spent, spent_here = selectors.count_spent_budget(analyst.pk, asked.pk, now)
    if spent >= rules.BUDGET or spent_here >= rules.BUDGET_PER_QUESTION:
        raise rules.BudgetSpent
    insight = uuid4()
    with connection.cursor() as cursor:
        cursor.execute(INSERT_INSIGHT, [insight, asked.pk, period, settings.PORTAL_INSIGHT_MINIMUM, analyst.pk])
    details = {"question": asked.code, "period": period, "minimum": settings.PORTAL_INSIGHT_MINIMUM}
    appending.append_entry(event="insight.asked", by=by, object_type="insight", object=insight, details=details)
    tasks.count_insight.defer(insight=str(insight))
    return selectors.select_insights().get(pk=insight)


def may_renew(stored: Insight, now: datetime) -> bool:
    changed = selectors.count_changed_consents(stored.asked_at, settings.PORTAL_INSIGHT_MINIMUM)
    return rules.may_renew(stored.month, now.date(), changed, settings.PORTAL_INSIGHT_MINIMUM)


def check_analyst(analyst: StaffMember) -> None:
    """Raises NotAnalyst, NotTrained."""
    member = StaffMember.objects.filter(pk=analyst.pk, ended_at=None)
    trained = member.values_list(is_trained("pk"), flat=True).first()
    if trained is None:
        raise rules.NotAnalyst
    if not trained:
        raise NotTrained
