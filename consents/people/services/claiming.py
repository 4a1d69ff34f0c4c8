"""Connect a user to the record of the customer they are, or act for: on arrival, or with a printed code."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from consents.core import clock
from consents.core.refusals import NotPermitted, NotValid
from consents.ledger.rules import Actor
from consents.ledger.services import appending
from consents.people import selectors
from consents.people.models import Acting, ClaimCode, Customer, User
from consents.people.services.claim_codes import is_child, list_claim_code_hashes
from consents.people.services.customer_records import save_address
from consents.people.signals import acting_changed


class InvalidClaimCode(NotValid):
    sentence = _("This code does not work. Check it, or call us for a new one.")


@transaction.atomic
def match_user_to_record(*, user: User, by: Actor) -> Customer | None:
    """Connect a verified user who has no record yet with theirs: the one unclaimed record with their address on file.

    Returns None if no record has the address, or several, or someone else has claimed it. Also None for an account that
    was closed meanwhile.
    """
    appending.lock_people(user.pk)
    arriving = selectors.lock_open_user(user)
    if arriving is None or hasattr(user, "staff_member") or Acting.objects.filter(user=user, ends_at=None).exists():
        return None
    customers = list(selectors.select_by_address(arriving.email)[:2])
    if len(customers) != 1:
        return None
    appending.lock_people(customers[0].id)
    if selectors.is_claimed(customers[0].id):
        return None
    return begin_acting(arriving, customers[0], "record.claimed", by)


def begin_acting(
    user: User,
    customer: Customer,
    event: str,
    by: Actor,
    capacity: Acting.Capacity = Acting.Capacity.SELF,
    **details: str,
) -> Customer:
    acting = Acting.objects.create(user=user, customer=customer, capacity=capacity)
    appending.append_entry(
        event=event,
        by=by,
        customer=customer.id,
        object_type="customer",
        object=customer.id,
        details={"user": str(user.pk), **details},
    )
    acting_changed.send(sender=Acting, acting=acting)
    return customer


@transaction.atomic
def claim_record_by_code(*, user: User, code: str, by: Actor) -> Customer:
    """Connect a user to the record the code was printed for. Raises InvalidClaimCode for every reason alike.

    A user who signs in as a customer already cannot claim another record, but may come to share one.
    """
    appending.lock_people(user.pk)
    if selectors.lock_open_user(user) is None:
        raise InvalidClaimCode
    claim = ClaimCode.objects.filter(code_hash__in=list_claim_code_hashes(code)).first()
    if claim is None or hasattr(user, "staff_member"):
        raise InvalidClaimCode
    appending.lock_people(claim.customer_id)
    claim = ClaimCode.objects.select_for_update(of=("self",), no_key=True).filter(pk=claim.pk).first()
    now = clock.now()
    if claim is None or not is_usable(claim, now):
        raise InvalidClaimCode
    customer, capacity = Customer.objects.get(pk=claim.customer_id), Acting.Capacity(claim.capacity)
    if not MAY_COME_IN[capacity](user, customer, now):
        raise InvalidClaimCode
    claim.used_by, claim.used_at = user, now
    claim.save(update_fields=["used_by", "used_at"])
    if capacity == Acting.Capacity.SELF and customer.address_hash is None:
        save_address(customer=customer.id, email=user.email)
    return begin_acting(user, customer, CAME_IN[capacity], by, capacity, claim_code=str(claim.pk))


class NobodysReference(NotPermitted):
    sentence = _("We could not find your record with this sign-in. Please call us.")


@transaction.atomic
def claim_record_by_reference(*, user: User, reference: str, by: Actor) -> Customer:
    """Connect a new user to the record of the company's own number, which a provider we trust has vouched for.

    Repeating it changes nothing. Raises NobodysReference for every reason alike.
    """
    appending.lock_people(user.pk)
    customer = Customer.objects.filter(reference=reference, erased_at=None).first()
    if customer is None or selectors.lock_open_user(user) is None or hasattr(user, "staff_member"):
        raise NobodysReference
    appending.lock_people(customer.pk)
    if Acting.objects.filter(user=user, customer=customer, capacity=Acting.Capacity.SELF, ends_at=None).exists():
        return customer
    if not may_claim_record(user, customer, clock.now()):
        raise NobodysReference
    if customer.address_hash is None:
        save_address(customer=customer.id, email=user.email)
    return begin_acting(user, customer, "record.claimed", by)


def is_usable(claim: ClaimCode, now: datetime) -> bool:
    return claim.used_at is None and claim.cancelled_at is None and claim.ends_at is not None and now < claim.ends_at


def may_claim_record(user: User, customer: Customer, now: datetime) -> bool:
    """Return False once the record is claimed: of two codes for it, the first one used wins."""
    return not is_customer(user) and not selectors.is_claimed(customer.id)


def may_become_guardian(user: User, customer: Customer, now: datetime) -> bool:
    return is_child(customer, now) and not acts_already(user, customer)


def may_become_holder(user: User, customer: Customer, now: datetime) -> bool:
    return not is_child(customer, now) and selectors.is_claimed(customer.id) and not acts_already(user, customer)


def acts_already(user: User, customer: Customer) -> bool:
    return Acting.objects.filter(user=user, customer=customer, ends_at=None).exists()


MAY_COME_IN = {
    Acting.Capacity.SELF: may_claim_record,
    Acting.Capacity.HOLDER: may_become_holder,
    Acting.Capacity.GUARDIAN: may_become_guardian,
}
CAME_IN = {  # the events of it
    Acting.Capacity.SELF: "record.claimed",
    Acting.Capacity.HOLDER: "holder.joined",
    Acting.Capacity.GUARDIAN: "guardian.accepted",
}


def is_customer(user: User) -> bool:
    """Return True if the user signs in as a customer, and not only for others."""
    return Acting.objects.filter(user=user, capacity=Acting.Capacity.SELF, ends_at=None).exists()
