"""Changes of colleagues' rights, proposed and approved by officers."""

from consents.ledger.rules import Actor
from consents.people.models import Role, StaffMember, StaffProposal
from consents.people.services import staff_members


def by_officer(officer: StaffMember) -> Actor:
    return Actor("staff", str(officer.pk))


def propose_officer(officer: StaffMember, member: StaffMember) -> StaffProposal:
    return staff_members.change_colleague_place(
        member=member.pk, role=Role.COMPLIANCE_OFFICER, team="Oversight", officer=officer, by=by_officer(officer)
    )


def propose_reset(officer: StaffMember, member: StaffMember) -> StaffProposal:
    return staff_members.propose_factor_reset(member=member.pk, officer=officer, by=by_officer(officer))


def approve_change(officer: StaffMember, proposal: StaffProposal) -> StaffProposal:
    by = by_officer(officer)
    return staff_members.decide_staff_change(proposal=proposal.pk, is_approved=True, officer=officer, by=by)


def cancel_change(officer: StaffMember, proposal: StaffProposal) -> StaffProposal:
    by = by_officer(officer)
    return staff_members.decide_staff_change(proposal=proposal.pk, is_approved=False, officer=officer, by=by)
