"""Decide when data may be opened without the customer's answer, and when the customer is told. Pure."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from consents.access.rules import MAX_ACCESS_TIME, MIN_ACCESS_TIME
from consents.core.refusals import NotPermitted, NotValid, Refusal
from consents.people.two_officers.refusals import AlreadyDecided, Matter

# In an emergency: at most this long before anyone else has looked at it, and the time the second officer has.
MOST_AT_ONCE = timedelta(hours=1)
CHECK_WITHIN = timedelta(hours=24)
# An ask that still runs in parallel is due within this time.
MOST_PARALLEL = timedelta(hours=24)
MOST_DELAY = timedelta(days=90)


class ExemptionState(StrEnum):
    """`opened`: in an emergency, before anyone checked. `unchecked`: and no one did in time."""

    FILED = "filed"
    OPENED = "opened"
    GRANTED = "granted"
    REFUSED = "refused"
    UNCHECKED = "unchecked"
    CANCELLED = "cancelled"


class BypassFinding(TextChoices):
    """Name what came of a sign that staff went round the customer."""

    IN_ORDER = "in_order", _("In order: the customer or the law wanted it")
    PUT_RIGHT = "put_right", _("Not in order: put right with the customer and with the member of staff")
    BREACH = "breach", _("A breach: handled as one (GDPR Art 33 and 34)")


TRANSITIONS: dict[ExemptionState, frozenset[ExemptionState]] = {
    ExemptionState.FILED: frozenset({ExemptionState.GRANTED, ExemptionState.REFUSED, ExemptionState.CANCELLED}),
    ExemptionState.OPENED: frozenset({ExemptionState.GRANTED, ExemptionState.REFUSED, ExemptionState.UNCHECKED}),
}


EXEMPTION = Matter(
    needs_second_officer=_("Whoever filed this cannot decide it. Another privacy officer must."),
    already_decided=_("This exemption has already been decided or has ended. Nothing was changed."),
)
DELAY = Matter(needs_second_officer=_("Another officer than the one before must renew this delay."))


class SignOfOneself(NotPermitted):
    sentence = _("This sign is about you, so another officer must decide it.")


class ConflictOfOneself(NotPermitted):
    sentence = _("This note is about you, so another officer must write it and lift it.")


class NotPrivacyOfficer(NotPermitted):
    sentence = _("Only a privacy officer can decide this.")


class ForeignOrderAlone(NotValid):
    sentence = _(
        "An order from outside the EU does not count by itself (GDPR Art 48). Name the international agreement it rests"
        " on, or have the authority ask through the courts here."
    )


class IncompleteGround(NotValid):
    sentence = _("Fill in everything this ground needs: without it, no one can check the decision.")


class OrderInFuture(NotValid):
    sentence = _("The date of the order is in the future. Check it.")


class NotAskedFirst(NotValid):
    sentence = _("Ask the customer first, or say why that cannot be.")


class AskTooSlow(NotValid):
    sentence = _(
        "The request to the customer leaves more than a day to answer. Ask with a short deadline, then file this."
    )


class CustomerAllowed(Refusal):
    sentence = _("The customer has allowed this. Use that access instead.")


class TooLong(NotValid):
    sentence = _("Access may last from 5 minutes up to 30 days; in an emergency at once, up to one hour.")


class NoEmergency(NotValid):
    sentence = _("Only an emergency opens at once. A legal duty waits for a privacy officer.")


class AlreadyOpen(Refusal):
    sentence = _("There is running access to some of this data already. Use it, or wait until it has ended.")


class EmergencyUnconfirmed(Refusal):
    sentence = _(
        "You have opened data of this customer at once before, and no second officer has confirmed it. File this "
        "without opening at once: a privacy officer decides."
    )


class DelayNotAllowed(NotValid):
    sentence = _(
        "Telling the customer can be delayed only where a law demands it, with law, authority, reason and end."
    )


class DelayTooLong(NotValid):
    sentence = _("The delay must end in the future and within 90 days.")


class AlreadyTold(Refusal):
    sentence = _("The customer has been told already.")


@dataclass(frozen=True)
class LegalOrder:
    """`treaty`: the international agreement an order from outside the EU rests on."""

    statute: str = ""
    order_number: str = ""
    ordered_on: date | None = None
    authority: str = ""
    is_foreign: bool = False
    treaty: str = ""
    scope_asked: str = ""
    necessity: str = ""


@dataclass(frozen=True)
class Emergency:
    threat: str = ""
    no_other_way: str = ""


@dataclass(frozen=True)
class NewExemption:
    """An exemption that is about to be filed.

    `access_request`: the ask made first or in parallel; else `why_unasked` and `unasked_words`. `at_once`: open now,
    before anyone decides.
    """

    customer: UUID
    version: int
    categories: frozenset[int]
    sentence: str
    duration: timedelta
    token: UUID
    ground: LegalOrder | Emergency
    case_number: str = ""
    access_request: UUID | None = None
    why_unasked: str = ""
    unasked_words: str = ""
    at_once: bool = False

    @property
    def is_emergency(self) -> bool:
        return isinstance(self.ground, Emergency)


@dataclass(frozen=True)
class NewDelay:
    law: str
    authority: str
    reason: str
    until: datetime


def check_can_move(state: ExemptionState, to: ExemptionState) -> None:
    """Raises AlreadyDecided unless the exemption may go from one state to the other."""
    if to not in TRANSITIONS.get(state, ()):
        raise AlreadyDecided(EXEMPTION.already_decided)


def check_terms(new: NewExemption, today: date) -> None:
    """Raises IncompleteGround, ForeignOrderAlone, OrderInFuture, NoEmergency, TooLong, NotAskedFirst."""
    if not new.sentence.strip():
        raise IncompleteGround
    check_ground(new.ground, today)
    if new.at_once and not new.is_emergency:
        raise NoEmergency
    if not MIN_ACCESS_TIME <= new.duration <= (MOST_AT_ONCE if new.at_once else MAX_ACCESS_TIME):
        raise TooLong
    if new.access_request is None and not (new.why_unasked and new.unasked_words.strip()):
        raise NotAskedFirst


def check_ground(ground: LegalOrder | Emergency, today: date) -> None:
    if isinstance(ground, Emergency):
        check_ground_is_complete([ground.threat, ground.no_other_way])
        return
    check_ground_is_complete(
        [ground.statute, ground.order_number, ground.authority, ground.scope_asked, ground.necessity]
    )
    if ground.ordered_on is None:
        raise IncompleteGround
    if ground.ordered_on > today:
        raise OrderInFuture
    if ground.is_foreign and not ground.treaty.strip():
        raise ForeignOrderAlone


def check_ground_is_complete(words: Collection[str]) -> None:
    if not all(word.strip() for word in words):
        raise IncompleteGround


def check_delay(new: NewDelay, *, is_legal_duty: bool, now: datetime) -> None:
    """Raises DelayNotAllowed, DelayTooLong."""
    if not is_legal_duty or not all(word.strip() for word in (new.law, new.authority, new.reason)):
        raise DelayNotAllowed
    if not now < new.until <= now + MOST_DELAY:
        raise DelayTooLong
