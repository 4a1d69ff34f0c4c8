"""Lock a colleague for an act of an officer, who never acts about themselves."""

from uuid import UUID

from django.utils.translation import gettext_lazy as _

from consents.core.refusals import NotPermitted, Refusal, get_or_refuse
from consents.ledger.services import appending
from consents.people import selectors
from consents.people.models import StaffMember
from consents.people.services.holding import OFFICERS, check_officer


class OwnPlace(NotPermitted):
    sentence = _("Nobody changes their own place here. Ask another officer.")


class NoLongerHere(Refusal):
    sentence = _("This colleague no longer works here.")


class PlacedByDirectory(Refusal):
    sentence = _("The company’s directory says where this colleague works. Change it there.")


def lock_working_colleague(member: UUID, officer: StaffMember) -> StaffMember:
    """Raises NotAnOfficer, Unknown, OwnPlace, NoLongerHere."""
    locked = lock_colleague(member, officer)
    check_still_works_here(locked)
    return locked


def lock_colleague(member: UUID, officer: StaffMember) -> StaffMember:
    """Make other acts about the two wait, and return the colleague as they are now: of two officers who end each other
    one stays. Raises NotAnOfficer, Unknown, OwnPlace.
    """
    appending.lock_people(member, officer.pk)
    officer.refresh_from_db(fields=["role", "ended_at"])
    check_officer(officer, OFFICERS)
    if member == officer.pk:
        raise OwnPlace
    return get_or_refuse(StaffMember.objects.select_related("user").filter(pk=member))


def check_still_works_here(member: StaffMember) -> None:
    if member.ended_at or not member.user.is_active:
        raise NoLongerHere


def check_not_placed_by_directory(member: StaffMember) -> None:
    """Raises PlacedByDirectory: two sources of one truth would move people back and forth."""
    if selectors.is_placed_by_directory(member.pk):
        raise PlacedByDirectory
