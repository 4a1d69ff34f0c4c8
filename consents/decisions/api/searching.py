"""Answer the searches of a system: who may, for which purposes, and above all whose data it may use.

Each result was decided as a question about it would be.
"""

import base64
import hmac
import json
from collections.abc import Sequence
from dataclasses import astuple, dataclass, replace
from typing import Any

from django.conf import settings

from consents.core import sealing
from consents.decisions.api.answering import decide_questions
from consents.decisions.api.messages import Malformed, Question, Search
from consents.decisions.selectors import list_references_after
from consents.systems.rules import System

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
