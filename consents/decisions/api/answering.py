"""Answer the questions of a system."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from consents.core import clock
from consents.decisions import selectors
from consents.decisions.api.messages import Batch, Malformed, Question
from consents.decisions.rules import Decision, DecisionCode
from consents.decisions.selectors import Use
from consents.systems.rules import System

# No customer has it. Whoever is unknown is decided about all the same, so that a no does not tell them apart.
NOBODY = UUID(int=0)
# How long a yes may be used: what a system does after it begins with a question of its own, and finds a withdrawal.
REUSE = timedelta(minutes=1)
UNKNOWN_SUBJECT, NOT_FOR_SYSTEM = "unknown_subject", "not_for_system"
YES_REASONS = (DecisionCode.CONSENTED, DecisionCode.OTHER_BASIS)
# An erased customer has no number any more, and is not told apart from nobody.
NO_REASONS = (
    DecisionCode.NO_CONSENT,
    DecisionCode.CONSENT_EXPIRED,
    DecisionCode.OUTDATED_TEXT,
    DecisionCode.OPTED_OUT,
    DecisionCode.RESTRICTED,
    DecisionCode.OBJECTED,
    DecisionCode.LIMITED,
    DecisionCode.DELETED,
    DecisionCode.KEPT_BY_LAW,
    DecisionCode.NOT_IN_PURPOSE,
    DecisionCode.NO_SUCH_PURPOSE,
    DecisionCode.NO_SUCH_CUSTOMER,
    NOT_FOR_SYSTEM,
    UNKNOWN_SUBJECT,
)

Answer = dict[str, Any]


def answer_question(system: System, question: Question) -> Answer:
    """Answer a single evaluation: the decision, why, when it was made and, of a yes, until when it may be used."""
    now = clock.now()  # before the decision, so that no yes is used for longer than `REUSE` after what it rests on
    [(allowed, reason, until)] = decide_questions(system, [question])
    context = {"reason": reason, "evaluated_at": format_moment(now)}
    if allowed:
        context["valid_until"] = format_moment(min(until or now + REUSE, now + REUSE))
    return {"decision": allowed, "context": context}


def answer_batch(system: System, batch: Batch) -> Answer:
    """Answer a batch, all of it from one moment. Equal batches get equal answers until something changes."""
    decided = iter(decide_questions(system, [entry for entry in batch.questions if isinstance(entry, Question)]))
    answers = []
    for question in batch.questions:
        allowed = False
        if isinstance(question, Malformed):
            context: Answer = {"error": {"status": 400, "message": str(question)}}
        else:
            allowed, reason, _until = next(decided)
            context = {"reason": reason}
        answers.append({"decision": allowed, "context": context})
        if batch.semantic.is_last(allowed):
            break
    return {"evaluations": answers}


def decide_questions(system: System, questions: Sequence[Question]) -> list[tuple[bool, str, datetime | None]]:
    """Decide each: allowed or not, the code of why, and until when a yes counts (None: until it is taken back)."""
    customers = selectors.list_ids_by_reference({question.customer for question in questions})
    uses = [Use(customers.get(asks.customer, NOBODY), asks.category, asks.purpose) for asks in questions]
    return [weigh_question(system, *pair) for pair in zip(questions, selectors.decide_uses(uses), strict=True)]


def weigh_question(system: System, question: Question, decision: Decision) -> tuple[bool, str, datetime | None]:
    """Refuse what the system may not ask: about anybody but itself, or for the purpose of another system."""
    if (question.subject_type, question.subject) != ("system", system.name):
        return False, UNKNOWN_SUBJECT, None
    if question.purpose not in system.purposes:
        return False, NOT_FOR_SYSTEM, None
    if decision.why == DecisionCode.ERASED:  # since their number was looked up; it is nobody's now
        return False, str(DecisionCode.NO_SUCH_CUSTOMER), None
    return decision.allowed, str(decision.why), decision.until


def format_moment(moment: datetime) -> str:
    """Write it as RFC 3339 does, in UTC and whole seconds, so that a limit is never later than it is."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
