"""Invite members of staff, move them to another place in the company, end their membership and begin it again."""

from collections.abc import Mapping
from uuid import UUID

from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from consents.core import clock
from consents.core.refusals import NotPermitted, NotValid, Refusal, get_or_refuse
from consents.ledger.rules import Actor
from consents.ledger.services import appending
from consents.people import rules, selectors
from consents.people.models import Role, StaffMember, StaffProposal, User
from consents.people.services.customer_records import check_look_ups_left
from consents.people.services.holding import OFFICERS, check_officer
from consents.people.services.locking import free_address
from consents.people.signals import staff_ended, staff_rights_changed
from consents.people.two_officers.matters import ProposedMatter


class AddressInUse(Refusal):
    sentence = _("This address already belongs to someone who signs in here.")
    status = 409


class OwnManager(NotValid):
    sentence = _("Nobody is their own manager. Choose somebody else.")


class ManagerNotHere(Refusal):
    sentence = _("This colleague no longer works here. Choose another manager.")


@transaction.atomic
def admit_staff(
    *, email: str, role: Role, team: str, first_name: str, last_name: str = "", number: str = "", by: Actor
) -> StaffMember:
    """Invite a member of staff who can sign in. A sign-up that never proved the address gives way to it.

    The address counts as verified; the first password is set with a mailed code ("Forgot your password?").
    Raises AddressInUse when the address is already in use.
    """
    free_address(rules.normalize_address(email))
    try:
        with transaction.atomic():
            user = User.objects.create_user(email, first_name=first_name, last_name=last_name)
    except IntegrityError:
        raise AddressInUse from None
    member = StaffMember.objects.create(user=user, role=role, team=team, number=number)
    appending.append_entry(
        event="staff.invited", by=by, object_type="user", object=user.id, outcome=role, details={"role": str(role)}
    )
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return member


@transaction.atomic
def end_staff_membership(*, member: StaffMember, by: Actor) -> None:
    """End a membership: the next request of any open session is refused, and what they asked for ends with it.

    Repeating it changes nothing.
    """
    appending.lock_people(member.pk)
    member.refresh_from_db(fields=["ended_at"])
    if member.ended_at:
        return
    member.ended_at = clock.now()
    member.save(update_fields=["ended_at"])
    staff_ended.send(sender=StaffMember, member=member, by=by)
    record_staff_change("staff.ended", "ended", member, by)


@transaction.atomic
def move_staff_member(*, member: StaffMember, role: Role, team: str, proposal: UUID | None = None, by: Actor) -> None:
    """Give a member another role or team. What they asked for, and what customers gave them, ends: it was asked and
    answered under the old name, and the new work needs its own yes.

    `proposal`: the one that a second officer has just approved, without which no officer makes another one (kept by
    trigger). Repeating it changes nothing; neither does moving somebody who has left.
    """
    appending.lock_people(member.pk)
    member.refresh_from_db()
    if member.ended_at or (member.role, member.team) == (role, team):
        return
    staff_ended.send(sender=StaffMember, member=member, by=by)
    member.role, member.team = role, team
    member.save(update_fields=["role", "team"])
    details = {"role": str(role), "team": team} | ({"proposal": str(proposal)} if proposal else {})
    record_staff_change("staff.moved", "moved", member, by, role, details)


@transaction.atomic
def assign_manager(*, member: StaffMember, manager: StaffMember, by: Actor) -> None:
    """Set who must agree to a member's requests where a purpose asks for it. Repeating it changes nothing.

    Raises OwnManager, ManagerNotHere.
    """
    appending.lock_people(member.pk, manager.pk)
    member.refresh_from_db()
    manager.refresh_from_db()
    if member.manager_id == manager.pk:
        return
    if manager.pk == member.pk:
        raise OwnManager
    if manager.ended_at or not manager.user.is_active:
        raise ManagerNotHere
    member.manager = manager
    member.save(update_fields=["manager"])
    details = {"manager": str(manager.pk)}
    appending.append_entry(event="staff.manager_set", by=by, object_type="user", object=member.pk, details=details)


@transaction.atomic
def return_staff_member(*, member: StaffMember, role: Role, team: str, by: Actor) -> None:
    """Let somebody who had left work here again. Nothing that ended with their membership comes back.

    Repeating it changes nothing.
    """
    appending.lock_people(member.pk)
    member.refresh_from_db()
    if member.ended_at is None:
        return
    member.ended_at, member.role, member.team = None, role, team
    member.save(update_fields=["ended_at", "role", "team"])
    record_staff_change("staff.returned", "returned", member, by, role, {"role": str(role), "team": team})


def record_staff_change(
    event: str, change: str, member: StaffMember, by: Actor, outcome: str = "", details: Mapping[str, str] = {}
) -> None:
    """Append the entry, and tell the member by signal; a restoration, which does it again, tells nobody."""
    entry = appending.append_entry(
        event=event, by=by, object_type="user", object=member.pk, outcome=outcome, details=details
    )
    if not by.original:
        staff_rights_changed.send(sender=StaffMember, member=member, change=change, entry=entry)


# Invite colleagues, change their place and end it, as an officer; what takes two of them is proposed.


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


# Propose and decide what takes two officers: another officer, or a second factor that is set up anew.

STAFF_CHANGE = ProposedMatter(
    model=StaffProposal,
    already_proposed=_("This change is already waiting for a second officer."),
    needs_second_officer=_("You proposed this change. Another officer must check it and approve it."),
    already_decided=_("This change is no longer waiting for a second officer."),
)


class HasThisPlace(Refusal):
    sentence = _("This colleague has this role and team already. Cancel the change.")


@transaction.atomic
def propose_factor_reset(*, member: UUID, officer: StaffMember, by: Actor) -> StaffProposal:
    """Propose that a colleague who has lost their second factor sets one up anew.

    Raises NotAnOfficer, Unknown, OwnPlace, NoLongerHere, AlreadyProposed.
    """
    locked = lock_working_colleague(member, officer)
    return propose_change(StaffProposal(member=locked, kind=StaffProposal.Kind.FACTORS), officer, by)


@transaction.atomic
def decide_staff_change(*, proposal: UUID, is_approved: bool, officer: StaffMember, by: Actor) -> StaffProposal:
    """Approve a change as the second officer: it counts at once. Or cancel it, as any officer but the colleague may.
    Repeating a decision changes nothing.

    Raises NotAnOfficer, Unknown, OwnPlace, AlreadyDecided, NeedsSecondOfficer, NoLongerHere, PlacedByDirectory,
    HasThisPlace.
    """
    member = get_or_refuse(StaffProposal.objects.filter(pk=proposal).values_list("member_id", flat=True))
    locked = lock_colleague(member, officer)
    change = StaffProposal.objects.select_for_update(of=("self",), no_key=True).get(pk=proposal)
    change.member = locked
    if not STAFF_CHANGE.decide(change, is_approved=is_approved, officer=officer, check=check_still_possible):
        return change
    if not is_approved:
        append_proposal_entry("staff.change_cancelled", change, officer, by)
    elif change.kind == StaffProposal.Kind.ROLE:
        move_staff_member(member=change.member, role=Role(change.role), team=change.team, proposal=change.pk, by=by)
    else:
        details = {"proposal": str(change.pk), "officer": str(officer.pk)}
        record_staff_change("staff.factors_reset", "factors_reset", change.member, by, details=details)
    return change


def check_still_possible(change: StaffProposal) -> None:
    """Raises NoLongerHere, PlacedByDirectory, HasThisPlace, NotAnOfficer."""
    check_still_works_here(change.member)
    if change.kind == StaffProposal.Kind.ROLE:
        check_not_placed_by_directory(change.member)
    STAFF_CHANGE.check_still_officer(change)
    if (change.role, change.team) == (change.member.role, change.member.team):
        raise HasThisPlace


def propose_change(change: StaffProposal, officer: StaffMember, by: Actor) -> StaffProposal:
    """Store the proposal with its entry. Raises AlreadyProposed."""
    STAFF_CHANGE.check_not_proposed(member=change.member, kind=change.kind)
    change.proposed_by = officer.user
    change.save(force_insert=True)
    append_proposal_entry("staff.change_proposed", change, officer, by)
    return change


def append_proposal_entry(event: str, change: StaffProposal, officer: StaffMember, by: Actor) -> None:
    appending.append_entry(
        event=event,
        by=by,
        object_type="staff_proposal",
        object=change.pk,
        outcome=change.role or change.kind,
        details={"member": str(change.member_id), "officer": str(officer.pk)},
    )


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
