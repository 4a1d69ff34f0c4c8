"""Describe colleagues, and changes of their rights, to officers. Decides nothing."""

from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from consents.core.durations import format_local_moment
from consents.people.models import Role, StaffMember, StaffProposal
from consents.people.selectors import is_placed_by_directory
from consents.people.services.staff_places import needs_second_officer
from consents.people.staff.words import describe_user


def describe_factor(has_factor: bool) -> str:
    return _("Set up") if has_factor else _("Not set up")


def describe_last_sign_in(member: StaffMember) -> str:
    return format_local_moment(member.user.last_login) if member.user.last_login else _("Never")


def describe_member_state(member: StaffMember) -> tuple[str, str]:
    """Return tone and word of whether they work here."""
    return ("no", _("Ended")) if member.ended_at else ("yes", _("Works here"))


def describe_manager(manager: StaffMember | None) -> str:
    if manager is None:
        return "–"
    name = manager.user.get_full_name()
    return _("%(name)s, who has left") % {"name": name} if manager.ended_at else name


def list_member_facts(member: StaffMember, factor: str) -> list[tuple[str, Any]]:
    facts = [
        (_("Email address"), member.user.email),
        (_("Role"), capfirst(Role(member.role).label)),
        (_("Team"), member.team),
        (_("Staff number"), member.number or "–"),
        (_("Manager"), describe_manager(member.manager)),
        (_("Works here since"), format_local_moment(member.started_at)),
        (_("Last sign-in"), describe_last_sign_in(member)),
        (_("Second factor"), factor),
    ]
    if member.ended_at:
        facts += [(_("Ended"), format_local_moment(member.ended_at))]
    if is_placed_by_directory(member.pk):
        facts += [(_("Role and team"), _("Told by the company’s directory. Change them there."))]
    return facts


def describe_staff_change(change: StaffProposal) -> str:
    """Describe what the colleague would become or get."""
    if change.kind == StaffProposal.Kind.FACTORS:
        return str(capfirst(change.get_kind_display()))
    return _("Becomes %(role)s, team %(team)s") % {"role": Role(change.role).label, "team": change.team}


def describe_staff_change_state(change: StaffProposal) -> tuple[str, str]:
    """Return tone and word of its state."""
    if change.approved_at:
        return "yes", _("Approved")
    return ("no", _("Cancelled")) if change.cancelled_at else ("wait", _("Waits for another officer"))


def list_staff_change_facts(change: StaffProposal) -> list[tuple[str, Any]]:
    member = change.member
    now = _("%(role)s, team %(team)s") % {"role": Role(member.role).label, "team": member.team}
    facts = [
        (_("Colleague"), f"{member.user.get_full_name()} · {member.user.email}"),
        (_("Place now"), capfirst(now)),
        (capfirst(_("change")), describe_staff_change(change)),
        (_("Last sign-in"), describe_last_sign_in(member)),
        (_("Proposed by"), describe_user(change.proposed_by)),
        (_("Proposed"), format_local_moment(change.proposed_at)),
        (_("Approved by"), describe_user(change.approved_by)),
        (_("Approved"), format_local_moment(change.approved_at)),
        (_("Cancelled by"), describe_user(change.cancelled_by)),
        (_("Cancelled"), format_local_moment(change.cancelled_at)),
    ]
    return [(label, value) for label, value in facts if value]


def list_place_effects(member: StaffMember) -> list[str]:
    """List what changes with another role or team."""
    return [
        _("It counts from %(name)s’s next click. They are told by email.") % {"name": member.user.first_name},
        _("What they asked for, and what customers allowed them, ends: it was for their earlier work."),
        _("An officer is made by two: the change then waits for another officer."),
    ]


def describe_place_outcome(member: StaffMember, role: Role) -> str:
    """Say whether the change counts now or waits."""
    waits = needs_second_officer(member, role)
    return _("It waits for another officer. Until then nothing changes.") if waits else _("Done. It counts now.")


def list_manager_effects() -> list[str]:
    return [
        _("Where a purpose asks for it, the manager must agree before a customer learns of a request."),
        _("Requests that are waiting already will wait for the new manager. No one else is told."),
    ]
