"""An officer works on a request: who asks, where data lies, when it is answered. Each act is a step on record."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from django.conf import settings
from django.db import transaction

from consents.choices.rules import How
from consents.core import clock
from consents.core.refusals import Unknown
from consents.ledger.rules import Actor, moment
from consents.people.models import Customer, StaffMember
from consents.people.services import AlreadyErased
from consents.people.services.holding import OFFICERS, check_officer
from consents.rights import words
from consents.rights.models import RightsRequest, Search, Told
from consents.rights.rules import answers
from consents.rights.rules.answers import Channel, Extension, Fact, State, Waiting
from consents.rights.rules.clocks import end_of
from consents.rights.rules.kinds import Level, Regime, Type, gets_kinds_instead, suffices
from consents.rights.rules.terms import extended_of, spelled
from consents.rights.services import at_once
from consents.rights.services.filing import answer_at_once
from consents.rights.services.recording import held, held_open, kind, received_on, take, tell, zone
from consents.rights.services.refusals import (
    AlreadyAnswered,
    AlreadyExtended,
    AnotherCustomer,
    IsWaiting,
    NoExtension,
    NotYours,
    TooFewFacts,
    TooLateToExtend,
)
from consents.rights.services.telling import check_told, told_in_words, write_to
from consents.rights.services.waiting import CLOCK, end_wait


@transaction.atomic
def acknowledge(*, request: UUID, officer: StaffMember, by: Actor) -> RightsRequest:
    """The person was told that it arrived, how it goes on and when to expect the answer. Repeating it changes nothing.

    Raises Unknown, NotAnOfficer, AlreadyAnswered.
    """
    row = held_open(request, officer)
    if row.acknowledged_at:
        return row
    row.acknowledged_at = clock.now()
    if row.state == State.RECEIVED:
        row.state = State.ACKNOWLEDGED
    row.save(update_fields=["acknowledged_at", "state"])
    tell(row, "acknowledged", by)
    return row


@transaction.atomic
def confirm_identity(
    *,
    request: UUID,
    level: Level,
    facts: Collection[Fact],
    officer: StaffMember,
    by: Actor,
    customer: UUID | None = None,
    answered_on: date | None = None,
) -> RightsRequest:
    """It is known who asks, by facts compared with what is on file; `customer` where nobody knew yet whose it is.
    Of a request for specific pieces also less surely: it is answered with the kinds of data alone (11 CCR 7024(a)).
    A clock that waited for that goes on, from `answered_on`: the day the facts came, today if not given.

    Repeating it changes nothing. Raises Unknown, NotAnOfficer, AlreadyAnswered, TooFewFacts, AnotherCustomer,
    AlreadyErased, BadDayOfAnswer.
    """
    row = held_open(request, officer, matching=customer)
    if row.verified_at:
        return row
    is_enough = suffices(level, Level(row.identity_needed)) or is_enough_for_kinds(row, level)
    if not answers.is_proved(level, frozenset(facts)) or not is_enough:
        raise TooFewFacts
    belong_to(row, customer)
    row.verification_level, row.verified_at = level, clock.now()
    resumed = end_wait(row, Waiting.IDENTITY, answered_on)
    take(row, officer)
    row.save(update_fields=["customer", "verification_level", "verified_at", *CLOCK, "handler", "state"])
    words.make_theirs(row)
    at_once.protect(row, by)
    instead = {"instead": "kinds"} if row.gets_kinds_instead else {}
    tell(row, "identity_confirmed", by, level, facts=sorted(facts), **instead, **resumed)
    return row


def is_enough_for_kinds(row: RightsRequest, level: Level) -> bool:
    """Not of an account holder, who signs in afresh and gets the data itself."""
    return row.channel != Channel.PORTAL and gets_kinds_instead(Type(row.request_type), level)


@transaction.atomic
def confirm_own_identity(*, request: UUID, customer: UUID, by: Actor) -> RightsRequest:
    """The customer has just signed in again, which is as sure as it gets (11 CCR 7061). Repeating it changes nothing.

    Raises Unknown (not theirs), AlreadyAnswered, NotYours (it came in another way, or needs no such thing).
    """
    row = held(request, customer=customer)
    if row.verified_at:
        return row
    if row.is_answered:
        raise AlreadyAnswered
    if row.channel != Channel.PORTAL or row.identity_needed == Level.NOT_REQUIRED:
        raise NotYours
    row.verification_level, row.verified_at = Level.SESSION, clock.now()
    resumed = end_wait(row, Waiting.IDENTITY)
    row.save(update_fields=["verification_level", "verified_at", *CLOCK])
    at_once.protect(row, by)
    tell(row, "identity_confirmed", by, Level.SESSION, **resumed)
    return row


@transaction.atomic
def fail_identity(*, request: UUID, officer: StaffMember, by: Actor, answered_on: date | None = None) -> RightsRequest:
    """It could not be confirmed who asks; a later check may still succeed. A clock that waited for that goes on, from
    `answered_on`: the day something came that was not enough, today where nothing did.

    Raises Unknown, NotAnOfficer, AlreadyAnswered, BadDayOfAnswer, NoCalendar, and NotYours where identity is known or
    never asked."""
    row = held_open(request, officer)
    if row.verified_at or row.identity_needed == Level.NOT_REQUIRED:
        raise NotYours
    row.verification_level = Level.FAILED
    resumed = end_wait(row, Waiting.IDENTITY, answered_on)
    take(row, officer)
    row.save(update_fields=["verification_level", *CLOCK, "handler", "state"])
    tell(row, "identity_failed", by, Level.FAILED, **resumed)
    return row


@transaction.atomic
def match(*, request: UUID, customer: UUID, officer: StaffMember, by: Actor) -> RightsRequest:
    """Whose request it is, where that needs no check: an opt-out is done with it. Repeating it changes nothing.

    Raises Unknown, NotAnOfficer, AlreadyAnswered, AnotherCustomer, AlreadyErased, TooFewFacts (this right asks who).
    """
    row = held_open(request, officer, matching=customer)
    if row.customer_id == customer:
        return row
    if row.identity_needed != Level.NOT_REQUIRED:
        raise TooFewFacts
    belong_to(row, customer)
    take(row, officer)
    is_done = row.request_type in at_once.ACTS
    if is_done:
        at_once.perform(row, by, How(method=at_once.RIGHT))
        answer_at_once(row, clock.now())
    row.save()
    words.make_theirs(row)
    at_once.protect(row, by)
    tell(row, "answered" if is_done else "matched", by, row.outcome)
    if is_done:
        write_to(row, "answered")
    return row


def belong_to(row: RightsRequest, customer: UUID | None) -> None:
    """From now on it is this customer's; it stays somebody's for ever."""
    if row.customer_id or not customer:
        if customer and customer != row.customer_id:
            raise AnotherCustomer
        if not row.customer_id:
            raise Unknown
        return
    person = Customer.objects.filter(pk=customer).first()
    if person is None:
        raise Unknown
    if person.erased_at:
        raise AlreadyErased
    row.customer = person


@transaction.atomic
def extend(
    *, request: UUID, reason: Extension, officer: StaffMember, by: Actor, told_on: date | None = None
) -> RightsRequest:
    """Longer, once, counted from the receipt; the person is told the reason now, inside the first period, or was told
    on `told_on` where no mail reaches them.

    Raises Unknown, NotAnOfficer, AlreadyAnswered, NoExtension, AlreadyExtended, IsWaiting, TooLateToExtend, NoCalendar,
    NobodyToWriteTo, BadDayOfTelling.
    """
    row, now = held_open(request, officer), clock.now()
    if row.extended_to:
        raise AlreadyExtended
    if row.waiting_since:
        raise IsWaiting
    if now > row.due_at:
        raise TooLateToExtend
    longer = extended_of(
        Regime(row.regime), kind(row), received_on(row), home=settings.PORTAL_COUNTRY, waited=row.waited_days
    )
    if longer is None:
        raise NoExtension
    check_told(row, told_on, now)
    row.extended_to, row.extension_reason, row.extension_notified_at = end_of(longer.on, zone()), reason, now
    row.clocks = row.clocks | {"extended": spelled(longer)}
    take(row, officer)
    row.save(update_fields=["extended_to", "extension_reason", "extension_notified_at", "clocks", "handler", "state"])
    told = told_in_words(row, told_on)
    tell(row, "extended", by, reason, extended_to=moment(row.extended_to), rule=longer.rule, **told)
    write_to(row, "extended")
    return row


@transaction.atomic
def note_search(*, request: UUID, system: str, found: bool, officer: StaffMember, by: Actor) -> Search:
    """A system was searched, and something of the customer's was in it or not. Raises Unknown, NotAnOfficer,
    AlreadyAnswered."""
    row = held_open(request, officer)
    take(row, officer)
    row.save(update_fields=["handler", "state"])
    search = Search.objects.create(request=row, system=system.strip(), found=found, searched_by=officer.user)
    tell(row, "system_searched", by, "found" if found else "nothing_found", search=search.pk)
    return search


@transaction.atomic
def note_told(
    *, request: UUID, recipient: int, officer: StaffMember, by: Actor, why_not: Told.WhyNot | None = None
) -> Told:
    """A recipient was told of what was done, or why that cannot be; before the answer or after. Repeating it changes
    nothing. Raises Unknown, NotAnOfficer."""
    row = held_by_officer(request, officer)
    earlier = Told.objects.filter(request=row, recipient=recipient).first()
    if earlier:
        return earlier
    told = Told.objects.create(request=row, recipient_id=recipient, why_not=why_not or "", told_by=officer.user)
    tell(row, "recipient_told", by, why_not or "told", recipient=told.recipient.code)
    return told


def held_by_officer(request: UUID, officer: StaffMember) -> RightsRequest:
    check_officer(officer, OFFICERS)
    return held(request)
