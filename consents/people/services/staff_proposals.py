"""Propose and decide what takes two officers: another officer, or a second factor that is set up anew."""

from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from consents.core.refusals import Refusal, get_or_refuse
from consents.ledger.rules import Actor
from consents.ledger.services import appending
from consents.people.models import Role, StaffMember, StaffProposal
from consents.people.services.colleagues import (
    check_not_placed_by_directory,
    check_still_works_here,
    lock_colleague,
    lock_working_colleague,
)
from consents.people.services.staff_members import move_staff_member, record_staff_change
from consents.people.two_officers.matters import ProposedMatter

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
    change = lock_staff_proposal(proposal, officer)
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


def lock_staff_proposal(proposal: UUID, officer: StaffMember) -> StaffProposal:
    """Lock colleague, officer and proposal. Raises NotAnOfficer, Unknown, OwnPlace."""
    member = get_or_refuse(StaffProposal.objects.filter(pk=proposal).values_list("member_id", flat=True))
    locked = lock_colleague(member, officer)
    change = StaffProposal.objects.select_for_update(of=("self",), no_key=True).get(pk=proposal)
    change.member = locked
    return change
