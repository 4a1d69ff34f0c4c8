"""Invite colleagues, change their place and end it, as an officer; what takes two of them is proposed."""

from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from consents.core.refusals import Refusal, get_or_refuse
from consents.ledger.rules import Actor
from consents.ledger.services import appending
from consents.people.models import Role, StaffMember, StaffProposal
from consents.people.services.colleagues import (
    check_not_placed_by_directory,
    lock_colleague,
    lock_working_colleague,
)
from consents.people.services.customer_records import check_look_ups_left
from consents.people.services.holding import OFFICERS, check_officer
from consents.people.services.staff_members import (
    admit_staff,
    assign_manager,
    end_staff_membership,
    move_staff_member,
    record_staff_change,
    return_staff_member,
)
from consents.people.services.staff_proposals import propose_change


class SignedInAlready(Refusal):
    sentence = _("This colleague has signed in already, so no invitation is needed.")


@transaction.atomic
def invite_to_staff_site(
    *,
    officer: StaffMember,
    email: str,
    role: Role,
    team: str,
    first_name: str,
    last_name: str = "",
    number: str = "",
    by: Actor,
) -> StaffMember:
    """Invite a colleague, who is told by email how to sign in. An officer to be begins as a requester, until a second
    officer has approved. Raises NotAnOfficer, TooManyLookUps, AddressInUse.

    That an address is in use tells that a customer has it, unless a colleague does: the page puts that on record as a
    look-up, and it is limited with look-ups.
    """
    check_officer(officer, OFFICERS)
    check_look_ups_left(by)
    member = admit_staff(
        email=email, role=Role.REQUESTER, team=team, first_name=first_name, last_name=last_name, number=number, by=by
    )
    record_staff_change("staff.invitation_sent", "invited", member, by, details={"officer": str(officer.pk)})
    if role in OFFICERS:
        propose_change(StaffProposal(member=member, kind=StaffProposal.Kind.ROLE, role=role, team=team), officer, by)
    return member


@transaction.atomic
def send_invitation_again(*, member: UUID, officer: StaffMember, by: Actor) -> StaffMember:
    """Tell a colleague who has never signed in once more how to. Raises NotAnOfficer, Unknown, OwnPlace, NoLongerHere,
    SignedInAlready.
    """
    locked = lock_working_colleague(member, officer)
    if locked.user.last_login:
        raise SignedInAlready
    record_staff_change("staff.invitation_sent", "invited", locked, by, details={"officer": str(officer.pk)})
    return locked


@transaction.atomic
def change_colleague_place(
    *, member: UUID, role: Role, team: str, officer: StaffMember, by: Actor
) -> StaffMember | StaffProposal:
    """Give a colleague another role or team at once, or propose it where they become an officer.

    What they asked for, and what customers gave them, ends with the change. Raises NotAnOfficer, Unknown, OwnPlace,
    NoLongerHere, PlacedByDirectory, AlreadyProposed.
    """
    locked = lock_working_colleague(member, officer)
    check_not_placed_by_directory(locked)
    if needs_second_officer(locked, role):
        change = StaffProposal(member=locked, kind=StaffProposal.Kind.ROLE, role=role, team=team)
        return propose_change(change, officer, by)
    move_staff_member(member=locked, role=role, team=team, by=by)
    return locked


def needs_second_officer(member: StaffMember, role: Role) -> bool:
    """Tell whether another officer must agree to this role: it makes an officer of them."""
    return role in OFFICERS and role != member.role


@transaction.atomic
def assign_colleague_manager(*, member: UUID, manager: UUID, officer: StaffMember, by: Actor) -> StaffMember:
    """Set who must agree to a colleague's requests where a purpose asks for it: what waits, waits for them from now on.

    Raises NotAnOfficer, Unknown, OwnPlace, NoLongerHere, OwnManager, ManagerNotHere.
    """
    appending.lock_people(member, manager, officer.pk)
    locked = lock_working_colleague(member, officer)
    chosen = get_or_refuse(StaffMember.objects.select_related("user").filter(pk=manager))
    assign_manager(member=locked, manager=chosen, by=by)
    return locked


@transaction.atomic
def end_colleague_place(*, member: UUID, officer: StaffMember, by: Actor) -> StaffMember:
    """End a colleague's membership; repeating it changes nothing. Raises NotAnOfficer, Unknown, OwnPlace."""
    locked = lock_colleague(member, officer)
    end_staff_membership(member=locked, by=by)
    return locked


@transaction.atomic
def return_colleague(*, member: UUID, team: str, officer: StaffMember, by: Actor) -> StaffMember:
    """Let a colleague who had left work here again, as a requester; repeating it changes nothing.

    Raises NotAnOfficer, Unknown, OwnPlace, PlacedByDirectory.
    """
    locked = lock_colleague(member, officer)
    check_not_placed_by_directory(locked)
    return_staff_member(member=locked, role=Role.REQUESTER, team=team, by=by)
    return locked
