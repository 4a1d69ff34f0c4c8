"""Acts about people: inviting staff, opening records, claiming them."""

from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from consents.core import clock, sealing
from consents.core.refusals import Refusal
from consents.ledger import services as ledger
from consents.ledger.rules import Actor
from consents.people import keys, rules, selectors
from consents.people.models import Acting, ClaimCode, Customer, Role, StaffMember, User


class CannotInvite(Refusal):
    sentence = _("This address already belongs to somebody who signs in here.")
    status = 409


class CodeDoesNotWork(Refusal):
    sentence = _("This code does not work. Check it, or call us for a new one.")
    status = 422


@transaction.atomic
def invite_staff(
    *, email: str, role: Role, team: str, first_name: str, last_name: str = "", number: str = "", by: Actor
) -> StaffMember:
    """Make the user and the staff membership. Raises CannotInvite when the address is already in use."""
    try:
        with transaction.atomic():
            user = User.objects.create_user(email, first_name=first_name, last_name=last_name)
    except IntegrityError:
        raise CannotInvite from None
    member = StaffMember.objects.create(user=user, role=role, team=team, number=number)
    ledger.append(
        event="staff.invited", by=by, object_type="user", object=user.id, outcome=role, details={"role": str(role)}
    )
    return member


@transaction.atomic
def end_staff(*, member: StaffMember, by: Actor) -> None:
    """End a membership: the next request of any open session is refused."""
    member.ended_at = clock.now()
    member.save(update_fields=["ended_at"])
    ledger.append(event="staff.ended", by=by, object_type="user", object=member.pk)


def make_customer(*, reference: str | None, email: str = "", country: str = "", region: str = "", language: str = "en"):
    """An unsaved customer and their unsaved key; the address is sealed. For `open_record` and the import."""
    customer = Customer(reference=reference, country=country, region=region, language=language)
    key = keys.made_for(customer)
    if email:
        put_address(customer, keys.opened(key), email)
    return customer, key


def put_address(customer: Customer, key: bytes, email: str) -> None:
    address = rules.same_address(email)
    customer.address_hash = sealing.keyed_hash(settings.KEYRING, "address", address)
    customer.sealed_address = sealing.seal(key, address.encode(), str(customer.id), "address")


@transaction.atomic
def open_record(*, reference: str | None = None, email: str = "", by: Actor, **about: str) -> Customer:
    """A new customer with a key of their own."""
    customer, key = make_customer(reference=reference, email=email, **about)
    customer.save()
    key.save()
    ledger.append(event="customer.recorded", by=by, customer=customer.id, object_type="customer", object=customer.id)
    return customer


@transaction.atomic
def arrive(*, user: User, by: Actor) -> Customer | None:
    """A verified user without a record meets theirs.

    The one unclaimed record whose address on file is theirs; a new, empty one if no record has it; None when
    several have it or somebody else holds it: then a person must look (nobody is let in by accident).
    """
    if user.is_staff or Acting.objects.filter(user=user, ends_at=None).exists():
        return None
    known = list(selectors.with_address(user.email).select_for_update()[:2])
    if not known:
        return begin_acting(user, open_record(by=by, language="en"), "account.opened", by)
    if len(known) > 1 or Acting.objects.filter(customer=known[0], capacity="self", ends_at=None).exists():
        return None
    return begin_acting(user, known[0], "record.claimed", by)


def begin_acting(user: User, customer: Customer, event: str, by: Actor) -> Customer:
    Acting.objects.create(user=user, customer=customer)
    ledger.append(event=event, by=by, customer=customer.id, object_type="customer", object=customer.id)
    return customer


@transaction.atomic
def make_claim_code(*, customer: Customer, officer: User, by: Actor) -> str:
    """A one-time code to hand over on paper, valid 14 days; shown once, stored as a keyed hash."""
    code = rules.new_claim_code()
    ClaimCode.objects.create(
        customer=customer,
        code_hash=sealing.keyed_hash(settings.KEYRING, "claim", rules.same_claim_code(code)),
        made_by=officer,
        ends_at=clock.now() + rules.CLAIM_CODE_LIFE,
    )
    ledger.append(event="claim_code.made", by=by, customer=customer.id, object_type="customer", object=customer.id)
    return code


@transaction.atomic
def claim_by_code(*, user: User, code: str, by: Actor) -> Customer:
    """Join a user to the record the code was printed for. Raises CodeDoesNotWork for every reason alike."""
    wanted = sealing.keyed_hash(settings.KEYRING, "claim", rules.same_claim_code(code))
    claim = ClaimCode.objects.select_for_update().filter(code_hash=wanted, used_at=None).first()
    now = clock.now()
    if claim is None or claim.ends_at <= now or selectors.is_held(claim.customer_id):
        raise CodeDoesNotWork
    claim.used_at = now
    claim.save(update_fields=["used_at"])
    leave_empty_record(user, now)
    return begin_acting(user, claim.customer, "record.claimed", by)


def leave_empty_record(user: User, now: object) -> None:
    """The empty record a newcomer was given is left behind when the code leads to the real one."""
    Acting.objects.filter(user=user, capacity="self", ends_at=None).update(ends_at=now)


@transaction.atomic
def take_address(*, customer: UUID, email: str) -> None:
    """Put a new verified address on file, sealed under the customer's key."""
    row = Customer.objects.select_for_update().get(pk=customer)
    put_address(row, keys.of(customer), email)
    row.save(update_fields=["address_hash", "sealed_address"])
