"""Match a request to its customer, under the law of the place that counts.

Where the request and the record name different places, an officer chooses which counts; right and due moments follow.
"""

from datetime import datetime
from uuid import UUID

from consents.core import clock
from consents.core.refusals import Unknown, get_or_refuse
from consents.law.clocks import get_end_of_day
from consents.law.kinds import BEGAN, Kind, Type, find_jurisdiction, find_regime, get_kind
from consents.law.nearest import find_nearest_right
from consents.law.terms import describe_due
from consents.ledger.rules import Actor, format_ledger_moment
from consents.people.models import Customer, StaffMember
from consents.people.services.holding import AlreadyErased
from consents.rights.models import LawChoice, RightsRequest
from consents.rights.refusals import AnotherCustomer, BeforeItsLaw, NoSuchRight, PlacesDiffer
from consents.rights.rules.inputs import PlaceChoice
from consents.rights.services.emails import notify_requester
from consents.rights.services.filing import set_clocks
from consents.rights.services.recording import (
    append_rights_entry,
    compute_longer_due,
    get_home_zone,
    get_receipt_day,
    record_step,
)
from consents.rights.services.waiting import record_pause_end

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
