"""Legal holds: what the law says must be kept is not erased, however somebody asks."""

from datetime import date, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from consents.core import clock
from consents.core.refusals import Refusal, Unknown
from consents.ledger import services as ledger
from consents.ledger.rules import Actor
from consents.people.models import Customer, LegalHold, Role, StaffMember, User

OFFICERS = {Role.PRIVACY_OFFICER, Role.COMPLIANCE_OFFICER}
LONGEST = timedelta(days=366)  # never open-ended: somebody looks again within a year


class NotAnOfficer(Refusal):
    sentence = _("Only officers who work here may do this.")
    status = 403


class AlreadyErased(Refusal):
    sentence = _("This customer has been erased already.")


class BadReview(Refusal):
    sentence = _("The day to look at it again lies between tomorrow and one year from now.")
    status = 422


@transaction.atomic
def place_hold(
    *, customer: UUID, reason: LegalHold.Reason, document: str, review_on: date, officer: StaffMember, by: Actor
) -> LegalHold:
    """Forbid erasing this customer until an officer lifts the hold.

    `document` names the case or file, never a person. Raises NotAnOfficer, Unknown, AlreadyErased, BadReview.
    """
    check_officer(officer, {Role.COMPLIANCE_OFFICER})
    today = clock.now().date()
    if not today < review_on <= today + LONGEST:
        raise BadReview
    check_not_erased(held_customer(customer))
    hold = LegalHold.objects.create(
        customer_id=customer, reason=reason, document=document.strip(), review_on=review_on, placed_by=officer.user
    )
    tell_placed(hold, by)
    return hold


@transaction.atomic
def place_hold_again(
    *, hold: UUID, customer: UUID, reason: LegalHold.Reason, review_on: date, officer: str, by: Actor
) -> None:
    """After a restore: a hold that the backup did not know. `by` names the original entry, and so does its document,
    whose number stands nowhere else; `officer` placed it, and may be nobody that the backup knows.

    The database allows it only until a restoration is opened. Repeating it changes nothing. Raises Unknown,
    AlreadyErased.
    """
    check_not_erased(held_customer(customer))
    about = {
        "customer_id": customer,
        "reason": reason,
        "document": f"see ledger entry {by.original[:16]}",
        "review_on": review_on,
        "placed_by": User.objects.filter(pk=officer).first(),
        "original": bytes.fromhex(by.original),
    }
    placed, is_new = LegalHold.objects.get_or_create(pk=hold, defaults=about)
    if is_new:
        tell_placed(placed, by)


def tell_placed(hold: LegalHold, by: Actor) -> None:
    ledger.append(
        event="legal_hold.placed",
        by=by,
        customer=hold.customer_id,
        object_type="legal_hold",
        object=hold.id,
        outcome=hold.reason,
        details={"review_on": hold.review_on.isoformat()},
    )


@transaction.atomic
def lift_hold(*, hold: UUID, officer: StaffMember, by: Actor) -> LegalHold:
    """End a hold, once; repeating it changes nothing. Raises NotAnOfficer, Unknown."""
    check_officer(officer, {Role.COMPLIANCE_OFFICER})
    customer = LegalHold.objects.filter(pk=hold).values_list("customer_id", flat=True).first()
    if customer is None:
        raise Unknown
    held_customer(customer)
    row = LegalHold.objects.select_for_update().get(pk=hold)
    if row.lifted_at:
        return row
    row.lifted_by, row.lifted_at = officer.user, clock.now()
    row.save(update_fields=["lifted_by", "lifted_at"])
    ledger.append(
        event="legal_hold.lifted", by=by, customer=customer, object_type="legal_hold", object=hold, outcome=row.reason
    )
    return row


def held_customer(customer: UUID) -> Customer:
    """The customer's row, with every other act about them held off until this transaction ends. Raises Unknown."""
    ledger.hold(customer)
    # Not the key: a look in flight still points to this row while it holds its grant.
    row = Customer.objects.select_for_update(no_key=True).filter(pk=customer).first()
    if row is None:
        raise Unknown
    return row


def hold_unless_erased(customer: UUID) -> None:
    """What a customer's act begins with: other acts about them wait, and after an erasure there is none. Raises
    AlreadyErased."""
    ledger.hold(customer)
    if Customer.objects.filter(pk=customer, erased_at__isnull=False).exists():
        raise AlreadyErased


def check_not_erased(customer: Customer) -> None:
    if customer.erased_at:
        raise AlreadyErased


def check_officer(member: StaffMember, roles: set[Role]) -> None:
    if member.ended_at or member.role not in roles:
        raise NotAnOfficer
