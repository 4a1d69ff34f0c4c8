"""Whoever asked has the last word: they take the request back, or ask us to look at the answer again. Here by their own
act; by post or telephone an officer puts it on record, with the day and the way it truly came.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from consents.core import clock
from consents.core.durations import get_home_day
from consents.law.clocks import get_end_of_day
from consents.law.kinds import Regime
from consents.law.terms import compute_appeal_due, describe_due
from consents.ledger.rules import Actor, format_ledger_moment
from consents.notifications.services.confirming import confirm_act
from consents.people.models import StaffMember
from consents.rights import words
from consents.rights.fulfilment import marks
from consents.rights.fulfilment.registry import get_fulfilment
from consents.rights.models import Appeal, RightsRequest, Statement
from consents.rights.refusals import AlreadyAnswered, BadDayOfWord, NothingToAppeal, NotTyped
from consents.rights.rules.answers import APPEALABLE, Appealed, Channel, Outcome, list_typed_channels
from consents.rights.services.answering import record_answer
from consents.rights.services.emails import notify_requester
from consents.rights.services.recording import (
    append_rights_entry,
    assign_to,
    get_home_zone,
    get_receipt_day,
    lock_for_officer,
    lock_open_rights_request,
    lock_rights_request,
    record_step,
)

WITHDRAWN = _(
    "A privacy request was withdrawn. It is closed, and you can ask again at any time. “Your rights” shows which."
)
APPEALED = _(
    "We were asked to look again at our answer to a privacy request. “Your rights” shows which, and until when."
)


@transaction.atomic
def withdraw_request(*, rights_request: UUID, customer: UUID, by: Actor) -> RightsRequest:
    """Take one's own request back, no reason asked; it may be filed again. Repeating it changes nothing.

    Raises Unknown (not theirs), AlreadyAnswered.
    """
    locked = lock_rights_request(rights_request, customer=customer)
    if locked.outcome == Outcome.WITHDRAWN:
        return locked
    if locked.is_answered:
        raise AlreadyAnswered
    record_answer(locked, Outcome.WITHDRAWN, clock.now())
    marks.lift_marks(locked, by)
    get_fulfilment(locked).cancel_proposals(locked, by)
    append_rights_entry(locked, "withdrawn", by, locked.outcome)
    confirm_act(customer=customer, act=WITHDRAWN, key=f"rights_request.withdrawn:{locked.pk}", actor=by)
    return locked


@transaction.atomic
def record_typed_withdrawal(
    *, rights_request: UUID, said_on: date, channel: Channel, officer: StaffMember, by: Actor
) -> RightsRequest:
    """Record a withdrawal by post, telephone or in another way. They are told that it is closed; what it had paused
    ends once an officer lifts it, since nobody has proved that it was they who said so.

    Raises Unknown, NotAnOfficer, OwnMatter, AlreadyAnswered, NotTyped, BadDayOfWord.
    """
    locked = lock_open_rights_request(rights_request, officer)
    noted = build_typed_details(locked, said_on, channel, since=get_receipt_day(locked))
    assign_to(locked, officer)
    record_answer(locked, Outcome.WITHDRAWN, clock.now())
    marks.announce_end(locked, by)
    get_fulfilment(locked).cancel_proposals(locked, by)
    append_rights_entry(locked, "withdrawn", by, locked.outcome, **noted)
    notify_requester(locked, "withdrawn")
    return locked


@transaction.atomic
def appeal_answer(*, rights_request: UUID, customer: UUID, why: str, by: Actor) -> RightsRequest:
    """Ask, as the customer, that the answer be looked at again, once. Repeating it changes nothing.

    Raises Unknown (not theirs), NothingToAppeal, NoCalendar.
    """
    locked = lock_rights_request(rights_request, customer=customer)
    if locked.appeal_outcome != Appealed.PENDING:
        open_appeal(locked, clock.now(), why, by)
        confirm_act(customer=customer, act=APPEALED, key=f"rights_request.appealed:{locked.pk}", actor=by)
    return locked


@transaction.atomic
def record_typed_appeal(
    *, rights_request: UUID, said_on: date, channel: Channel, why: str, officer: StaffMember, by: Actor
) -> RightsRequest:
    """Record an appeal by post, telephone or in another way: our time runs from that day. Repeating it changes nothing.

    Raises Unknown, NotAnOfficer, OwnMatter, NothingToAppeal, NotTyped, BadDayOfWord, NoCalendar.
    """
    locked, now = lock_for_officer(rights_request, officer), clock.now()
    if locked.appeal_outcome == Appealed.PENDING:
        return locked
    if locked.responded_at is None:
        raise NothingToAppeal
    noted = build_typed_details(locked, said_on, channel, since=get_home_day(locked.responded_at))
    open_appeal(locked, min(get_end_of_day(said_on, get_home_zone()), now), why, by, **noted)
    return locked


def open_appeal(rights_request: RightsRequest, asked_at: datetime, why: str, by: Actor, **noted: str) -> None:
    if rights_request.appeal_at or rights_request.outcome not in APPEALABLE:
        raise NothingToAppeal
    due = compute_appeal_due(Regime(rights_request.regime), get_home_day(asked_at), home=settings.PORTAL_COUNTRY)
    due_at = get_end_of_day(due.on, get_home_zone())
    record_step(rights_request, Appeal, appealed_at=asked_at, due_at=due_at, clock=describe_due(due))
    words.store_statement(rights_request, Statement.Kind.APPEALED, {"text": why.strip()})
    append_rights_entry(
        rights_request,
        "appealed",
        by,
        rights_request.appeal_outcome,
        due_at=format_ledger_moment(due_at),
        rule=due.rule,
        **noted,
    )


def build_typed_details(
    rights_request: RightsRequest, said_on: date, channel: Channel, *, since: date
) -> dict[str, Any]:
    """Return what the entry says of day and channel. Raises NotTyped, BadDayOfWord."""
    if channel not in list_typed_channels(Regime(rights_request.regime)):
        raise NotTyped
    if not since <= said_on <= get_home_day(clock.now()):
        raise BadDayOfWord
    return {"said_on": said_on.isoformat(), "channel": str(channel)}
