"""Reading questions, insights and their answers."""

from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from consents.catalogue import selectors as catalogue
from consents.catalogue.models import Category, LegalBasis, PurposeVersion
from consents.choices.models import Choice
from consents.insights.models import Insight, Question
from consents.insights.rules import BUDGET_TIME, STATISTICS


def find_statistics_version() -> PurposeVersion | None:
    """Find the version in force of the purpose whose consent lets customers be counted."""
    return catalogue.select_in_force().filter(purpose__code=STATISTICS, legal_basis=LegalBasis.CONSENT).first()


def list_countable_categories() -> list[Category]:
    version = find_statistics_version()
    return list(version.categories.filter(sensitive=False, special=False)) if version else []


def select_open_questions() -> QuerySet[Question]:
    """Select the questions that may be asked now."""
    return Question.objects.filter(retired_at=None, category__in=list_countable_categories()).select_related("category")


def select_insights() -> QuerySet[Insight]:
    return Insight.objects.select_related("question__category", "result", "asked_by__staff_member")


def find_newest_insight(question: int, period: str) -> Insight | None:
    """Find the newest answer that this question has for the period, or the one that is being counted."""
    return select_insights().filter(question=question, period=period).order_by("-asked_at", "pk").first()


def count_changed_consents(since: datetime, most: int) -> int:
    """Count the customers who gave, withdrew or lost consent to statistics since, up to `most`."""
    changed = Choice.objects.filter(purpose__code=STATISTICS, since__gt=since)
    return len(changed.values("pk")[:most])


def count_spent_budget(analyst: UUID, question: int, now: datetime) -> tuple[int, int]:
    """Count the new insights of an analyst within the time of the budget: all, and of this question."""
    asked = Insight.objects.filter(asked_by=analyst, asked_at__gt=now - BUDGET_TIME)
    return asked.count(), asked.filter(question=question).count()
