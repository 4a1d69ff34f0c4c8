"""The customer answers: once, and to exactly what was shown."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import IntegrityError, connection, transaction

from consents.access import rules
from consents.access.models import AccessRequest, Answer
from consents.access.rules import AlreadyEnded, AnswerDecision, AnswerMismatch, CannotAllowNow, Ground, RequestState
from consents.access.rules.confirmations import CONFIRMATIONS
from consents.access.rules.sharing import AllowedTerms
from consents.access.selectors import locking
from consents.access.services.assenting import (
    Reply,
    Speaker,
    build_answer_details,
    join_holders,
    record_assent,
)
from consents.access.services.enquiring import check_waits
from consents.access.services.rows import build_answer_insert, build_request_end, insert_grants
from consents.access.services.telling import append_request_entry
from consents.core import clock, sealing
from consents.ledger.rules import Actor, format_ledger_moment
from consents.ledger.services.appending import Change
from consents.notifications.services import queueing
from consents.notifications.services.confirming import confirm_act
from consents.people import keys
from consents.people.models import Acting
from consents.people.selectors import list_required_holders
from consents.people.services.holding import lock_existing_customer


def answer_access_request(*, access_request: UUID, reply: Reply, acting: Acting, by: Actor) -> AccessRequest:
    """Record the answer and, for a yes, the grants it ends in. Repeating a token changes nothing.

    On a shared account whose holders must all agree, a yes is the answer once it is the last one; until then it is
    kept as an assent and the request goes on waiting. The no of one holder is the answer. Raises Unknown (not theirs),
    AlreadyEnded, AnswerMismatch, NothingChosen, BeyondRequest, AlreadyAssented, NothingInCommon, CannotAllowNow.
    """
    with refuse_if_too_late(access_request), transaction.atomic():
        locked = locking.lock_request_to_answer(access_request, acting.customer_id)
        if has_answer(locked, reply.token):
            return locked
        return give_answer(locked, reply, Speaker(acting.user_id, acting.capacity), by)


def has_answer(access_request: AccessRequest, token: UUID) -> bool:
    """Return True if the form with this token has answered it."""
    is_open = access_request.state == RequestState.PENDING
    return not is_open and Answer.objects.filter(access_request=access_request, token=token).exists()


def give_answer(access_request: AccessRequest, reply: Reply, speaker: Speaker, by: Actor) -> AccessRequest:
    """Answer a locked request, inside the caller's act: for good, or as one of the holders who must all agree.

    Raises AlreadyEnded, AnswerMismatch, NothingChosen, BeyondRequest, AlreadyAssented, NothingInCommon,
    HoldersAnswerThemselves, CannotAllowNow.
    """
    now = clock.now()
    allowed = check_reply(access_request, reply, now)
    if reply.decision != AnswerDecision.NONE:
        needed = list_required_holders(access_request.customer_id, speaker.user)
        missing, allowed = join_holders(access_request, reply, allowed, speaker, needed)
        if missing:
            return record_assent(access_request, reply, allowed, speaker, now, by)
    return make_final(access_request, reply, allowed, speaker, now, by)


def make_final(
    access_request: AccessRequest, reply: Reply, allowed: AllowedTerms, speaker: Speaker, now: datetime, by: Actor
) -> AccessRequest:
    """Answer the request once and for all, with what its customer allows."""
    is_whole = allowed == AllowedTerms(list_requested_categories(access_request), access_request.duration)
    if reply.decision == AnswerDecision.ALL and not is_whole:  # narrowed by what another holder said
        reply = replace(reply, decision=AnswerDecision.PART)
    state = rules.get_state_after(reply.decision, whole=is_whole)
    end = build_request_end(access_request, state, now)
    answer = build_answer(access_request, reply, speaker, allowed.duration)
    grants = {category: uuid4() for category in sorted(allowed.categories)}
    append_answer_entry(answer, end, grants, by, build_answer_details(access_request, reply, speaker, allowed))
    issue_grants(access_request, grants, now, allowed.duration)
    notify_of_answer(access_request, state, speaker, by)
    return access_request


def notify_of_answer(access_request: AccessRequest, state: RequestState, speaker: Speaker, by: Actor) -> None:
    """Queue the emails: to the requester, and to the customer as a confirmation."""
    key = f"access_request.answered:{access_request.id}"
    queueing.notify(kind="access_request_answered", key=key, user=access_request.staff, why="")
    confirm_act(
        customer=access_request.customer_id,
        act=CONFIRMATIONS[state, speaker.caller_code is not None],
        key=f"access_request.confirmed:{access_request.id}",
        actor=by,
        team=access_request.asked_team,
    )


@contextmanager
def refuse_if_too_late(access_request: UUID) -> Iterator[None]:
    """Raise AlreadyEnded where the commit fails because the time to answer is over by then.

    The database judges the moment once more at the commit. Inside an outer transaction, which commits later, this does
    nothing: wrap that one.
    """
    try:
        yield
    except IntegrityError:
        if (
            not connection.needs_rollback
            and AccessRequest.objects.filter(pk=access_request, answer_by__lte=clock.DatabaseNow()).exists()
        ):
            raise AlreadyEnded from None
        raise


def check_reply(access_request: AccessRequest, reply: Reply, now: datetime) -> AllowedTerms:
    """Return the categories and time granted, or raise the refusal."""
    check_waits(access_request, now)
    if reply.digest != access_request.digest:
        raise AnswerMismatch
    return compute_allowed_terms(access_request, reply)


def compute_allowed_terms(access_request: AccessRequest, reply: Reply) -> AllowedTerms:
    """Return what a reply allows by itself. Raises NothingChosen, BeyondRequest."""
    return AllowedTerms(
        *rules.check_answer(
            decision=reply.decision,
            asked=list_requested_categories(access_request),
            chosen=reply.categories,
            asked_duration=access_request.duration,
            duration=reply.duration,
        )
    )


def list_requested_categories(access_request: AccessRequest) -> frozenset[int]:
    return frozenset(requested.category_id for requested in access_request.requested.all())


def build_answer(access_request: AccessRequest, reply: Reply, speaker: Speaker, duration: timedelta) -> Answer:
    assert access_request.ended_at is not None
    message = reply.message.strip()
    return Answer(
        access_request=access_request,
        decision=reply.decision,
        answered_by_id=speaker.user,
        capacity=speaker.capacity,
        caller_code_id=speaker.caller_code,
        duration=duration,
        shown_digest=reply.digest,
        sealed_message=sealing.seal_value(
            keys.open_customer_key(access_request.customer_id), message.encode(), str(access_request.id), "message"
        )
        if message
        else None,
        token=reply.token,
        answered_at=access_request.ended_at,
    )


def issue_grants(
    access_request: AccessRequest, grants: Mapping[int, UUID], starts: datetime, duration: timedelta
) -> None:
    """Create one grant per category, with these ids. The database refuses a second live one for the same scope, which
    an exemption may have opened. Raises CannotAllowNow.
    """
    if not grants:
        return
    try:
        insert_grants(access_request, Ground.ANSWER, grants, starts, duration)
    except IntegrityError:
        raise CannotAllowNow from None


def append_answer_entry(
    answer: Answer, end: Change, grants: Mapping[int, UUID], by: Actor, details: Mapping[str, Any]
) -> None:
    """Append enough to derive the request's state, its grants and the receipt from the ledger alone.

    The answer is saved, and its request ended, in the same statement.
    """
    access_request = answer.access_request
    append_request_entry(
        access_request,
        event="access_request.answered",
        by=by,
        outcome=access_request.state,
        details={
            "answered_at": format_ledger_moment(answer.answered_at),
            "grants": {
                requested.category.code: str(grants[requested.category_id])
                for requested in access_request.requested.all()
                if requested.category_id in grants
            },
            **details,
        },
        change=end,
        beside=build_answer_insert(answer),
    )


@transaction.atomic
def lift_waiting_time(*, access_request: UUID, customer: UUID, by: Actor) -> AccessRequest:
    """Let staff ask again after a no, without reopening anything. Repeating it changes nothing.

    Raises Unknown (not theirs), AlreadyErased.
    """
    lock_existing_customer(customer)
    locked = locking.lock_request(access_request, customer=customer)
    if locked.may_ask_again_at or locked.state_at(clock.now()) == RequestState.PENDING:
        return locked
    locked.may_ask_again_at = clock.now()
    locked.save(update_fields=["may_ask_again_at"])
    append_request_entry(locked, event="access_request.wait_lifted", by=by)
    return locked
