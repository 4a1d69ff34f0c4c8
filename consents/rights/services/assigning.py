"""Say who works on a request: an officer takes one that is nobody's, or hands one to a colleague."""

from uuid import UUID

from django.db import transaction

from consents.ledger.rules import Actor
from consents.people.models import StaffMember
from consents.people.services.holding import OFFICERS, OwnMatter, check_not_own_matter
from consents.rights.models import RightsRequest
from consents.rights.refusals import ColleagueHasIt, NotAmongOfficers, OwnMatterOfColleague
from consents.rights.selectors import has_officer
from consents.rights.services.recording import append_rights_entry, assign_to, lock_open_rights_request


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
