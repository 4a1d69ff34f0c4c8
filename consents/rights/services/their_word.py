"""Whoever asked has the last word: they take the request back, or ask us to look at the answer again. Here by their own
act; by post or telephone an officer puts it on record, with the day and the way it truly came.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from consents.core import clock
from consents.ledger.rules import Actor, moment
from consents.people.models import StaffMember
from consents.people.services.holding import OFFICERS, check_officer
from consents.rights import words
from consents.rights.models import RightsRequest, Words
from consents.rights.rules.answers import APPEALABLE, TYPED_CHANNELS, Appealed, Channel, Outcome
from consents.rights.rules.clocks import day_of, end_of
from consents.rights.rules.kinds import Regime
from consents.rights.rules.terms import appeal_of, spelled
from consents.rights.services import at_once
from consents.rights.services.answering import CLOSING, close, drop_erasure
from consents.rights.services.recording import held, held_open, received_on, take, tell, zone
from consents.rights.services.refusals import AlreadyAnswered, BadDayOfWord, NothingToAppeal, NotTyped
from consents.rights.services.telling import write_to


@transaction.atomic
def withdraw(*, request: UUID, customer: UUID, by: Actor) -> RightsRequest:
    """The customer takes their request back, no reason asked; they may file it again. Repeating it changes nothing.

    Raises Unknown (not theirs), AlreadyAnswered.
    """
    row = held(request, customer=customer)
    if row.outcome == Outcome.WITHDRAWN:
        return row
    if row.is_answered:
        raise AlreadyAnswered
    take_back(row)
    at_once.unprotect(row, by)
    drop_erasure(row, by)
    tell(row, "withdrawn", by, row.outcome)
    return row


@transaction.atomic
def note_withdrawal(
    *, request: UUID, said_on: date, channel: Channel, officer: StaffMember, by: Actor
) -> RightsRequest:
    """They said so by post, telephone or in another way. They are told that it is closed; what it had paused ends once
    an officer lifts it, since nobody has proved that it was they who said so.

    Raises Unknown, NotAnOfficer, AlreadyAnswered, NotTyped, BadDayOfWord.
    """
    row = held_open(request, officer)
    noted = as_noted(said_on, channel, since=received_on(row))
    take(row, officer)
    take_back(row, "handler")
    at_once.announce_end(row, by)
    drop_erasure(row, by)
    tell(row, "withdrawn", by, row.outcome, **noted)
    write_to(row, "withdrawn")
    return row


def take_back(row: RightsRequest, *more: str) -> None:
    close(row, Outcome.WITHDRAWN, clock.now())
    row.waiting_since, row.waiting_for = None, ""
    row.save(update_fields=[*CLOSING, "waiting_since", "waiting_for", *more])


@transaction.atomic
def appeal(*, request: UUID, customer: UUID, why: str, by: Actor) -> RightsRequest:
    """The customer asks us to look at the answer again, once. Repeating it changes nothing.

    Raises Unknown (not theirs), NothingToAppeal, NoCalendar.
    """
    row = held(request, customer=customer)
    if row.appeal_outcome != Appealed.PENDING:
        look_again(row, clock.now(), why, by)
    return row


@transaction.atomic
def note_appeal(
    *, request: UUID, said_on: date, channel: Channel, why: str, officer: StaffMember, by: Actor
) -> RightsRequest:
    """They asked by post, telephone or in another way: our time runs from that day. Repeating it changes nothing.

    Raises Unknown, NotAnOfficer, NothingToAppeal, NotTyped, BadDayOfWord, NoCalendar.
    """
    check_officer(officer, OFFICERS)
    row, now = held(request), clock.now()
    if row.appeal_outcome == Appealed.PENDING:
        return row
    if row.responded_at is None:
        raise NothingToAppeal
    noted = as_noted(said_on, channel, since=day_of(row.responded_at, zone()))
    look_again(row, min(end_of(said_on, zone()), now), why, by, **noted)
    return row


def look_again(row: RightsRequest, asked_at: datetime, why: str, by: Actor, **noted: str) -> None:
    if row.appeal_at or row.outcome not in APPEALABLE:
        raise NothingToAppeal
    due = appeal_of(Regime(row.regime), day_of(asked_at, zone()), home=settings.PORTAL_COUNTRY)
    row.appeal_at, row.appeal_due_at, row.appeal_outcome = asked_at, end_of(due.on, zone()), Appealed.PENDING
    row.clocks = row.clocks | {"appeal": spelled(due)}
    row.save(update_fields=["appeal_at", "appeal_due_at", "appeal_outcome", "clocks"])
    words.put(row, Words.Kind.APPEALED, {"text": why.strip()})
    tell(row, "appealed", by, row.appeal_outcome, due_at=moment(row.appeal_due_at), rule=due.rule, **noted)


def as_noted(said_on: date, channel: Channel, *, since: date) -> dict[str, Any]:
    """For the entry. Raises NotTyped, BadDayOfWord."""
    if channel not in TYPED_CHANNELS:
        raise NotTyped
    if not since <= said_on <= day_of(clock.now(), zone()):
        raise BadDayOfWord
    return {"said_on": said_on.isoformat(), "channel": str(channel)}
