"""Match a request to its customer, under the law of the place that counts.

Where the request and the record name different places, an officer chooses which counts; right and due moments follow.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from consents.core import clock
from consents.core.durations import get_home_day
from consents.core.refusals import Unknown, get_or_refuse
from consents.law.clocks import get_end_of_day
from consents.law.kinds import BEGAN, Kind, Regime, Type, find_jurisdiction, find_nearest_right, find_regime, get_kind
from consents.law.reasons import compute_appeal_due, describe_due
from consents.ledger.rules import Actor, format_ledger_moment
from consents.notifications.services.queueing import confirm_act
from consents.people.models import Customer, StaffMember
from consents.people.services.holding import AlreadyErased
from consents.rights import words
from consents.rights.fulfilment import protocol
from consents.rights.fulfilment.registry import get_fulfilment
from consents.rights.models import Appeal, LawChoice, RightsRequest, Statement
from consents.rights.refusals import (
    AlreadyAnswered,
    AnotherCustomer,
    BadDayOfWord,
    BeforeItsLaw,
    NoSuchRight,
    NothingToAppeal,
    NotTyped,
    PlacesDiffer,
)
from consents.rights.rules import APPEALABLE, Appealed, Channel, Outcome, PlaceChoice, list_typed_channels
from consents.rights.services.answering import record_answer
from consents.rights.services.emails import notify_requester
from consents.rights.services.filing import set_clocks
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
from consents.rights.services.waiting import record_pause_end

# Whoever asked has the last word: they take the request back, or ask us to look at the answer again. Here by their own
# act; by post or telephone an officer puts it on record, with the day and the way it truly came.

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
    protocol.lift_marks(locked, by)
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
    protocol.announce_end(locked, by)
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


OF_LAW = ["regime", "jurisdiction", "request_type", "identity_needed"]
OF_CLOCKS = ["clocks", "acknowledge_by", "due_at", "due_rule", "due_unit", "calendar_id", "target_on"]


def set_customer(
    rights_request: RightsRequest, customer: UUID | None, place: PlaceChoice | None, officer: StaffMember, by: Actor
) -> None:
    """Give the request to this customer, for ever, under the law of the place that counts.

    Raises AnotherCustomer, Unknown, AlreadyErased, PlacesDiffer, NoSuchRight, BeforeItsLaw, NotYourLaw, NoCalendar.
    """
    if rights_request.customer_id or not customer:
        if customer and customer != rights_request.customer_id:
            raise AnotherCustomer
        if not rights_request.customer_id:
            raise Unknown
        return
    person = get_or_refuse(Customer.objects.filter(pk=customer))
    if person.erased_at:
        raise AlreadyErased
    recorded = find_jurisdiction(person.country, person.region, "")
    if recorded in ("", rights_request.jurisdiction):
        rights_request.customer = person
        rights_request.save(update_fields=["customer"])
        return
    if place is None or place.jurisdiction not in (recorded, rights_request.jurisdiction):
        raise PlacesDiffer(recorded)
    apply_choice(rights_request, person, place, officer, by)


def apply_choice(
    rights_request: RightsRequest, person: Customer, place: PlaceChoice, officer: StaffMember, by: Actor
) -> None:
    """Match the request under the law of the chosen place, and tell the customer if law or day changes."""
    filed = {
        "filed_regime": rights_request.regime,
        "filed_jurisdiction": rights_request.jurisdiction,
        "filed_type": rights_request.request_type,
        "filed_due_at": rights_request.due_at,
    }
    was_due, extended_to = rights_request.answer_by, rights_request.extended_to
    kind = find_right(rights_request, place)
    rights_request.regime, rights_request.jurisdiction = find_regime(place.jurisdiction), place.jurisdiction
    rights_request.request_type, rights_request.identity_needed = kind.type, kind.identity
    is_other_law = rights_request.regime != filed["filed_regime"]
    if is_other_law:
        set_clocks(rights_request, kind, waited=rights_request.waited_days)
        extended_to = extend_clocks(rights_request) if extended_to else None
    record_step(
        rights_request,
        LawChoice,
        regime=rights_request.regime,
        jurisdiction=rights_request.jurisdiction,
        request_type=rights_request.request_type,
        **filed,
        extended_to=extended_to,
        reason=place.reason,
        chosen_by=officer.user,
        chosen_at=clock.now(),
    )
    rights_request.customer = person
    rights_request.save(update_fields=["customer", *OF_LAW, *OF_CLOCKS])
    rights_request.refresh_progress()
    if rights_request.waiting_since and not kind.pauses:
        record_pause_end(rights_request, rights_request.waiting_since, clock.now())
    append_choice_entry(rights_request, place, filed, by)
    if is_other_law or rights_request.answer_by != was_due:
        notify_requester(rights_request, "law_chosen")


def find_right(rights_request: RightsRequest, place: PlaceChoice) -> Kind:
    """Return the right by the law of the chosen place. Raises NoSuchRight, BeforeItsLaw, NotYourLaw."""
    regime, filed = find_regime(place.jurisdiction), Type(rights_request.request_type)
    right = place.right or filed
    if right != find_nearest_right(regime, filed):
        raise NoSuchRight(regime, filed)
    received_on = get_receipt_day(rights_request)
    if received_on < BEGAN[regime]:
        raise BeforeItsLaw(BEGAN[regime])
    return get_kind(regime, right, received_on)


def extend_clocks(rights_request: RightsRequest) -> datetime | None:
    """Count the extension it had anew, and return until when; None where this right has none."""
    longer = compute_longer_due(rights_request, rights_request.waited_days)
    if longer is None:
        return None
    rights_request.clocks["extended"] = describe_due(longer)
    return get_end_of_day(longer.on, get_home_zone())


def append_choice_entry(rights_request: RightsRequest, place: PlaceChoice, filed: dict[str, object], by: Actor) -> None:
    is_changed = rights_request.jurisdiction != filed["filed_jurisdiction"]
    append_rights_entry(
        rights_request,
        "law_chosen",
        by,
        "changed" if is_changed else "kept",
        regime=str(rights_request.regime),
        jurisdiction=rights_request.jurisdiction,
        type=str(rights_request.request_type),
        was_regime=str(filed["filed_regime"]),
        was_jurisdiction=str(filed["filed_jurisdiction"]),
        was_type=str(filed["filed_type"]),
        reason=str(place.reason),
        due_at=format_ledger_moment(rights_request.due_at),
        rule=rights_request.due_rule,
    )
