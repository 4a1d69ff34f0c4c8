"""Place and lift legal holds: data that the law says must be kept is not erased, whoever asks."""

from datetime import date, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from consents.core import clock
from consents.core.refusals import NotPermitted, NotValid, Refusal, get_or_refuse
from consents.ledger.rules import Actor
from consents.ledger.services import appending
from consents.people.models import Acting, Customer, LegalHold, Role, StaffMember, User

OFFICERS = {Role.PRIVACY_OFFICER, Role.COMPLIANCE_OFFICER}
LONGEST_REVIEW = timedelta(days=366)  # never open-ended: somebody looks again within a year


class NotAnOfficer(NotPermitted):
    sentence = _("Only officers who work here may do this.")


class OwnMatter(NotPermitted):
    """The database refuses it too (`refuse_own_matter`)."""

    sentence = _("You act for this customer yourself, so someone else must do this.")


class AlreadyErased(Refusal):
    sentence = _("This customer has already been erased.")


class ReviewDayOutOfRange(NotValid):
    sentence = _("Choose a review day between tomorrow and one year from now.")


@transaction.atomic
def place_hold(
    *, customer: UUID, reason: LegalHold.Reason, document: str, review_on: date, officer: StaffMember, by: Actor
) -> LegalHold:
    """Forbid erasing this customer until an officer lifts the hold.

    `document` names the case or file, never a person. Raises NotAnOfficer, Unknown, AlreadyErased, ReviewDayOutOfRange,
    OwnMatter.
    """
    check_officer(officer, {Role.COMPLIANCE_OFFICER})
    today = timezone.localtime(clock.now()).date()  # the officer's; the database's check knows no zone, and allows both
    if not today < review_on <= today + LONGEST_REVIEW:
        raise ReviewDayOutOfRange
    check_not_erased(lock_customer(customer))
    check_not_own_matter(officer.pk, customer)
    hold = LegalHold.objects.create(
        customer_id=customer, reason=reason, document=document.strip(), review_on=review_on, placed_by=officer.user
    )
    append_hold_entry(hold, by)
    return hold


@transaction.atomic
def place_hold_again(
    *, hold: UUID, customer: UUID, reason: LegalHold.Reason, review_on: date, officer: str, by: Actor
) -> None:
    """Place again, after a restore, a hold that the backup did not know.

    `by` names the original entry, and so does the hold's document, whose number is recorded nowhere else; the backup
    may not know `officer`. The database allows it only until a restoration is opened. Repeating it changes nothing.
    Raises Unknown, AlreadyErased.
    """
    check_not_erased(lock_customer(customer))
    facts = {
        "customer_id": customer,
        "reason": reason,
        "document": f"see ledger entry {by.original[:16]}",
        "review_on": review_on,
        "placed_by": User.objects.filter(pk=officer).first(),
        "original": bytes.fromhex(by.original),
    }
    placed, is_new = LegalHold.objects.get_or_create(pk=hold, defaults=facts)
    if is_new:
        append_hold_entry(placed, by)


def append_hold_entry(hold: LegalHold, by: Actor) -> None:
    appending.append_entry(
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
    """Lift a hold, once; repeating it changes nothing. Raises NotAnOfficer, Unknown, OwnMatter."""
    check_officer(officer, {Role.COMPLIANCE_OFFICER})
    customer = get_or_refuse(LegalHold.objects.filter(pk=hold).values_list("customer_id", flat=True))
    lock_customer(customer)
    locked = LegalHold.objects.select_for_update().get(pk=hold)
    if locked.lifted_at:
        return locked
    if not by.original:
        check_not_own_matter(officer.pk, customer)
    locked.lifted_by, locked.lifted_at = officer.user, clock.now()
    locked.save(update_fields=["lifted_by", "lifted_at"])
    appending.append_entry(
        event="legal_hold.lifted",
        by=by,
        customer=customer,
        object_type="legal_hold",
        object=hold,
        outcome=locked.reason,
    )
    return locked


def lock_customer(customer: UUID) -> Customer:
    """Lock the customer and return the row; other acts about them wait until this transaction ends. Raises Unknown."""
    appending.lock_people(customer)
    # Not the key: a look in flight still points to this row while it holds its grant.
    return get_or_refuse(Customer.objects.select_for_update(no_key=True).filter(pk=customer))


def lock_existing_customer(customer: UUID) -> None:
    """Make other acts about this customer wait; every act of a customer begins with it. Raises AlreadyErased."""
    appending.lock_people(customer)
    if Customer.objects.filter(pk=customer, erased_at__isnull=False).exists():
        raise AlreadyErased


def check_not_erased(customer: Customer) -> None:
    if customer.erased_at:
        raise AlreadyErased


def check_officer(member: StaffMember, roles: set[Role]) -> None:
    if member.ended_at or member.role not in roles:
        raise NotAnOfficer


def check_not_own_matter(user: UUID, customer: UUID) -> None:
    """Refuse staff who act for the customer: in their own place, or as guardian or agent. Raises OwnMatter."""
    if Acting.objects.filter(user=user, customer=customer, ends_at=None).exists():
        raise OwnMatter
