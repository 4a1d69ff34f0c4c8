"""One example of every matter that takes two officers, for what is true of each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from consents.catalogue.services.publishing import RETIREMENT, decide_retirement
from consents.ledger.rules import PORTAL, Actor
from consents.people.models import ClaimCode, Customer, StaffMember
from consents.people.services import claiming, customer_records
from consents.people.services.staff_members import STAFF_CHANGE, decide_staff_change
from consents.people.two_officers.matters import ProposedMatter
from consents.people.two_officers.models import Proposal
from tests.world.colleagues import propose_reset
from tests.world.retirements import propose_end


@dataclass(frozen=True)
class Example:
    """`events` of its steps, but for those that a rule of the matter looks for; `object`, `details`: of an entry.
    None where more follows an approval, for which the database has a rule of the matter."""

    matter: ProposedMatter[Any]
    propose: Callable[[SimpleNamespace, StaffMember], Any]
    decide: Callable[[Any, bool, StaffMember, Actor], Any]
    events: Mapping[str, str] | None = None
    object: Callable[[Any], Any] = lambda proposal: proposal.pk
    details: Callable[[Any], dict[str, str]] = lambda proposal: {}


def by_officer(officer: StaffMember) -> Actor:
    return Actor("staff", str(officer.pk))


def propose_code(world: SimpleNamespace, officer: StaffMember) -> ClaimCode:
    customer = Customer.objects.filter(reference="C-7").first()
    customer = customer or customer_records.open_customer_record(reference="C-7", by=PORTAL)
    return claiming.propose_claim_code(customer=customer.pk, officer=officer, by=by_officer(officer))


def decide_code(code: ClaimCode, is_approved: bool, officer: StaffMember, by: Actor) -> ClaimCode:
    service = claiming.approve_claim_code if is_approved else claiming.cancel_claim_code
    return service(claim_code=code.pk, officer=officer, by=by)


EXAMPLES = {
    "claim code": Example(claiming.CLAIM_CODE, propose_code, decide_code),
    "retirement": Example(
        RETIREMENT,
        lambda world, officer: propose_end(world.purpose, officer),
        lambda proposal, is_approved, officer, by: decide_retirement(
            retirement=proposal, is_approved=is_approved, officer=officer, by=by
        ),
        {"proposed": "retirement.proposed", "cancelled": "retirement.cancelled"},
        lambda proposal: proposal.purpose_id,
        lambda proposal: {"retirement": str(proposal.pk)},
    ),
    "staff change": Example(
        STAFF_CHANGE,
        lambda world, officer: propose_reset(officer, world.sam),
        lambda proposal, is_approved, officer, by: decide_staff_change(
            proposal=proposal.pk, is_approved=is_approved, officer=officer, by=by
        ),
        {"proposed": "staff.change_proposed", "cancelled": "staff.change_cancelled"},
        details=lambda proposal: {"member": str(proposal.member_id)},
    ),
}


def decide(example: Example, proposal: Proposal, officer: StaffMember, *, is_approved: bool) -> Any:
    return example.decide(proposal, is_approved, officer, by_officer(officer))
