"""An officer works on a request: who asks, where data lies, when it is answered. Each act is a step on record."""

from collections.abc import Collection
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction

from consents.choices.rules import ActContext
from consents.core import clock
from consents.core.durations import get_home_day
from consents.law import identity
from consents.law.clocks import get_end_of_day
from consents.law.identity import Fact, Level, is_sure_enough
from consents.law.kinds import Type, gets_kinds_instead
from consents.law.reasons import Extension, describe_due
from consents.ledger.rules import Actor, format_ledger_moment
from consents.people.models import StaffMember
from consents.people.services.holding import OFFICERS, OwnMatter, check_not_own_matter
from consents.rights import words
from consents.rights.fulfilment.registry import get_fulfilment
from consents.rights.models import (
    Acknowledgement,
    DeadlineExtension,
    IdentityCheck,
    RecipientNotice,
    RightsRequest,
    Search,
)
from consents.rights.recipients import awaits_confirmation, find_requesters
from consents.rights.refusals import (
    AlreadyAnswered,
    AlreadyExtended,
    BadDayOfTelling,
    ColleagueHasIt,
    IsWaiting,
    NoExtension,
    NotAmongOfficers,
    NotTheRequester,
    NotYours,
    OwnMatterOfColleague,
    SayHowTold,
    TooFewFacts,
    TooLateToExtend,
)
from consents.rights.rules import Channel, PlaceChoice, TellingWay, Waiting
from consents.rights.selectors import has_officer
from consents.rights.services import immediate_effects
from consents.rights.services.emails import build_telling_details, check_day_told, notify_requester
from consents.rights.services.filing import record_immediate_answer
from consents.rights.services.recording import (
    append_rights_entry,
    assign_to,
    compute_longer_due,
    get_home_zone,
    get_receipt_day,
    lock_for_officer,
    lock_open_rights_request,
    lock_rights_request,
    record_step,
)
from consents.rights.services.requester_actions import set_customer
from consents.rights.services.waiting import end_wait


@transaction.atomic
def record_acknowledgement(*, rights_request: UUID, officer: StaffMember, by: Actor) -> RightsRequest:
    """Record that the person was told: it arrived, how it goes on, when to expect the answer. Repeating changes
    nothing.

    Raises Unknown, NotAnOfficer, OwnMatter, AlreadyAnswered.
    """
    locked = lock_open_rights_request(rights_request, officer)
    if locked.acknowledged_at:
        return locked
    record_step(locked, Acknowledgement, acknowledged_at=clock.now())
    append_rights_entry(locked, "acknowledged", by)
    return locked


@transaction.atomic
def confirm_identity(
    *,
    rights_request: UUID,
    level: Level,
    facts: Collection[Fact],
    officer: StaffMember,
    by: Actor,
    customer: UUID | None = None,
    place: PlaceChoice | None = None,
    answered_on: date | None = None,
) -> RightsRequest:
    """Record that the requester is known, by facts compared with what is on file; `customer` if nobody was matched yet.

    A request for specific pieces may be confirmed less surely: it is answered with the kinds of data alone (11 CCR
    7024(a)). A clock that waited for it goes on, from `answered_on`: the day the facts came, today if not given.
    Repeating it changes nothing. Raises Unknown, NotAnOfficer, OwnMatter, AlreadyAnswered, TooFewFacts,
    BadDayOfAnswer, and what `set_customer` raises.
    """
    locked = lock_open_rights_request(rights_request, officer, matching=customer)
    if locked.verified_at:
        return locked
    needed = locked.identity_needed
    check_facts(locked, level, facts)
    set_customer(locked, customer, place, officer, by)
    if locked.identity_needed != needed:
        if locked.identity_needed == Level.NOT_REQUIRED:
            return finish_match(locked, officer, by)
        check_facts(locked, level, facts)
    assign_to(locked, officer)
    record_step(locked, IdentityCheck, level=level, checked_at=clock.now())
    resumed = end_wait(locked, Waiting.IDENTITY, answered_on)
    words.reseal_for_customer(locked)
    get_fulfilment(locked).protect(locked, by)
    instead = {"instead": "kinds"} if locked.gets_kinds_instead else {}
    append_rights_entry(locked, "identity_confirmed", by, level, facts=sorted(facts), **instead, **resumed)
    return locked


def check_facts(rights_request: RightsRequest, level: Level, facts: Collection[Fact]) -> None:
    """Require facts that prove the level, and a level that this right accepts. Raises TooFewFacts."""
    is_sure = is_sure_enough(level, Level(rights_request.identity_needed))
    if not identity.is_proved_by(level, frozenset(facts)) or not (
        is_sure or is_enough_for_kinds(rights_request, level)
    ):
        raise TooFewFacts


def is_enough_for_kinds(rights_request: RightsRequest, level: Level) -> bool:
    """Tell whether the level is enough for the kinds alone; account holders sign in afresh and get the data itself."""
    return rights_request.channel != Channel.PORTAL and gets_kinds_instead(Type(rights_request.request_type), level)


@transaction.atomic
def confirm_own_identity(*, rights_request: UUID, customer: UUID, by: Actor) -> RightsRequest:
    """Record that whoever asked has just signed in again, the surest proof (11 CCR 7061). Repeating it changes nothing.

    Raises Unknown (not theirs), AlreadyAnswered, NotYours (it came in another way, or needs no such thing),
    NotTheRequester (somebody else who acts for the customer asked).
    """
    locked = lock_rights_request(rights_request, customer=customer)
    if locked.verified_at:
        return locked
    if locked.is_answered:
        raise AlreadyAnswered
    if not awaits_confirmation(locked):
        raise NotYours
    if find_requesters([locked]).get(locked.pk) != by.id:
        raise NotTheRequester
    record_step(locked, IdentityCheck, level=Level.SESSION, checked_at=clock.now())
    resumed = end_wait(locked, Waiting.IDENTITY)
    get_fulfilment(locked).protect(locked, by)
    append_rights_entry(locked, "identity_confirmed", by, Level.SESSION, **resumed)
    return locked


@transaction.atomic
def fail_identity(
    *, rights_request: UUID, officer: StaffMember, by: Actor, answered_on: date | None = None
) -> RightsRequest:
    """Record that it could not be confirmed who asks; a later check may still succeed. A clock that waited for that
    goes on, from `answered_on`: the day something came that was not enough, today where nothing did.

    Raises Unknown, NotAnOfficer, OwnMatter, AlreadyAnswered, BadDayOfAnswer, NoCalendar, and NotYours where identity
    is known or never asked."""
    locked = lock_open_rights_request(rights_request, officer)
    if locked.verified_at or locked.identity_needed == Level.NOT_REQUIRED:
        raise NotYours
    assign_to(locked, officer)
    record_step(locked, IdentityCheck, level=Level.FAILED, checked_at=clock.now())
    resumed = end_wait(locked, Waiting.IDENTITY, answered_on)
    append_rights_entry(locked, "identity_failed", by, Level.FAILED, **resumed)
    return locked


@transaction.atomic
def match_to_customer(
    *, rights_request: UUID, customer: UUID, officer: StaffMember, by: Actor, place: PlaceChoice | None = None
) -> RightsRequest:
    """Match the request to its customer where that needs no check; an opt-out is done with it. Repeats change nothing.

    By the law of the chosen place the right may ask who it is: then identity is still to be confirmed. Raises Unknown,
    NotAnOfficer, OwnMatter, AlreadyAnswered, TooFewFacts (this right asks who), and what `set_customer` raises.
    """
    locked = lock_open_rights_request(rights_request, officer, matching=customer)
    if locked.customer_id == customer:
        return locked
    if locked.identity_needed != Level.NOT_REQUIRED:
        raise TooFewFacts
    set_customer(locked, customer, place, officer, by)
    return finish_match(locked, officer, by)


def finish_match(rights_request: RightsRequest, officer: StaffMember, by: Actor) -> RightsRequest:
    """Carry out what acts at once, and record the match."""
    assign_to(rights_request, officer)
    is_done = get_fulfilment(rights_request).is_immediate
    if is_done:
        immediate_effects.carry_out_right(rights_request, by, ActContext(method=immediate_effects.RIGHT))
        record_immediate_answer(rights_request, clock.now())
    words.reseal_for_customer(rights_request)
    get_fulfilment(rights_request).protect(rights_request, by)
    append_rights_entry(rights_request, "answered" if is_done else "matched", by, rights_request.outcome)
    if is_done:
        notify_requester(rights_request, "answered")
    return rights_request


@transaction.atomic
def extend_deadline(
    *, rights_request: UUID, reason: Extension, officer: StaffMember, by: Actor, told_on: date | None = None
) -> RightsRequest:
    """Extend the time, once, counted from the receipt; the person is told the reason now, inside the first period, or
    was told on `told_on` where no email reaches them.

    Raises Unknown, NotAnOfficer, OwnMatter, AlreadyAnswered, NoExtension, AlreadyExtended, IsWaiting, TooLateToExtend,
    NoCalendar, NobodyToWriteTo, BadDayOfTelling.
    """
    locked, now = lock_open_rights_request(rights_request, officer), clock.now()
    if locked.extended_to:
        raise AlreadyExtended
    if locked.waiting_since:
        raise IsWaiting
    if now > locked.register.due_at:
        raise TooLateToExtend
    longer = compute_longer_due(locked, locked.waited_days)
    if longer is None:
        raise NoExtension
    check_day_told(locked, told_on, now)
    assign_to(locked, officer)
    extended_to, clock_of_it = get_end_of_day(longer.on, get_home_zone()), describe_due(longer)
    record_step(locked, DeadlineExtension, extended_to=extended_to, reason=reason, notified_at=now, clock=clock_of_it)
    told = build_telling_details(locked, told_on)
    append_rights_entry(
        locked, "extended", by, reason, extended_to=format_ledger_moment(extended_to), rule=longer.rule, **told
    )
    notify_requester(locked, "extended")
    return locked


@transaction.atomic
def record_search(*, rights_request: UUID, system: str, found: bool, officer: StaffMember, by: Actor) -> Search:
    """Record that a system was searched, and whether anything of the customer's was in it. Raises Unknown,
    NotAnOfficer, OwnMatter, AlreadyAnswered."""
    locked = lock_open_rights_request(rights_request, officer)
    assign_to(locked, officer)
    search = Search.record(rights_request=locked, system=system.strip(), found=found, searched_by=officer.user)
    append_rights_entry(locked, "system_searched", by, "found" if found else "nothing_found", search=search.pk)
    return search


@transaction.atomic
def record_recipient_notices(
    *,
    rights_request: UUID,
    recipients: Collection[int],
    officer: StaffMember,
    by: Actor,
    way: TellingWay | None = None,
    told_on: date | None = None,
    why_not: RecipientNotice.WhyNot | None = None,
) -> list[RecipientNotice]:
    """Note that recipients were told of what was done, how and on which day, today if not given; or, with `why_not`,
    why they were not. Before the answer or after; what was noted of one stays as it was.

    Raises Unknown, NotAnOfficer, OwnMatter, SayHowTold, BadDayOfTelling.
    """
    locked, today = lock_for_officer(rights_request, officer), get_home_day(clock.now())
    if (way is None) == (why_not is None):
        raise SayHowTold
    day = (told_on or today) if way else None
    if day and not get_receipt_day(locked) <= day <= today:
        raise BadDayOfTelling
    noted = set(locked.recipientnotice_set.values_list("recipient", flat=True))
    terms = {"why_not": why_not or "", "way": way or "", "told_on": day, "told_by": officer.user}
    return [record_recipient_notice(locked, recipient, by, **terms) for recipient in sorted({*recipients} - noted)]


def record_recipient_notice(rights_request: RightsRequest, recipient: int, by: Actor, **terms: Any) -> RecipientNotice:
    notice = RecipientNotice.record(rights_request=rights_request, recipient_id=recipient, **terms)
    how = {"way": str(notice.way), "told_on": notice.told_on.isoformat()} if notice.told_on else {}
    append_rights_entry(
        rights_request, "recipient_told", by, notice.why_not or "told", recipient=notice.recipient.code, **how
    )
    return notice


@transaction.atomic
def take_rights_request(*, rights_request: UUID, officer: StaffMember, by: Actor) -> RightsRequest:
    """Take a request that nobody works on, or whose officer no longer is one. Repeating it changes nothing.

    Raises Unknown, NotAnOfficer, OwnMatter, AlreadyAnswered, ColleagueHasIt.
    """
    locked = lock_open_rights_request(rights_request, officer)
    if locked.handler_id == officer.pk:
        return locked
    if locked.handler is not None and has_officer(locked):
        raise ColleagueHasIt(name=locked.handler.get_full_name())
    assign_to(locked, officer)
    append_rights_entry(locked, "assigned", by, "taken", officer=str(officer.pk))
    return locked


@transaction.atomic
def hand_over_rights_request(*, rights_request: UUID, to: UUID, officer: StaffMember, by: Actor) -> RightsRequest:
    """Make the officer `to` the one who works on the request, whoever did before. Repeating it changes nothing.

    Raises Unknown, NotAnOfficer, OwnMatter, AlreadyAnswered, NotAmongOfficers, OwnMatterOfColleague.
    """
    locked = lock_open_rights_request(rights_request, officer)
    if locked.handler_id == to:
        return locked
    handler = StaffMember.objects.filter(pk=to, ended_at=None, role__in=OFFICERS).select_related("user").first()
    if handler is None:
        raise NotAmongOfficers
    check_not_matter_of(handler, locked)
    assign_to(locked, handler)
    append_rights_entry(locked, "assigned", by, "handed_over", officer=str(handler.pk))
    return locked


def check_not_matter_of(colleague: StaffMember, rights_request: RightsRequest) -> None:
    """Raises OwnMatterOfColleague if they act for the customer."""
    try:
        if rights_request.customer_id:
            check_not_own_matter(colleague.pk, rights_request.customer_id)
    except OwnMatter:
        raise OwnMatterOfColleague from None
