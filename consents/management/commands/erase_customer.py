"""`erase_customer`: erase one customer, by two officers."""

from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import transaction

from consents.ledger.rules import Actor
from consents.management.operator_command import OperatorCommand
from consents.ops import key_checks, startup
from consents.people.models import Customer, Erasure, StaffMember
from consents.people.rules import normalize_address
from consents.people.services import erasing

HELP = """Erase one customer for good: their key is destroyed, their account closes, nothing leads back to the person.

The ledger keeps pseudonymous history and the proof of erasure. Two different officers must stand for it: the one who
proposes (--by) and the one who confirms (--confirmed-by). A legal hold stops it.

Exit codes: 0 erased; 1 refused (one sentence says why), nothing changed; 2 wrong arguments."""


class Command(OperatorCommand):
    help = HELP

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("reference", help="the company's number of the customer, exactly")
        parser.add_argument("--by", required=True, metavar="EMAIL", help="the officer who proposes it")
        parser.add_argument("--confirmed-by", required=True, metavar="EMAIL", help="the other officer")
        parser.add_argument(
            "--reason", choices=Erasure.Reason.values, default=Erasure.Reason.REQUESTED, help="why (requested)"
        )

    def handle(self, *args: Any, reference: str, by: str, confirmed_by: str, reason: str, **options: Any) -> None:
        startup.check_database_role()
        key_checks.check_recorded_keys()
        proposer, confirmer = find_officer(by), find_officer(confirmed_by)
        customer = Customer.objects.filter(reference=reference).first()
        if customer is None:
            raise CommandError("No customer has exactly this number.", returncode=2)
        erasure = confirm_erasure(customer, Erasure.Reason(reason), proposer, confirmer)
        self.stdout.write(f"Customer {customer.pk} was erased at {erasure.done_at:%Y-%m-%d %H:%M:%S}Z.")


@transaction.atomic
def confirm_erasure(
    customer: Customer, reason: Erasure.Reason, proposer: StaffMember, confirmer: StaffMember
) -> Erasure:
    """Propose and confirm the erasure, both or neither."""
    erasing.propose_erasure(customer=customer.pk, reason=reason, officer=proposer, by=build_actor(proposer))
    return erasing.erase_customer(customer=customer.pk, officer=confirmer, by=build_actor(confirmer))


def find_officer(email: str) -> StaffMember:
    officer = StaffMember.objects.filter(user__email=normalize_address(email), ended_at=None).first()
    if officer is None:
        raise CommandError(f"No member of staff who works here has the address {email}.", returncode=2)
    return officer


def build_actor(member: StaffMember) -> Actor:
    return Actor("staff", str(member.pk), channel="command")
