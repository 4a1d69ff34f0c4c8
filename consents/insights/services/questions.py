"""The catalogue of questions: added and retired by privacy officers."""

from django.db import transaction

from consents.catalogue.models import Field
from consents.core import clock
from consents.insights import rules, selectors
from consents.insights.models import Question
from consents.ledger.rules import Actor
from consents.ledger.services import appending
from consents.people.models import Role, StaffMember


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
