"""The states of a request and the limits of asking (design §4). Pure: no database, no clock."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from consents.core.refusals import Refusal

SENTENCE_LONGEST = 200
LEAST_ANSWER_TIME = timedelta(hours=1)
MOST_ANSWER_TIME = timedelta(days=30)
LEAST_ACCESS = timedelta(minutes=5)
MOST_ACCESS = timedelta(days=30)


class State(StrEnum):
    PENDING = "pending"
    APPROVED = "approved"
    PARTLY_APPROVED = "partly_approved"
    DENIED = "denied"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class End(StrEnum):
    """Why a grant ended before its time, or that its time was over."""

    TIME = "time"
    STOPPED = "stopped"
    WITHDRAWN = "withdrawn"
    COMPANY = "company"


class Decision(StrEnum):
    ALL = "all"
    PART = "part"
    NONE = "none"


# One answer, final: every state but pending is an end.
TRANSITIONS: dict[State, frozenset[State]] = {
    State.PENDING: frozenset(set(State) - {State.PENDING}),
    **{state: frozenset() for state in State if state != State.PENDING},
}

STATE_OF_DECISION = {
    Decision.ALL: State.APPROVED,
    Decision.PART: State.PARTLY_APPROVED,
    Decision.NONE: State.DENIED,
}


class AlreadyEnded(Refusal):
    sentence = _("This request has already ended. Nothing was changed.")


class NotWhatWasShown(Refusal):
    sentence = _("What you answered is not what is on record. Please read the request again; nothing was saved.")


class NothingChosen(Refusal):
    status = 422
    sentence = _("Choose at least one kind of data, or choose Do not allow.")


class NotAsked(Refusal):
    status = 422
    sentence = _("You can only allow what was asked for, for at most the time that was asked for.")


class TooManyPendingForStaff(Refusal):
    sentence = _("You have as many unanswered requests as one person may have. Wait for answers or cancel some.")


class TooManyPendingForCustomer(Refusal):
    sentence = _("This customer already has as many unanswered requests as one person should get.")


class AskedAlready(Refusal):
    sentence = _("The same is already being asked of this customer. Wait for the answer.")


class MustWait(Refusal):
    sentence = _("This customer said no, stopped access or did not answer. You may ask again later.")


class BadTerms(Refusal):
    status = 422


def check_can_move(state: State, to: State) -> None:
    """Raises AlreadyEnded unless the request may go from one state to the other."""
    if to not in TRANSITIONS[state]:
        raise AlreadyEnded


def state_now(state: State, answer_by: datetime, now: datetime) -> State:
    """No answer is a no: a pending request is expired from its answer-by moment on, recorded or not."""
    return State.EXPIRED if state == State.PENDING and now >= answer_by else state


@dataclass(frozen=True)
class Past:
    """An earlier ask about the same customer and purpose, as the waiting time needs it."""

    state: State
    answer_by: datetime
    ended_at: datetime | None
    stopped_at: datetime | None
    categories: frozenset[int]
    may_ask_again: bool


@dataclass(frozen=True)
class Waits:
    """How long the same ask must rest (design §4.6)."""

    after_no: timedelta
    after_silence: timedelta


def check_same_ask(earlier: Iterable[Past], categories: frozenset[int], waits: Waits, now: datetime) -> None:
    """Same customer and purpose, any common category, whoever asks. Raises AskedAlready or MustWait (with the date)."""
    for past in earlier:
        if not past.categories & categories:
            continue
        state = state_now(past.state, past.answer_by, now)
        if state == State.PENDING:
            raise AskedAlready
        until = None if past.may_ask_again else rests_until(past, state, waits)
        if until and now < until:
            raise MustWait(must_wait(until, now))


def rests_until(past: Past, state: State, waits: Waits) -> datetime | None:
    if past.stopped_at:
        return past.stopped_at + waits.after_no
    if state == State.DENIED and past.ended_at:
        return past.ended_at + waits.after_no
    if state == State.EXPIRED:
        return past.answer_by + waits.after_silence
    return None


def must_wait(until: datetime, now: datetime) -> str:
    days = max(1, -(-int((until - now).total_seconds()) // 86400))
    return ngettext(
        "This customer did not allow this. You may ask again in %(days)d day.",
        "This customer did not allow this. You may ask again in %(days)d days.",
        days,
    ) % {"days": days}


def check_limits(*, of_staff: int, of_customer: int, most_of_staff: int, most_of_customer: int) -> None:
    """`of_…` are the unanswered requests before this one."""
    if of_staff >= most_of_staff:
        raise TooManyPendingForStaff
    if of_customer >= most_of_customer:
        raise TooManyPendingForCustomer


def check_terms(*, duration: timedelta, most: timedelta, answer_within: timedelta) -> None:
    """Raises BadTerms with the limit in words."""
    if not LEAST_ACCESS <= duration <= min(most, MOST_ACCESS):
        raise BadTerms(_("Access may last from 5 minutes up to the most this purpose allows."))
    if not LEAST_ANSWER_TIME <= answer_within <= MOST_ANSWER_TIME:
        raise BadTerms(_("The customer gets between 1 hour and 30 days to answer."))


def check_answer(
    *,
    decision: Decision,
    asked: frozenset[int],
    chosen: frozenset[int],
    asked_duration: timedelta,
    duration: timedelta,
) -> tuple[frozenset[int], timedelta]:
    """What is granted: a subset of what was asked. Raises NothingChosen or NotAsked."""
    if decision == Decision.NONE:
        return frozenset(), timedelta(0)
    if decision == Decision.ALL:
        return asked, asked_duration
    if not chosen:
        raise NothingChosen
    if not chosen <= asked or not timedelta(0) < duration <= asked_duration:
        raise NotAsked
    return chosen, duration


def state_after(decision: Decision, *, whole: bool) -> State:
    """Part of it that turns out to be all of it is a whole yes."""
    return State.APPROVED if decision == Decision.PART and whole else STATE_OF_DECISION[decision]
