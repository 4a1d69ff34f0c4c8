"""Ask for an insight; the answer is counted by a job."""

from datetime import UTC, datetime
from typing import NamedTuple
from uuid import uuid4

from django.conf import settings
from django.db import connection, transaction

from consents.catalogue.models import Field
from consents.core import clock
from consents.insights import patterns, rules, selectors, tasks
from consents.insights.models import Insight, Question
from consents.insights.patterns import NotePiece
from consents.ledger.rules import Actor
from consents.ledger.services import appending
from consents.people.models import Customer, Role, StaffMember
from consents.training.rules import NotTrained
from consents.training.selectors import is_trained


@transaction.atomic
def add_question(*, question: Question, officer: StaffMember, by: Actor) -> Question:
    """Add a question. Raises NotPrivacyOfficer, CategoryNotCounted, UnknownField."""
    check_privacy_officer(officer)
    if question.category not in selectors.list_countable_categories():
        raise rules.CategoryNotCounted
    keys = set(Field.objects.filter(category=question.category_id).values_list("key", flat=True))
    if not question.fields <= keys:
        raise rules.UnknownField
    question.added_by_id = officer.pk
    question.save(force_insert=True)
    facts = ("field", "grouping", "measure", "date_field", "step")
    details = {fact: getattr(question, fact) for fact in facts} | {"category": question.category.code}
    append_question_entry("insight_question.added", question, by, details)
    return question


@transaction.atomic
def retire_question(*, question: int, officer: StaffMember, by: Actor) -> Question:
    """Retire a question for good; its answers stay. Once retired, nothing more happens. Raises NotPrivacyOfficer."""
    check_privacy_officer(officer)
    retired = Question.objects.select_for_update().get(pk=question)
    if retired.retired_at is None:
        retired.retired_at, retired.retired_by_id = clock.now(), officer.pk
        retired.save(update_fields=["retired_at", "retired_by"])
        append_question_entry("insight_question.retired", retired, by, {})
    return retired


def check_privacy_officer(officer: StaffMember) -> None:
    if not StaffMember.objects.filter(pk=officer.pk, role=Role.PRIVACY_OFFICER, ended_at=None).exists():
        raise rules.NotPrivacyOfficer


def append_question_entry(event: str, question: Question, by: Actor, details: dict[str, str]) -> None:
    appending.append_entry(event=event, by=by, object_type="insight_question", object=question.code, details=details)


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


MOST_WORDS = 4000
MOST_ON_FILE = 20


class CheckedNote(NamedTuple):
    """A text in pieces, marked where it could be somebody. `is_list`: it holds more numbers of customers on file than a
    note does, and which of them are on file is not told: numbers that were tried out would become a list of customers.
    """

    pieces: list[NotePiece]
    is_list: bool


@transaction.atomic
def check_note(*, text: str, by: Actor) -> CheckedNote:
    """Mark what could be somebody. On record is how many marks there were, and how many customers on file.

    Words that no pattern knows are compared with the numbers of customers on file. Whether an address is on file is
    not told: each address is marked.
    """
    pieces = patterns.split_note(text)
    words = patterns.list_words(pieces)[:MOST_WORDS]
    known = Customer.objects.filter(reference__in=words).values_list("reference", flat=True)
    found = sorted(reference for reference in known if reference)
    is_list = len(found) > MOST_ON_FILE
    pieces = patterns.mark_words(pieces, [] if is_list else found)
    details = {"marks": sum(bool(piece.kind) for piece in pieces), "on_file": len(found)}
    appending.append_entry(event="note.checked", by=by, object_type="note", object="checked", details=details)
    return CheckedNote(pieces, is_list)
