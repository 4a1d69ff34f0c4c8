"""The states of a request and the limits of asking. Pure: no database, no clock."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from consents.core.refusals import NotPermitted, NotValid, Refusal

MAX_SENTENCE_LENGTH = 200
MIN_ANSWER_TIME = timedelta(hours=1)
MAX_ANSWER_TIME = timedelta(days=30)
MIN_ACCESS_TIME = timedelta(minutes=5)
MAX_ACCESS_TIME = timedelta(days=30)


class RequestState(StrEnum):
    PENDING = "pending"
    APPROVED = "approved"
    PARTLY_APPROVED = "partly_approved"
    DENIED = "denied"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class GrantEnd(StrEnum):
    """Why a grant ended before its time, or that its time was over."""

    TIME = "time"
    STOPPED = "stopped"
    WITHDRAWN = "withdrawn"
    COMPANY = "company"


class Ground(StrEnum):
    """Name what a grant rests on: the customer's answer, or an exemption of one of two kinds."""

    ANSWER = "answer"
    LEGAL_DUTY = "legal_duty"
    SAFETY = "safety"


class AnswerDecision(StrEnum):
    ALL = "all"
    PART = "part"
    NONE = "none"


# Events of a request that neither file nor end it.
STEPS_OF_REQUESTS = (
    "access_request.wait_lifted",
    "access_request.question_sent",
    "access_request.question_answered",
    "access_request.reminder_wanted",
    "access_request.caller_code_sent",
    "access_request.caller_code_wrong",
    "access_request.caller_proved",
    "access_request.assented",
)

# A filed request is an email to the customer, cancelled or not.
MOST_CANCELLED, CANCELLED_WITHIN = 3, timedelta(days=1)


class AlreadyEnded(Refusal):
    sentence = _("This request has already ended. Nothing was changed.")


class CannotAllowNow(Refusal):
    """Refuse a yes to what may be looked at already without one. It does not say so: a law may forbid that."""

    sentence = _("This cannot be allowed right now. Nothing was changed. Try again later, or say no.")


class AnswerMismatch(Refusal):
    sentence = _("Your answer does not match the request on record. Please read the request again; nothing was saved.")


class NothingChosen(NotValid):
    sentence = _("Choose at least one kind of data, or choose Do not allow.")


class BeyondRequest(NotValid):
    sentence = _("You can only allow what was asked for, and for no longer than was asked for.")


class TooManyPendingForStaff(Refusal):
    sentence = _("You have as many unanswered requests as one person may have. Wait for answers or cancel some.")


class TooManyPendingForCustomer(Refusal):
    sentence = _("This customer already has as many unanswered requests as one person should get.")


class TooManyCancelled(Refusal):
    sentence = _("You have cancelled several requests to this customer today. You may ask again tomorrow.")


class AlreadyAsked(Refusal):
    sentence = _("This customer has already been asked for the same data. Wait for the answer.")


class MustWait(Refusal):
    sentence = _("This customer said no, stopped access or did not answer. You may ask again later.")


class BadTerms(NotValid):
    """Says in its sentence what is wrong with the terms."""


def compute_state(state: RequestState, answer_by: datetime, now: datetime) -> RequestState:
    """Return the state at `now`: a pending request has expired from `answer_by` on, recorded or not."""
    return RequestState.EXPIRED if state == RequestState.PENDING and now >= answer_by else state


@dataclass(frozen=True)
class EarlierRequest:
    """An earlier request about the same customer and purpose, as far as the waiting time depends on it."""

    state: RequestState
    answer_by: datetime
    ended_at: datetime | None
    stopped_at: datetime | None
    categories: frozenset[int]
    may_ask_again: bool


@dataclass(frozen=True)
class WaitingTimes:
    """The waiting times before the same customer may be asked the same again."""

    after_no: timedelta
    after_silence: timedelta


def check_repetition(
    earlier: Iterable[EarlierRequest], categories: frozenset[int], waits: WaitingTimes, now: datetime
) -> None:
    """Refuse the same request: same customer and purpose, any common category, any requester.

    Raises AlreadyAsked or MustWait (with the days to wait).
    """
    for past in earlier:
        if not past.categories & categories:
            continue
        state = compute_state(past.state, past.answer_by, now)
        if state == RequestState.PENDING:
            raise AlreadyAsked
        until = None if past.may_ask_again else compute_wait_end(past, state, waits)
        if until and now < until:
            raise MustWait(describe_wait(until, now))


def compute_wait_end(past: EarlierRequest, state: RequestState, waits: WaitingTimes) -> datetime | None:
    if past.stopped_at:
        return past.stopped_at + waits.after_no
    if state == RequestState.DENIED and past.ended_at:
        return past.ended_at + waits.after_no
    if state == RequestState.EXPIRED:
        return past.answer_by + waits.after_silence
    return None


def describe_wait(until: datetime, now: datetime) -> str:
    days = max(1, -(-int((until - now).total_seconds()) // 86400))
    return ngettext(
        "This customer said no, stopped access or did not answer. You may ask again in %(days)d day.",
        "This customer said no, stopped access or did not answer. You may ask again in %(days)d days.",
        days,
    ) % {"days": days}


def check_pending_limits(*, of_staff: int, of_customer: int, most_of_staff: int, most_of_customer: int) -> None:
    """Refuse one request too many. `of_…`: unanswered requests before this one."""
    if of_staff >= most_of_staff:
        raise TooManyPendingForStaff
    if of_customer >= most_of_customer:
        raise TooManyPendingForCustomer


def check_cancelled_limit(cancelled: int) -> None:
    """Refuse to write to a customer again and again. `cancelled`: requests to them that this member of staff filed
    within CANCELLED_WITHIN and that were cancelled. Raises TooManyCancelled.
    """
    if cancelled >= MOST_CANCELLED:
        raise TooManyCancelled


def check_request_terms(*, duration: timedelta, most: timedelta, answer_within: timedelta) -> None:
    """Raises BadTerms with the limit in words."""
    if not MIN_ACCESS_TIME <= duration <= min(most, MAX_ACCESS_TIME):
        raise BadTerms(_("Access may last from 5 minutes up to the most this purpose allows."))
    if not MIN_ANSWER_TIME <= answer_within <= MAX_ANSWER_TIME:
        raise BadTerms(_("The customer gets between 1 hour and 30 days to answer."))


def check_answer(
    *,
    decision: AnswerDecision,
    asked: frozenset[int],
    chosen: frozenset[int],
    asked_duration: timedelta,
    duration: timedelta,
) -> tuple[frozenset[int], timedelta]:
    """Return the categories and time granted, never more than was asked for. Raises NothingChosen or BeyondRequest."""
    if decision == AnswerDecision.NONE:
        return frozenset(), timedelta(0)
    if decision == AnswerDecision.ALL:
        return asked, asked_duration
    if not chosen:
        raise NothingChosen
    if not chosen <= asked or not timedelta(0) < duration <= asked_duration:
        raise BeyondRequest
    return chosen, duration


def get_state_after(decision: AnswerDecision, *, whole: bool) -> RequestState:
    """Return the final state. Choosing every category for the full time counts as full approval."""
    if decision == AnswerDecision.NONE:
        return RequestState.DENIED
    return RequestState.APPROVED if whole else RequestState.PARTLY_APPROVED


MOST_LETTERS = 200


class ProposalState(StrEnum):
    WAITING = "waiting"
    AGREED = "agreed"
    DECLINED = "declined"
    ENDED = "ended"


class NeedsAgreement(Refusal):
    sentence = _("Your manager must agree to a request for this purpose first. Ask again from the form.")


class AgreementNotNeeded(Refusal):
    sentence = _("This purpose no longer needs your manager’s yes. Ask the customer.")


class NoManager(Refusal):
    sentence = _(
        "For this purpose your manager must agree first, and no manager of yours is on record. Ask a privacy officer "
        "to set one, then send this again."
    )


class NotTheManager(NotPermitted):
    sentence = _("Only the manager of the requester decides about this request.")


ALREADY_PROPOSED = _("Your request for this purpose already waits for your manager.")
NO_LONGER_WAITING = _("This request no longer waits for a manager. Nothing was changed.")


class NoReasonGiven(NotValid):
    sentence = _("Say in one sentence why not: the requester reads it.")


class SentenceIsPublished(Refusal):
    sentence = _("This version is published and stays as it is. Write a new version instead.")


class NewerSentenceInForce(Refusal):
    sentence = _("A newer version of this sentence was published already. Write a new version instead.")


class SentenceNotInForce(Refusal):
    sentence = _("This sentence is no longer offered.")


class SentenceIncomplete(NotValid):
    sentence = _("Write the sentence in every language first: %(missing)s.")


class SentenceTooLong(NotValid):
    sentence = _("This is longer than the 200 letters of the one sentence that a customer reads. Shorten it.")


def check_sentence(texts: Mapping[str, str]) -> None:
    """Raises SentenceTooLong."""
    if any(len(text) > MAX_SENTENCE_LENGTH for text in texts.values()):
        raise SentenceTooLong


def check_sentence_is_complete(texts: Mapping[str, str], languages: Collection[str], names: Mapping[str, str]) -> None:
    """Require a text in each language; `names` are what these are called. Raises SentenceIncomplete."""
    missing = [names.get(code, code) for code in languages if not texts.get(code, "").strip()]
    if missing:
        raise SentenceIncomplete(missing=", ".join(missing))


class AlreadyAssented(Refusal):
    sentence = _("You have said yes already. It counts once everyone who shares the account has agreed.")


class NothingInCommon(NotValid):
    sentence = _(
        "Everyone who shares this account must allow the same. Choose some of what is allowed so far, or say no."
    )


@dataclass(frozen=True)
class AllowedTerms:
    """Hold what one holder of a shared account allows: categories by id, and for how long."""

    categories: frozenset[int]
    duration: timedelta


def narrow_to_common(allowed: AllowedTerms, others: Iterable[AllowedTerms]) -> AllowedTerms:
    """Return what all of them allow. Raises NothingInCommon."""
    for other in others:
        allowed = AllowedTerms(allowed.categories & other.categories, min(allowed.duration, other.duration))
    if not allowed.categories:
        raise NothingInCommon
    return allowed
