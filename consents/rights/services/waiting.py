"""The clock stands still while we wait for the customer, and goes on: with their answer, without one, or without them.

Not under every law (G01 5.3; 11 CCR 7021(b) lets no clock wait).
"""

from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from consents.core import clock
from consents.ledger import services as ledger
from consents.ledger.rules import Actor, moment
from consents.people.models import StaffMember
from consents.rights.models import RightsRequest
from consents.rights.rules.answers import State, Waiting
from consents.rights.rules.clocks import day_of, end_of
from consents.rights.rules.kinds import Level, Regime
from consents.rights.rules.terms import extended_of, spelled, terms_of
from consents.rights.services.recording import held_open, kind, received_on, take, tell, zone
from consents.rights.services.refusals import (
    AlreadyLate,
    BadDayOfAnswer,
    ClockDoesNotWait,
    IdentityKnown,
    IsNotWaiting,
    IsWaiting,
)
from consents.rights.services.telling import write_to


@transaction.atomic
def pause(*, request: UUID, waiting_for: Waiting, officer: StaffMember, by: Actor) -> RightsRequest:
    """We asked the customer something: the clock stands still until they answer (G01 5.3). Not under every law.

    Raises Unknown, NotAnOfficer, AlreadyAnswered, ClockDoesNotWait, IsWaiting, AlreadyLate,
    and IdentityKnown for a wait that has nothing to wait for.
    """
    row, now = held_open(request, officer), clock.now()
    if not kind(row).pauses:
        raise ClockDoesNotWait
    if row.waiting_since:
        raise IsWaiting
    if now > row.answer_by:
        raise AlreadyLate
    if waiting_for == Waiting.IDENTITY and (row.verified_at or row.identity_needed == Level.NOT_REQUIRED):
        raise IdentityKnown
    row.waiting_since, row.waiting_for = now, waiting_for
    if waiting_for == Waiting.IDENTITY and not row.verification_requested_at:
        row.verification_requested_at = now
    take(row, officer)
    row.save(update_fields=["waiting_since", "waiting_for", "verification_requested_at", "handler", "state"])
    tell(row, "paused", by, waiting_for)
    write_to(row, "waiting")
    return row


@transaction.atomic
def resume(*, request: UUID, answered_on: date, officer: StaffMember, by: Actor) -> RightsRequest:
    """The customer answered on that day: the clock goes on, by whole days later. Raises Unknown, NotAnOfficer,
    AlreadyAnswered, IsNotWaiting, BadDayOfAnswer, NoCalendar."""
    row = held_open(request, officer)
    if not row.waiting_since:
        raise IsNotWaiting
    resumed = end_wait(row, Waiting(row.waiting_for), answered_on)
    take(row, officer)
    row.save(update_fields=[*CLOCK, "handler", "state"])
    tell(row, "resumed", by, **resumed)
    return row


@transaction.atomic
def stop_waiting(*, request: UUID, officer: StaffMember, by: Actor) -> RightsRequest:
    """No answer came: the clock goes on from now, and the request is answered or refused as it stands.

    Raises Unknown, NotAnOfficer, AlreadyAnswered, IsNotWaiting, NoCalendar.
    """
    row = held_open(request, officer)
    if not row.waiting_since:
        raise IsNotWaiting
    waited_for = row.waiting_for
    resumed = end_wait(row, Waiting(waited_for))
    take(row, officer)
    row.save(update_fields=[*CLOCK, "handler", "state"])
    tell(row, "unanswered", by, waited_for, **resumed)
    return row


@transaction.atomic
def stop_waiting_for_erased(customer: UUID, by: Actor, **_: Any) -> None:
    """The customer is erased: nobody is left who could answer. By signal, inside that act."""
    ledger.hold(customer)
    waiting = RightsRequest.objects.filter(customer=customer, waiting_since__isnull=False).exclude(state=State.ANSWERED)
    for row in waiting:
        waited_for = row.waiting_for
        resumed = end_wait(row, Waiting(waited_for))
        row.save(update_fields=CLOCK)
        tell(row, "unanswered", by, waited_for, **resumed)


CLOCK = ["waiting_since", "waiting_for", "waited_days", "due_at", "extended_to", "target_on", "clocks"]


def end_wait(row: RightsRequest, came: Waiting, on: date | None = None) -> dict[str, Any]:
    """If that is what the clock waited for, it goes on; what the entry says of it. `on`: the day it came, else now.

    Raises BadDayOfAnswer, NoCalendar.
    """
    if row.waiting_since is None or row.waiting_for != came:
        return {}
    now = clock.now()
    if on and not day_of(row.waiting_since, zone()) <= on <= day_of(now, zone()):
        raise BadDayOfAnswer
    go_on(row, datetime.combine(on, time(0), zone()) if on else now)
    return {"due_at": moment(row.answer_by), "waited_days": row.waited_days}


def go_on(row: RightsRequest, until: datetime) -> None:
    """The days that it waited, whole ones: a part of a day is the company's own."""
    assert row.waiting_since
    row.waited_days += max(0, (until - row.waiting_since).days)
    row.waiting_since, row.waiting_for = None, ""
    home, waited = settings.PORTAL_COUNTRY, row.waited_days
    regime, day = Regime(row.regime), received_on(row)
    terms = terms_of(regime, kind(row), day, home=home, waited=waited)
    row.due_at, row.target_on = end_of(terms.answer.on, zone()), terms.target
    row.clocks = row.clocks | {"answer": spelled(terms.answer)}
    longer = extended_of(regime, kind(row), day, home=home, waited=waited) if row.extended_to else None
    if longer:
        row.extended_to = end_of(longer.on, zone())
        row.clocks |= {"extended": spelled(longer)}
