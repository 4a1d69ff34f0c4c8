"""The customer answers: once, and to exactly what was shown."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext_lazy as _

from consents.access import rules
from consents.access.models import AccessRequest, Answer, Assent, Grant
from consents.access.rules import (
    AllowedTerms,
    AlreadyAssented,
    AlreadyEnded,
    AnswerDecision,
    AnswerMismatch,
    CannotAllowNow,
    GrantEnd,
    Ground,
    RequestState,
    narrow_to_common,
)
from consents.access.rules.telephone import CHANNEL, CONFIRMATIONS, TELEPHONE
from consents.access.selectors import build_allowance, locking
from consents.access.services.enquiring import check_waits
from consents.access.services.telling import append_request_entry
from consents.core import clock, sealing
from consents.ledger.rules import Actor, format_ledger_moment
from consents.ledger.services.appending import Change
from consents.notifications.services import queueing
from consents.notifications.services.queueing import confirm_act
from consents.people import keys
from consents.people.models import Acting
from consents.people.selectors import list_required_holders
from consents.people.services.holding import lock_existing_customer
from consents.people.services.representing import HoldersAnswerThemselves

# Keep the yes of one holder of a shared account until every other holder has said yes too.

ASSENTED = _(
    "You or someone who shares your account said yes to the request of %(team)s. They see nothing until all of you "
    "have agreed."
)


@dataclass(frozen=True)
class Speaker:
    """Say whose answer it is: that of `user`, who acts for the customer, or of the caller whom `caller_code` proved and
    whose words `user` records."""

    user: UUID
    capacity: str
    caller_code: UUID | None = None


@dataclass(frozen=True)
class Reply:
    """The customer's decision, with the digest of the request as their page displayed it.

    categories and duration matter for `part` alone. `token` makes answering once-only. `language` and `interface`:
    in which words and by which pages it was asked.
    """

    decision: AnswerDecision
    digest: str
    token: UUID
    categories: frozenset[int] = frozenset()
    duration: timedelta = timedelta(0)
    message: str = ""
    language: str = ""
    interface: str = ""


def join_holders(
    access_request: AccessRequest, reply: Reply, allowed: AllowedTerms, speaker: Speaker, needed: frozenset[UUID]
) -> tuple[frozenset[UUID], AllowedTerms]:
    """Return the holders whose yes is still missing, and what those who have said yes allow together with this one.

    `needed`: the other holders who must agree. A holder's second yes (another token) is taken only once nobody is
    missing, because the missing holder has left. Raises AlreadyAssented, NothingInCommon, HoldersAnswerThemselves.
    """
    if not needed:
        return needed, allowed
    if speaker.caller_code or speaker.capacity not in Acting.HOLDING:
        raise HoldersAnswerThemselves
    given = list(access_request.assents.filter(given_by__in=needed))
    missing = needed - {assent.given_by_id for assent in given}
    own = access_request.assents.filter(given_by=speaker.user).exclude(token=reply.token)
    if missing and own.exists():
        raise AlreadyAssented
    return missing, narrow_to_common(allowed, [build_allowance(assent, access_request) for assent in given])


def record_assent(
    access_request: AccessRequest, reply: Reply, allowed: AllowedTerms, speaker: Speaker, now: datetime, by: Actor
) -> AccessRequest:
    """Keep a holder's yes until every other holder has said yes too. Repeating it changes nothing."""
    if access_request.assents.filter(given_by=speaker.user).exists():
        return access_request
    codes = list_codes(access_request, allowed)
    assent = Assent.objects.create(
        access_request=access_request,
        given_by_id=speaker.user,
        categories=codes,
        duration=allowed.duration,
        shown_digest=reply.digest,
        token=reply.token,
        given_at=now,
    )
    append_request_entry(
        access_request,
        event="access_request.assented",
        by=by,
        details={"assent": str(assent.pk)} | build_answer_details(access_request, reply, speaker, allowed),
    )
    confirm_act(
        customer=access_request.customer_id,
        act=ASSENTED,
        key=f"access_request.assented:{assent.pk}",
        actor=by,
        team=access_request.asked_team,
    )
    return access_request


def build_answer_details(
    access_request: AccessRequest, reply: Reply, speaker: Speaker, allowed: AllowedTerms
) -> dict[str, object]:
    """Build what the ledger keeps of a yes or no: to what, in which words, where and in which capacity."""
    notices = {notice.language: notice for notice in access_request.version.notices.all()}
    notice = notices.get(reply.language) or access_request.version.notice
    return {
        "categories": list_codes(access_request, allowed),
        "digest": reply.digest,
        "duration_seconds": int(allowed.duration.total_seconds()),
        "version": access_request.version.number,
        "language": notice.language,
        "notice": notice.hash,
        "method": TELEPHONE if speaker.caller_code else "portal button",
        "interface": reply.interface,
        "capacity": speaker.capacity,
        **build_caller_facts(speaker),
    }


def list_codes(access_request: AccessRequest, allowed: AllowedTerms) -> list[str]:
    requested = [each for each in access_request.requested.all() if each.category_id in allowed.categories]
    return sorted(each.category.code for each in requested)


def build_caller_facts(speaker: Speaker) -> dict[str, str]:
    """Build what the entry says of an answer by telephone, as of everything that customers say in that way."""
    if speaker.caller_code is None:
        return {}
    return {"caller_code": str(speaker.caller_code), "channel": CHANNEL, "submitted_by": "self"}


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


# Write single rows of answers, requests and grants in plain SQL, inside the acts that do so: each answer and each end
# needs them, and building the queries took longer than answering them. What changes with its ledger entry goes in one
# statement with it.

END_REQUEST = "UPDATE access_accessrequest SET state = %s, ended_at = %s WHERE id = %s RETURNING id"
INSERT_ANSWER = """
INSERT INTO access_answer (access_request_id, customer_id, decision, answered_by_id, capacity, caller_code_id, duration,
                           shown_digest, sealed_message, token, answered_at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
INSERT_GRANTS = """
INSERT INTO access_grant
    (ground, access_request_id, exemption, staff_id, customer_id, purpose_id, starts_at, ends_at, "end",
     category_id, id)
SELECT %s, %s, %s, %s, %s, %s, %s, %s, '', category, id
FROM unnest(%s::bigint[], %s::uuid[]) AS allowed (category, id)
"""
END_GRANTS = 'UPDATE access_grant SET ended_at = %s, "end" = %s WHERE id = ANY(%s)'


def build_request_end(access_request: AccessRequest, state: RequestState, ended_at: datetime) -> Change:
    """Set the end of a request, and return the change to append with its entry."""
    access_request.state, access_request.ended_at = state, ended_at
    return Change(END_REQUEST, [str(state), ended_at, access_request.pk])


def build_answer_insert(answer: Answer) -> Change:
    """Return the change that saves a new answer, to append with its entry."""
    answer._state.adding = False
    of_request: list[Any] = [answer.access_request_id, answer.access_request.customer_id, str(answer.decision)]
    by: list[Any] = [answer.answered_by_id, answer.capacity, answer.caller_code_id]
    terms = [answer.duration, answer.shown_digest, answer.sealed_message, answer.token, answer.answered_at]
    return Change(INSERT_ANSWER, [*of_request, *by, *terms])


def insert_grants(
    asked: Any, ground: Ground, grants: Mapping[int, UUID], starts: datetime, duration: timedelta
) -> None:
    """Insert grants that rest on the answer to a request, or on an exemption. `grants`: the id of each, by category."""
    rests_on = [asked.pk, None] if ground == Ground.ANSWER else [None, asked.pk]
    whose: list[Any] = [str(ground), *rests_on, asked.staff_id, asked.customer_id, asked.purpose_id]
    with connection.cursor() as cursor:
        cursor.execute(INSERT_GRANTS, [*whose, starts, starts + duration, list(grants), list(grants.values())])


def build_grants_end(grants: Iterable[Grant], end: GrantEnd, ended_at: datetime) -> Change:
    """Return the change that ends these grants, to append beside their entry."""
    return Change(END_GRANTS, [ended_at, str(end), [grant.pk for grant in grants]])
