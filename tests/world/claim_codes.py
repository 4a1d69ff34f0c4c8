"""Claim codes as officers make them: one proposes, another approves, the first prints."""

from consents.ledger.rules import Actor
from consents.people.models import Acting, Customer, User
from consents.people.services import claiming
from tests.world.cast import quinn


def make_claim_code(
    *, customer: Customer, officer: User, capacity: Acting.Capacity | str = Acting.Capacity.SELF, by: object = None
) -> str:
    """The code on paper, proposed and printed by `officer` and approved by Quinn."""
    first, second = User.objects.get(pk=officer.pk).staff_member, quinn().staff_member
    by_first, by_second = Actor("staff", str(first.pk)), Actor("staff", str(second.pk))
    row = claiming.propose_claim_code(
        customer=customer.pk, capacity=Acting.Capacity(capacity), officer=first, by=by_first
    )
    claiming.approve_claim_code(claim_code=row.pk, officer=second, by=by_second)
    return claiming.print_claim_code(claim_code=row.pk, officer=first, by=by_first)
