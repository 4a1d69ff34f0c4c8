"""Note that a member of staff knows a customer, and lift the note. From then on each of their looks is a sign."""

from uuid import UUID, uuid4

from django.db import transaction

from consents.core.refusals import Unknown
from consents.exemptions import rules
from consents.exemptions.conflicts import CONFLICT, Closeness, get_conflict, has_conflict
from consents.ledger.rules import Actor
from consents.ledger.services import appending
from consents.people.models import Role, StaffMember
from consents.people.services import holding


@transaction.atomic
def note_conflict(
    *, customer: UUID, closeness: Closeness, staff: UUID | None, officer: StaffMember, by: Actor
) -> UUID | None:
    """Note that `staff` (None: anybody who works here) knows this customer. Returns None where it is noted already.

    Raises NotAnOfficer (of compliance), Unknown, AlreadyErased, OwnMatter, and of rules: ConflictOfOneself.
    """
    holding.check_officer(officer, {Role.COMPLIANCE_OFFICER})
    if staff == officer.pk:
        raise rules.ConflictOfOneself
    if staff and not StaffMember.objects.filter(pk=staff).exists():
        raise Unknown
    holding.check_not_erased(holding.lock_customer(customer))
    holding.check_not_own_matter(officer.pk, customer)
    if has_conflict(customer, closeness, staff):
        return None
    conflict = uuid4()
    appending.append_entry(
        event="conflict.noted",
        by=by,
        customer=customer,
        object_type=CONFLICT,
        object=conflict,
        outcome=closeness,
        details={"staff": str(staff)} if staff else {},
    )
    return conflict


@transaction.atomic
def lift_conflict(*, conflict: UUID, officer: StaffMember, by: Actor) -> None:
    """Lift a conflict, once; repeating it changes nothing.

    Raises NotAnOfficer, Unknown, ConflictOfOneself, OwnMatter.
    """
    holding.check_officer(officer, {Role.COMPLIANCE_OFFICER})
    noted = get_conflict(conflict)
    if noted is None:
        raise Unknown
    if noted.staff == officer.pk:
        raise rules.ConflictOfOneself
    holding.lock_customer(noted.customer)
    holding.check_not_own_matter(officer.pk, noted.customer)
    noted = get_conflict(conflict)
    if noted is None or noted.lifted_at:
        return
    appending.append_entry(
        event="conflict.lifted",
        by=by,
        customer=noted.customer,
        object_type=CONFLICT,
        object=conflict,
        outcome=noted.closeness,
    )
