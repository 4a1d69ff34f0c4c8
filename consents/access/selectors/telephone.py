"""Reading codes of callers, and who recorded what was answered by telephone."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from consents.access.models import AccessRequest, Answer, CallerCode
from consents.access.rules import AnswerDecision
from consents.access.rules import telephone as rules
from consents.people import selectors as people
from consents.people.models import Acting, User


def find_last_code(access_request: UUID, officer: UUID) -> CallerCode | None:
    """Return the code that this officer sent last for the request."""
    sent = CallerCode.objects.filter(access_request=access_request, sent_by=officer)
    return sent.order_by("-sent_at", "pk").first()


def is_code_usable(code: CallerCode, now: datetime) -> bool:
    return code.proof is None and code.tries < rules.MOST_TRIES and now < code.ends_at


def may_record_answer(officer: User, access_request: AccessRequest) -> bool:
    """Return True unless the officer asked, acts or has acted for the customer, or has their address."""
    if access_request.staff_id == officer.pk:
        return False
    if Acting.objects.filter(customer=access_request.customer_id, user=officer.pk).exists():
        return False
    return not people.is_address_hash(access_request.customer.address_hash, officer.email)


def has_locked_access(customer: UUID) -> bool:
    """Return True while the account of the customer themselves is locked."""
    own = people.select_holdings().filter(customer=customer, capacity=Acting.Capacity.SELF)
    return own.filter(user__locked_at__isnull=False).exists()


def select_spoken(access_requests: Any) -> QuerySet[Answer]:
    """Select the answers to these requests that were given by telephone, with the officers who recorded them."""
    spoken = Answer.objects.filter(access_request__in=access_requests, caller_code__isnull=False)
    return spoken.select_related("answered_by").order_by()


def get_recorder(answer: Answer) -> str:
    """Return who recorded this answer, if it was given by telephone; else ''."""
    return answer.answered_by.get_full_name() if answer.caller_code_id else ""


def find_recorder(access_request: AccessRequest) -> str:
    """Return who recorded the answer by telephone; '' for an answer in any other way, or none."""
    answer: Answer | None = getattr(access_request, "answer", None)
    return get_recorder(answer) if answer else ""


def map_recorders(answers: Iterable[Answer]) -> dict[UUID, str]:
    """Map requests that were answered by telephone to the name of the officer who recorded the answer."""
    return {answer.access_request_id: get_recorder(answer) for answer in answers}


class Calls(NamedTuple):
    """Count the customers' answers by telephone that an officer recorded, and those that were a yes."""

    officer: str
    answers: int
    yes: int


def count_calls(since: datetime) -> list[Calls]:
    """Count the answers by telephone of each officer since then, most first."""
    spoken = Answer.objects.filter(caller_code__isnull=False, answered_at__gte=since)
    counted = spoken.values("answered_by").annotate(
        answers=Count("pk"), yes=Count("pk", filter=~Q(decision=AnswerDecision.NONE))
    )
    names = {user.pk: user.get_full_name() for user in User.objects.filter(pk__in=counted.values("answered_by"))}
    lines = [Calls(names[line["answered_by"]], line["answers"], line["yes"]) for line in counted]
    return sorted(lines, key=lambda calls: (-calls.answers, calls.officer))
