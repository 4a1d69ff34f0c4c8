"""Acts about people: inviting staff, opening records, claiming them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext_lazy as _

from consents.core import clock, sealing
from consents.core.refusals import Refusal
from consents.ledger import services as ledger
from consents.ledger.rules import Actor
from consents.ledger.selectors import entries_of
from consents.people import keys, rules, selectors
from consents.people.models import Acting, ClaimCode, Customer, CustomerKey, Role, StaffMember, User
from consents.people.services.holding import hold_unless_erased
from consents.people.signals import staff_ended


class CannotInvite(Refusal):
    sentence = _("This address already belongs to somebody who signs in here.")
    status = 409


class TooManyLookUps(Refusal):
    sentence = _("You have looked for customers very often in the last hour. Try again later.")
    status = 429


class AddressWorks(Refusal):
    sentence = _("This customer signs in with the email address on file. A code is only for who has none of their own.")


class NotAChild(Refusal):
    sentence = _("Only a child has a guardian here. This customer is old enough, or no birth date is on file.")


class CodeDoesNotWork(Refusal):
    sentence = _("This code does not work. Check it, or call us for a new one.")
    status = 422


@transaction.atomic
def look_up(*, text: str, by: Actor) -> Customer | None:
    """The one customer with exactly this reference or address, None when there is none or more than one.

    Every try is on record (never what was typed), and bounded: nobody learns who is a customer by trying.
    Raises TooManyLookUps.
    """
    since = clock.now() - timedelta(hours=1)
    if entries_of(by, "customer.looked_up", since) >= settings.PORTAL_LOOK_UPS_PER_HOUR:
        raise TooManyLookUps
    found = selectors.find(text)
    customer = found[0] if len(found) == 1 else None
    ledger.append(
        event="customer.looked_up",
        by=by,
        customer=customer.id if customer else None,
        object_type="customer",
        object=customer.id if customer else "",
        outcome="found" if customer else "not_found",
    )
    return customer


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
    """End a membership: the next request of any open session is refused, and what they asked for ends with it.

    Repeating it changes nothing.
    """
    ledger.hold(member.pk)
    member.refresh_from_db(fields=["ended_at"])
    if member.ended_at:
        return
    member.ended_at = clock.now()
    member.save(update_fields=["ended_at"])
    staff_ended.send(sender=StaffMember, member=member, by=by)
    ledger.append(event="staff.ended", by=by, object_type="user", object=member.pk)


def make_customer(
    *,
    reference: str | None,
    email: str = "",
    country: str = "",
    region: str = "",
    language: str = "en",
    born_on: date | None = None,
) -> tuple[Customer, CustomerKey]:
    """An unsaved customer and their unsaved key; the address is sealed. For `open_record` and the import."""
    customer = Customer(reference=reference, country=country, region=region, language=language, born_on=born_on)
    key = keys.made_for(customer)
    if email:
        put_address(customer, keys.opened(key), email)
    return customer, key


def put_address(customer: Customer, key: bytes, email: str) -> None:
    customer.address_hash = selectors.address_hash(email)
    customer.sealed_address = sealing.seal(key, rules.same_address(email).encode(), str(customer.id), "address")


@transaction.atomic
def open_record(*, reference: str | None = None, email: str = "", by: Actor, **about: Any) -> Customer:
    """A new customer with a key of their own."""
    customer, key = make_customer(reference=reference, email=email, **about)
    customer.save()
    key.save()
    ledger.append(event="customer.recorded", by=by, customer=customer.id, object_type="customer", object=customer.id)
    return customer


@dataclass(frozen=True, slots=True)
class Listed:
    """A customer as the company's own list has them. None, or an empty email: the list does not say."""

    reference: str
    email: str = ""
    country: str | None = None
    region: str | None = None
    language: str | None = None
    born_on: date | None = None


@dataclass(frozen=True)
class Recorded:
    """What became of a list: ids by reference, their keys (opened when asked for), and how many were which.

    Who was erased is in none of it.
    """

    ids: dict[str, UUID]
    keys: keys.Opener
    new: int
    changed: int


COPY_CUSTOMERS = """
COPY people_customer (id, reference, address_hash, sealed_address, country, region, language, born_on) FROM STDIN
"""
COPY_KEYS = "COPY people_customerkey (customer_id, kid, wrapped) FROM STDIN"
UPDATE_CUSTOMERS = """
UPDATE people_customer AS c
SET address_hash = n.address_hash, sealed_address = n.sealed_address, country = n.country, region = n.region,
    language = n.language, born_on = n.born_on
FROM unnest(%s::uuid[], %s::bytea[], %s::bytea[], %s::text[], %s::text[], %s::text[], %s::date[])
    AS n (id, address_hash, sealed_address, country, region, language, born_on)
WHERE c.id = n.id
"""


@transaction.atomic
def record_customers(*, listed: Sequence[Listed], by: Actor) -> Recorded:
    """Record the new customers of a list and bring the known ones up to date; references must not repeat in it.

    Hand in batches: one entry on the company's chain tells of all, none when nothing changed. An address is sealed
    anew only when it differs; address and language of a customer who signs in are theirs and stay. Whoever was erased
    is passed over.
    """
    known = {
        customer.reference: customer for customer in selectors.locked_with_references([c.reference for c in listed])
    }
    # Asked once the known are locked: an erasure under way has been waited for.
    unknown = [customer for customer in listed if customer.reference not in known]
    erased = selectors.erased_references([customer.reference for customer in unknown])
    made = [make_listed(customer) for customer in unknown if customer.reference not in erased]
    changed = [
        known[customer.reference]
        for customer in listed
        if customer.reference in known and bring_up_to_date(known[customer.reference], customer)
    ]
    put_new(made)
    put_changed(changed)
    if made or changed:
        ledger.append(
            event="customers.imported",
            by=by,
            object_type="customer",
            object="list",
            details={"new": len(made), "changed": len(changed)},
        )
    ids = {customer.reference or "": customer.id for customer in [*known.values(), *(c for c, _ in made)]}
    opener = keys.Opener([*(c.key for c in known.values()), *(key for _, key in made)])
    return Recorded(ids, opener, len(made), len(changed))


def make_listed(listed: Listed) -> tuple[Customer, CustomerKey]:
    return make_customer(
        reference=listed.reference,
        email=listed.email,
        country=listed.country or "",
        region=listed.region or "",
        language=listed.language or "en",
        born_on=listed.born_on,
    )


def bring_up_to_date(customer: Customer, listed: Listed) -> bool:
    """Change the unsaved row to what the list says; False when it says nothing new."""
    is_theirs = customer.is_held  # type: ignore[attr-defined]  # annotated by the selector
    said = {
        "country": listed.country,
        "region": listed.region,
        "language": None if is_theirs else listed.language,
        "born_on": listed.born_on,
    }
    new = {field: value for field, value in said.items() if value is not None and value != getattr(customer, field)}
    for field, value in new.items():
        setattr(customer, field, value)
    if not listed.email or is_theirs or same_hash(customer.address_hash, selectors.address_hash(listed.email)):
        return bool(new)
    put_address(customer, keys.opened(customer.key), listed.email)
    return True


def same_hash(stored: bytes | memoryview | None, other: bytes) -> bool:
    return stored is not None and bytes(stored) == other


def put_new(made: Iterable[tuple[Customer, CustomerKey]]) -> None:
    """By COPY: ten times as fast as inserting rows of models."""
    with connection.cursor() as cursor:
        with cursor.copy(COPY_CUSTOMERS) as copy:
            for c, _key in made:
                copy.write_row(
                    (
                        c.id,
                        c.reference,
                        c.address_hash,
                        c.sealed_address,
                        c.country,
                        c.region,
                        c.language,
                        c.born_on,
                    )
                )
        with cursor.copy(COPY_KEYS) as copy:
            for _customer, key in made:
                copy.write_row((key.customer_id, key.kid, key.wrapped))


def put_changed(changed: Sequence[Customer]) -> None:
    if not changed:
        return
    columns = ["id", "address_hash", "sealed_address", "country", "region", "language", "born_on"]
    with connection.cursor() as cursor:
        cursor.execute(UPDATE_CUSTOMERS, [[getattr(c, column) for c in changed] for column in columns])


@transaction.atomic
def arrive(*, user: User, by: Actor, language: str = "en") -> Customer | None:
    """A verified user without a record meets theirs.

    The one unclaimed record whose address on file is theirs; a new, empty one if no record has it; None when
    several have it or somebody else holds it: then a person must look (nobody is let in by accident). None, too, for
    an account that was closed meanwhile. `language` is what a new record begins with; one on file keeps its own.
    """
    ledger.hold(user.pk)
    arriving = selectors.open_user(user)
    if arriving is None or hasattr(user, "staff_member") or Acting.objects.filter(user=user, ends_at=None).exists():
        return None
    known = list(selectors.with_address(arriving.email)[:2])
    if not known:
        record = open_record(email=arriving.email, language=language, by=by)
        return begin_acting(arriving, record, "account.opened", by)
    if len(known) > 1:
        return None
    ledger.hold(known[0].id)
    if selectors.is_held(known[0].id):
        return None
    return begin_acting(arriving, known[0], "record.claimed", by)


def begin_acting(
    user: User,
    customer: Customer,
    event: str,
    by: Actor,
    capacity: Acting.Capacity = Acting.Capacity.SELF,
    **details: str,
) -> Customer:
    Acting.objects.create(user=user, customer=customer, capacity=capacity)
    ledger.append(event=event, by=by, customer=customer.id, object_type="customer", object=customer.id, details=details)
    return customer


@transaction.atomic
def make_claim_code(
    *,
    customer: Customer,
    officer: User,
    by: Actor,
    capacity: Acting.Capacity = Acting.Capacity.SELF,
    token: UUID | None = None,
) -> str:
    """A one-time code to hand over on paper, valid 14 days; stored as a keyed hash.

    The code follows from the token of the form it was asked for with: sent again, the form shows the same code.

    Only for a customer whom the address on file cannot let in: there is none, or another record has it too. Nobody
    at the company can otherwise step into a customer's place. A guardian's code is for a child below the age of its
    country, once the officer has seen who they are (GDPR Art 8(2)). Raises AddressWorks, NotAChild, AlreadyErased.
    """
    hold_unless_erased(customer.pk)
    if capacity == Acting.Capacity.GUARDIAN:
        if not is_child(customer, clock.now()):
            raise NotAChild
    elif selectors.is_alone_with_address(customer):
        raise AddressWorks
    asked = f"{officer.pk} {customer.pk} {capacity} {token or uuid4()}"
    code = rules.claim_code(sealing.keyed_hash(settings.KEYRING, "claim code", asked))
    hashed = sealing.keyed_hash(settings.KEYRING, "claim", rules.same_claim_code(code))
    ends_at = clock.now() + rules.CLAIM_CODE_LIFE
    _, made = ClaimCode.objects.get_or_create(
        code_hash=hashed,
        defaults={"customer": customer, "made_by": officer, "ends_at": ends_at, "capacity": capacity},
    )
    if not made:
        return code
    ledger.append(
        event="claim_code.made",
        by=by,
        customer=customer.id,
        object_type="customer",
        object=customer.id,
        details={"capacity": str(capacity)},
    )
    return code


def is_child(customer: Customer, now: datetime) -> bool:
    """Below the age at which a person consents alone where they live."""
    return rules.is_below_age(customer.born_on, customer.country, now.date())


@transaction.atomic
def claim_by_code(*, user: User, code: str, by: Actor) -> Customer:
    """Join a user to the record the code was printed for. Raises CodeDoesNotWork for every reason alike.

    The empty record a newcomer was given is left behind; who is known to the company already stays who they are.
    """
    ledger.hold(user.pk)
    if selectors.open_user(user) is None:
        raise CodeDoesNotWork
    wanted = sealing.keyed_hash(settings.KEYRING, "claim", rules.same_claim_code(code))
    claim = ClaimCode.objects.select_for_update().filter(code_hash=wanted, used_at=None).first()
    now = clock.now()
    if claim is None or claim.ends_at <= now or hasattr(user, "staff_member"):
        raise CodeDoesNotWork
    own = Acting.objects.filter(user=user, capacity="self", ends_at=None).values_list("customer_id", flat=True)
    ledger.hold(claim.customer_id, *own)
    customer = Customer.objects.get(pk=claim.customer_id)
    if not (may_guard if claim.capacity == Acting.Capacity.GUARDIAN else may_claim)(user, customer, now):
        raise CodeDoesNotWork
    claim.used_at = now
    claim.save(update_fields=["used_at"])
    if claim.capacity == Acting.Capacity.GUARDIAN:
        return begin_acting(user, customer, "guardian.accepted", by, Acting.Capacity.GUARDIAN)
    if customer.address_hash is None:
        take_address(customer=customer.id, email=user.email)
    left = leave_empty_record(user, now)
    return begin_acting(user, customer, "record.claimed", by, Acting.Capacity.SELF, **left)


def may_claim(user: User, customer: Customer, now: datetime) -> bool:
    """Of two codes for one record the first one used wins."""
    return not is_known(user) and not selectors.is_held(customer.id)


def may_guard(user: User, customer: Customer, now: datetime) -> bool:
    already = Acting.objects.filter(user=user, customer=customer, ends_at=None)
    return is_child(customer, now) and not already.exists()


def is_known(user: User) -> bool:
    """The user signs in as somebody the company has a number for."""
    own = Acting.objects.filter(user=user, capacity="self", ends_at=None)
    return own.filter(customer__reference__isnull=False).exists()


def leave_empty_record(user: User, now: datetime) -> dict[str, str]:
    """End acting for it and take its address off, which should lead to one record; the company's own address of a
    record with a number stays. Returns which, for the entry."""
    own = list(Acting.objects.filter(user=user, capacity="self", ends_at=None))
    Acting.objects.filter(pk__in=[acting.pk for acting in own]).update(ends_at=now)
    left = Customer.objects.filter(pk__in=[acting.customer_id for acting in own], reference=None)
    left.update(address_hash=None, sealed_address=None)
    return {"left": str(own[0].customer_id)} if own else {}


@transaction.atomic
def follow_address(*, user: User, by: Actor) -> None:
    """The user signs in with a new, verified address: notices about their own record go there from now on."""
    ledger.hold(user.pk)
    own = Acting.objects.filter(user=user, capacity="self", ends_at=None).first()
    if own is None or selectors.open_user(user) is None:
        return
    ledger.hold(own.customer_id)
    take_address(customer=own.customer_id, email=user.email)
    ledger.append(
        event="customer.address_changed",
        by=by,
        customer=own.customer_id,
        object_type="customer",
        object=own.customer_id,
    )


def take_address(*, customer: UUID, email: str) -> None:
    """Put a new verified address on file, sealed under the customer's key."""
    row = Customer.objects.select_for_update(no_key=True).get(pk=customer)
    put_address(row, keys.of(customer), email)
    row.save(update_fields=["address_hash", "sealed_address"])


@transaction.atomic
def choose_language(*, customer: UUID, language: str, by: Actor) -> None:
    """Pages and mail of this customer are in that language from now on. Choosing it again changes nothing.

    Raises AlreadyErased.
    """
    hold_unless_erased(customer)
    row = Customer.objects.select_for_update(no_key=True).get(pk=customer)
    if row.language == language:
        return
    row.language = language
    row.save(update_fields=["language"])
    ledger.append(event="customer.language_chosen", by=by, customer=customer, object_type="customer", object=customer)
