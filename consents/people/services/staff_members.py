"""Invite members of staff, move them to another place in the company, end their membership and begin it again."""

from collections.abc import Mapping
from uuid import UUID

from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from consents.core import clock
from consents.core.refusals import NotValid, Refusal
from consents.ledger.rules import Actor
from consents.ledger.services import appending
from consents.people import rules
from consents.people.models import Role, StaffMember, User
from consents.people.services.sign_ups import free_address
from consents.people.signals import staff_ended, staff_rights_changed


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
