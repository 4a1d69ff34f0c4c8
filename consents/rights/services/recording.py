"""Begin and end every act on a request: lock the row, record the step, append the entry."""

from datetime import tzinfo
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.utils import timezone

from consents.core import clock
from consents.core.durations import get_home_day
from consents.core.refusals import get_or_refuse
from consents.law.authorities import Authority, find_authorities
from consents.law.clocks import Due
from consents.law.identity import Level
from consents.law.kinds import KINDS, Kind, Regime, Type
from consents.law.reasons import compute_extension
from consents.ledger.rules import Actor
from consents.ledger.services import appending
from consents.people.models import StaffMember
from consents.people.selectors import has_stood_for
from consents.people.services.holding import OFFICERS, check_not_own_matter, check_officer
from consents.rights.models import Answer, AppealDecision, AppendOnlyStep, Assignment, RightsRequest
from consents.rights.refusals import AlreadyAnswered, StoodForTheirCode


def get_home_zone() -> tzinfo:
    """Return the company's time zone: days are counted there."""
    return timezone.get_default_timezone()


def list_authorities(regime: Regime, jurisdiction: str) -> tuple[Authority, ...]:
    """List the authorities that hear a complaint about us."""
    return find_authorities(regime, jurisdiction, home=settings.PORTAL_COUNTRY, ours=settings.PORTAL_AUTHORITY)


def lock_rights_request(
    rights_request: UUID, *, customer: UUID | None = None, matching: UUID | None = None
) -> RightsRequest:
    """Lock the row, and hold off every other act about its customer. `customer`: theirs alone; `matching`: whose it may
    turn out to be. Raises Unknown."""
    known = RightsRequest.objects.filter(pk=rights_request).values_list("customer_id", flat=True).first()
    appending.lock_people(*{one for one in (known, customer, matching) if one})
    # Not the key: what is noted on it points to this row.
    rows = RightsRequest.objects.select_for_update(of=("self",), no_key=True).select_related("customer")
    return get_or_refuse(rows.filter(pk=rights_request, **({"customer": customer} if customer else {})))


def lock_for_officer(rights_request: UUID, officer: StaffMember, *, matching: UUID | None = None) -> RightsRequest:
    """Lock a request, open or not, for the act of an officer who does not act for its customer.

    Raises Unknown, NotAnOfficer, OwnMatter.
    """
    check_officer(officer, OFFICERS)
    locked = lock_rights_request(rights_request, matching=matching)
    for customer in (locked.customer_id, matching):
        if customer:
            check_not_own_matter(officer.pk, customer)
    return locked


def lock_open_rights_request(
    rights_request: UUID, officer: StaffMember, *, matching: UUID | None = None
) -> RightsRequest:
    """Lock a request that waits for its answer, for an officer's act.

    Raises NotAnOfficer, OwnMatter, AlreadyAnswered.
    """
    locked = lock_for_officer(rights_request, officer, matching=matching)
    if locked.is_answered:
        raise AlreadyAnswered
    return locked


def check_stands_apart(rights_request: RightsRequest, officer: StaffMember) -> None:
    """Refuse the officer who let somebody act for the customer. Raises StoodForTheirCode."""
    if not stands_apart(rights_request, officer):
        raise StoodForTheirCode


def stands_apart(rights_request: RightsRequest, officer: StaffMember) -> bool:
    """Return whether it was others than this officer who let somebody act for the customer."""
    return rights_request.customer_id is None or not has_stood_for(officer.pk, rights_request.customer_id)


def record_step[S: AppendOnlyStep](rights_request: RightsRequest, step: type[S], **values: Any) -> S:
    """Record a step, and read again what follows from it. With an answer go the letters that were begun."""
    recorded = step.record(rights_request=rights_request, **values)
    if issubclass(step, Answer | AppealDecision):
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM rights_draft WHERE rights_request_id = %s", [rights_request.pk])
    rights_request.refresh_progress()
    return recorded


def assign_to(rights_request: RightsRequest, officer: StaffMember) -> None:
    """Assign an open request to the officer who acts on it."""
    if rights_request.handler_id != officer.pk:
        record_step(rights_request, Assignment, officer=officer.user, assigned_at=clock.now())


def get_known_identity(rights_request: RightsRequest) -> str:
    """Return how surely the requester is known, without a look at the register where the right asks for nothing."""
    if rights_request.identity_needed == Level.NOT_REQUIRED:
        return str(Level.NOT_REQUIRED)
    return str(rights_request.verification_level)


def get_request_kind(rights_request: RightsRequest) -> Kind:
    return KINDS[Regime(rights_request.regime)][Type(rights_request.request_type)]


def get_receipt_day(rights_request: RightsRequest) -> Any:
    return get_home_day(rights_request.received_at)


def compute_longer_due(rights_request: RightsRequest, waited: int) -> Due | None:
    """Compute until when the time for the answer can be extended; `waited`: days the clock stood still. None for a
    right without an extension. Raises NoCalendar."""
    regime, kind, day = Regime(rights_request.regime), get_request_kind(rights_request), get_receipt_day(rights_request)
    return compute_extension(regime, kind, day, home=settings.PORTAL_COUNTRY, waited=waited)


def append_rights_entry(rights_request: RightsRequest, step: str, by: Actor, outcome: str = "", **details: Any) -> None:
    """Append the one entry of an act: codes and moments, never what anybody wrote."""
    appending.append_entry(
        event=f"rights_request.{step}",
        by=by,
        customer=rights_request.customer_id,
        object_type="rights_request",
        object=rights_request.id,
        outcome=outcome,
        details={"number": rights_request.number} | details,
    )
