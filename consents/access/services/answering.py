"""The customer answers: once, and to exactly what was shown."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction

from consents.access import rules, selectors
from consents.access.models import AccessRequest, Answer, Grant
from consents.access.rules import AlreadyEnded, Decision, NotWhatWasShown, State
from consents.access.signals import request_answered
from consents.core import clock, sealing
from consents.core.refusals import Unknown
from consents.ledger import services as ledger
from consents.ledger.rules import Actor, moment
from consents.notifications import services as notifications
from consents.people import keys
from consents.people.models import Acting
from consents.people.services import hold_unless_erased


@dataclass(frozen=True)
class Reply:
    """What the customer decided, with the digest of the request as their page showed it.

    categories and duration matter for `part` alone. `token` makes answering once-only. `language` and `interface`:
    in which words and by which pages it was asked.
    """

    decision: Decision
    digest: str
    token: UUID
    categories: frozenset[int] = frozenset()
    duration: timedelta = timedelta(0)
    message: str = ""
    language: str = ""
    interface: str = ""


@transaction.atomic
def answer(*, request: UUID, reply: Reply, acting: Acting, by: Actor) -> AccessRequest:
    """Record the answer and, for a yes, the grants it ends in. Repeating a token changes nothing.

    Raises Unknown (not theirs), AlreadyEnded, NotWhatWasShown, NothingChosen, NotAsked.
    """
    row = selectors.held(request, customer=acting.customer_id)
    if row is None:
        raise Unknown
    if Answer.objects.filter(request=row, token=reply.token).exists():
        return row
    now = clock.now()
    categories, duration = check(row, reply, now)
    asked = set(row.requested.values_list("category_id", flat=True))
    state = rules.state_after(reply.decision, whole=categories == asked and duration == row.duration)
    rules.check_can_move(State(row.state), state)
    record_answer(row, reply, acting, duration, now)
    row.state, row.ended_at = state, now
    row.save(update_fields=["state", "ended_at"])
    issue(row, categories, now, now + duration)
    leave_entry(row, reply, acting, categories, duration, by)
    notifications.tell(kind="access_request_answered", key=f"access_request.answered:{row.id}", user=row.staff)
    request_answered.send(sender=AccessRequest, request=row, by=by)
    return row


def check(row: AccessRequest, reply: Reply, now: datetime) -> tuple[frozenset[int], timedelta]:
    """What is granted, or the refusal."""
    if row.state_at(now) != State.PENDING or row.purpose.retired_at:
        raise AlreadyEnded
    if reply.digest != row.digest:
        raise NotWhatWasShown
    return rules.check_answer(
        decision=reply.decision,
        asked=frozenset(row.requested.values_list("category_id", flat=True)),
        chosen=reply.categories,
        asked_duration=row.duration,
        duration=reply.duration,
    )


def record_answer(row: AccessRequest, reply: Reply, acting: Acting, duration: timedelta, now: datetime) -> None:
    message = reply.message.strip()
    Answer.objects.create(
        request=row,
        decision=reply.decision,
        answered_by_id=acting.user_id,
        capacity=acting.capacity,
        duration=duration,
        shown_digest=reply.digest,
        sealed_message=sealing.seal(keys.of(row.customer_id), message.encode(), str(row.id), "message")
        if message
        else None,
        token=reply.token,
        answered_at=now,
    )


def issue(row: AccessRequest, categories: Iterable[int], starts: datetime, ends: datetime) -> None:
    """One grant per category. The database refuses a second live one for the same scope."""
    grants = [
        Grant(
            request=row,
            staff_id=row.staff_id,
            customer_id=row.customer_id,
            category_id=category,
            purpose_id=row.purpose_id,
            starts_at=starts,
            ends_at=ends,
        )
        for category in sorted(categories)
    ]
    try:
        with transaction.atomic():
            Grant.objects.bulk_create(grants)
    except IntegrityError:
        raise AlreadyEnded from None


def leave_entry(
    row: AccessRequest, reply: Reply, acting: Acting, categories: frozenset[int], duration: timedelta, by: Actor
) -> None:
    """Enough of it to derive the state of the request, its grants and the receipt from the ledger alone."""
    assert row.ended_at is not None
    notices = {notice.language: notice for notice in row.version.notices.all()}
    notice = notices.get(reply.language) or row.version.notice
    codes = row.requested.filter(category__in=categories).values_list("category__code", flat=True)
    ledger.append(
        event="access_request.answered",
        by=by,
        customer=row.customer_id,
        object_type="access_request",
        object=row.id,
        purpose=row.purpose.code,
        outcome=row.state,
        details={
            "answered_at": moment(row.ended_at),
            "categories": sorted(codes),
            "digest": reply.digest,
            "duration_seconds": int(duration.total_seconds()),
            "grants": {code: str(id) for code, id in row.grants.values_list("category__code", "id")},
            "version": row.version.number,
            "language": notice.language,
            "notice": notice.hash,
            "method": "portal button",
            "interface": reply.interface,
            "capacity": acting.capacity,
        },
    )


@transaction.atomic
def let_ask_again(*, request: UUID, customer: UUID, by: Actor) -> AccessRequest:
    """Lift the waiting time after a no: nothing reopens, but they may ask anew. Repeating it changes nothing.

    Raises Unknown (not theirs), AlreadyErased.
    """
    hold_unless_erased(customer)
    row = selectors.held(request, customer=customer)
    if row is None:
        raise Unknown
    if row.may_ask_again_at or row.state_at(clock.now()) == State.PENDING:
        return row
    row.may_ask_again_at = clock.now()
    row.save(update_fields=["may_ask_again_at"])
    ledger.append(
        event="access_request.wait_lifted",
        by=by,
        customer=customer,
        object_type="access_request",
        object=row.id,
        purpose=row.purpose.code,
    )
    return row
