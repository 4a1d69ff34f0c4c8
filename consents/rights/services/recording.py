"""What every act on a request begins and ends with: the row held, the step saved, the entry."""

from datetime import tzinfo
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from consents.core.refusals import Unknown
from consents.ledger import services as ledger
from consents.ledger.rules import Actor
from consents.people.models import StaffMember
from consents.people.services.holding import OFFICERS, check_officer
from consents.rights.models import RightsRequest
from consents.rights.rules.answers import State
from consents.rights.rules.authorities import Authority, hearing
from consents.rights.rules.clocks import day_of
from consents.rights.rules.kinds import KINDS, Kind, Regime, Type
from consents.rights.services.refusals import AlreadyAnswered


def zone() -> tzinfo:
    """Where the company is: its days are counted there."""
    return timezone.get_default_timezone()


def authorities_of(regime: Regime, jurisdiction: str) -> tuple[Authority, ...]:
    """Who hears a complaint about us."""
    return hearing(regime, jurisdiction, home=settings.PORTAL_COUNTRY, ours=settings.PORTAL_AUTHORITY)


def held(request: UUID, *, customer: UUID | None = None, matching: UUID | None = None) -> RightsRequest:
    """The row, and every other act about its customer held off. `customer`: theirs alone; `matching`: whose it may
    turn out to be. Raises Unknown."""
    known = RightsRequest.objects.filter(pk=request).values_list("customer_id", flat=True).first()
    ledger.hold(*{one for one in (known, customer, matching) if one})
    # Not the key: what is noted on it points to this row.
    rows = RightsRequest.objects.select_for_update(of=("self",), no_key=True).select_related("customer")
    row = rows.filter(pk=request, **({"customer": customer} if customer else {})).first()
    if row is None:
        raise Unknown
    return row


def held_open(request: UUID, officer: StaffMember, *, matching: UUID | None = None) -> RightsRequest:
    """The same, for an officer's act on a request that waits for its answer. Raises NotAnOfficer, AlreadyAnswered."""
    check_officer(officer, OFFICERS)
    row = held(request, matching=matching)
    if row.is_answered:
        raise AlreadyAnswered
    return row


def take(row: RightsRequest, officer: StaffMember) -> None:
    """Whoever acts on it handles it."""
    row.handler = officer.user
    if not row.is_answered:
        row.state = State.IN_PROGRESS


def kind(row: RightsRequest) -> Kind:
    return KINDS[Regime(row.regime)][Type(row.request_type)]


def received_on(row: RightsRequest) -> Any:
    return day_of(row.received_at, zone())


def tell(row: RightsRequest, step: str, by: Actor, outcome: str = "", **details: Any) -> None:
    """The one entry of an act: codes and moments, never what anybody wrote."""
    ledger.append(
        event=f"rights_request.{step}",
        by=by,
        customer=row.customer_id,
        object_type="rights_request",
        object=row.id,
        outcome=outcome,
        details={"number": row.number} | details,
    )
