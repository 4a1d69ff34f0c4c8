"""Answer the searches of a system: who may, for which purposes, and above all whose data it may use.

Each result was decided as a question about it would be.
"""

import base64
import hmac
import json
from collections.abc import Sequence
from dataclasses import astuple, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings

from consents.core import clock, sealing
from consents.decisions import selectors
from consents.decisions.api.messages import Batch, Malformed, Question, Search
from consents.decisions.rules import Decision, DecisionCode
from consents.decisions.selectors import Use, list_references_after
from consents.systems.rules import System

# Answer the questions of a system.

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


PLACE = "decisions.search"  # that tokens are sealed for
# Customers looked at for one page. A page may have fewer results than its limit, and another after it.
EXAMINED = 2_000
DEFAULT_LIMIT, MOST = 100, 1_000

Results = dict[str, Any]


@dataclass(frozen=True)
class Page:
    """Says how many results it has at most, and after which customer's number it begins."""

    limit: int
    after: str = ""


def search_subjects(system: System, search: Search) -> Results:
    """Name the system that asks, if it may: it learns of no other."""
    allowed = list_allowed_questions(system, [replace(search.question, subject=system.name)])
    return {"results": [{"type": question.subject_type, "id": question.subject} for question in allowed]}


def search_actions(system: System, search: Search) -> Results:
    """Name for which of its purposes the system may use this customer's data."""
    questions = [replace(search.question, purpose=purpose) for purpose in sorted(system.purposes)]
    return {"results": [{"name": question.purpose} for question in list_allowed_questions(system, questions)]}


def search_resources(system: System, search: Search) -> Results:
    """Name the customers whose data the system may use for this purpose, page by page in the order of their numbers.

    Raises Malformed for a token that is not of this search.
    """
    page = read_page(system, search)
    numbers = list_references_after(page.after, EXAMINED)
    questions = [replace(search.question, customer=number) for number in numbers]
    allowed = [question.customer for question in list_allowed_questions(system, questions)]
    shown, is_cut = allowed[: page.limit], len(allowed) > page.limit
    token = ""
    if is_cut or len(numbers) == EXAMINED:
        last = [page.after, *shown][-1] if is_cut else numbers[-1]
        token = write_token(system, search.question, replace(page, after=last))
    results = [{"type": search.question.category, "id": number} for number in shown]
    return {"page": {"next_token": token}, "results": results}


def list_allowed_questions(system: System, questions: Sequence[Question]) -> list[Question]:
    decided = decide_questions(system, questions)
    return [question for question, (allowed, *_why) in zip(questions, decided, strict=True) if allowed]


def read_page(system: System, search: Search) -> Page:
    """Raises Malformed."""
    limit = None if search.limit is None else min(search.limit, MOST)
    if not search.token:
        return Page(DEFAULT_LIMIT if limit is None else limit)
    page = open_token(system, search)
    if page is None or limit not in (None, page.limit):
        raise Malformed("/page/token", "must be that of the page before, with everything else as it was")
    return page


def open_token(system: System, search: Search) -> Page | None:
    place = describe_search(system, search.question)
    try:
        opened = sealing.open_with_any(list_keys(), base64.urlsafe_b64decode(search.token), *place)
    except (sealing.CannotOpen, ValueError):
        return None
    return Page(*json.loads(opened))


def write_token(system: System, question: Question, page: Page) -> str:
    """Seal where the next page begins: that may be after a customer whose data the system must not know of."""
    sealed = sealing.seal_value(list_keys()[0], json.dumps(astuple(page)).encode(), *describe_search(system, question))
    return base64.urlsafe_b64encode(sealed).decode()


def describe_search(system: System, question: Question) -> list[str]:
    return [PLACE, system.name, *astuple(question)]


def list_keys() -> list[bytes]:
    """List what tokens are sealed with, the newest first, from the secrets that sign forms."""
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return [hmac.digest(secret.encode(), PLACE.encode(), "sha256") for secret in secrets]
