"""Erasing a customer: the key is destroyed, the person unlinked, the pseudonym and the ledger stay (GDPR Art 17).

Two officers: one proposes, another confirms. What rooms above keep of the customer ends or goes in the same
transaction, by the signal `customer_erased`.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from consents.core import clock
from consents.core.refusals import Refusal, Unknown
from consents.ledger import selectors as entries
from consents.ledger import services as ledger
from consents.ledger.rules import Actor
from consents.people import selectors
from consents.people.models import (
    ClaimCode,
    Customer,
    CustomerKey,
    ErasedReference,
    Erasure,
    Evidence,
    LegalHold,
    StaffMember,
    User,
)
from consents.people.services.holding import OFFICERS, check_not_erased, check_officer, held_customer
from consents.people.services.records import leave_empty_record
from consents.people.signals import accounts_closed, customer_erased, erasure_begins


class AlreadyProposed(Refusal):
    sentence = _("Erasing this customer has been proposed already. Another officer can confirm it.")


class NotProposed(Refusal):
    sentence = _("Nobody has proposed erasing this customer, or it was cancelled.")


class TheSameOfficer(Refusal):
    sentence = _("Who proposed an erasure cannot confirm it: another officer must look at it.")
    status = 403


class HeldByLaw(Refusal):
    """Says why and until when at least."""

    def __init__(self, hold: LegalHold) -> None:
        about = {"reason": hold.get_reason_display(), "day": date_format(hold.review_on)}
        super().__init__(
            _("This customer cannot be erased now, because of %(reason)s. It is looked at again on %(day)s.") % about
        )


@dataclass(frozen=True)
class Farewell:
    """What is known of the person for the last time: accounts that close, where mail went, and where the last one goes:
    nowhere when an erasure is done again after a restore, since it was told of the first time."""

    closed: list[User]
    addresses: set[str] = field(repr=False)
    address: str = field(repr=False)
    language: str

    @classmethod
    def to(cls, customer: Customer, closed: list[User], *, is_again: bool) -> "Farewell":
        known = [selectors.address_of(customer), *(user.email for user in closed)]
        addresses = [address for address in known if address]
        last = "" if is_again else next(iter(addresses), "")
        return cls(closed, set(addresses), last, selectors.language_of(customer))


@transaction.atomic
def propose_erasure(*, customer: UUID, reason: Erasure.Reason, officer: StaffMember, by: Actor) -> Erasure:
    """The first of two officers. Raises NotAnOfficer, Unknown, AlreadyErased, AlreadyProposed, HeldByLaw."""
    check_officer(officer, OFFICERS)
    check_not_erased(held_customer(customer))
    check_not_held(customer)
    if open_erasure(customer):
        raise AlreadyProposed
    erasure = Erasure.objects.create(customer_id=customer, reason=reason, proposed_by=officer.user)
    tell("erasure.proposed", erasure, by)
    return erasure


@transaction.atomic
def cancel_erasure(*, erasure: UUID, officer: StaffMember, by: Actor) -> Erasure:
    """Take a proposal back; any officer may. Raises NotAnOfficer, Unknown, NotProposed (done or cancelled)."""
    check_officer(officer, OFFICERS)
    customer = Erasure.objects.filter(pk=erasure).values_list("customer_id", flat=True).first()
    if customer is None:
        raise Unknown
    held_customer(customer)
    row = open_erasure(customer)
    if row is None or row.pk != erasure:
        raise NotProposed
    row.cancelled_by, row.cancelled_at = officer.user, clock.now()
    row.save(update_fields=["cancelled_by", "cancelled_at"])
    tell("erasure.cancelled", row, by)
    return row


@transaction.atomic
def drop_erasure(*, customer: UUID, by: Actor) -> Erasure | None:
    """The customer's own wish does not stand any more, taken back or answered otherwise: what was proposed to that end
    is cancelled, by whoever ended it. None where nothing of that reason waits."""
    held_customer(customer)
    row = open_erasure(customer)
    if row is None or row.reason != Erasure.Reason.REQUESTED:
        return None
    row.cancelled_by_id, row.cancelled_at = UUID(by.id), clock.now()
    row.save(update_fields=["cancelled_by", "cancelled_at"])
    tell("erasure.cancelled", row, by)
    return row


def tell(event: str, erasure: Erasure, by: Actor) -> None:
    ledger.append(
        event=event,
        by=by,
        customer=erasure.customer_id,
        object_type="erasure",
        object=erasure.id,
        outcome=erasure.reason,
    )


@transaction.atomic
def erase(*, customer: UUID, officer: StaffMember, by: Actor) -> Erasure:
    """The second officer confirms, and it is done, for good. Repeating it changes nothing.

    Raises NotAnOfficer, Unknown, NotProposed, TheSameOfficer, HeldByLaw.
    """
    check_officer(officer, OFFICERS)
    row = held_with_users(customer)
    if row.erased_at:
        return Erasure.objects.get(customer=row, done_at__isnull=False)
    erasure = open_erasure(customer)
    if erasure is None:
        raise NotProposed
    if erasure.proposed_by_id == officer.pk:
        raise TheSameOfficer
    check_not_held(customer)
    erasure.confirmed_by = officer.user
    carry_out(row, erasure, by)
    return erasure


@transaction.atomic
def erase_again(
    *, customer: UUID, reason: Erasure.Reason, accounts: Collection[UUID] = frozenset(), by: Actor
) -> Erasure:
    """After a restore: a customer whose erasure the backup did not know. `by` names the original entry.

    `accounts` closed with it the first time; in the backup they may act for nobody yet, or for a record they had left
    by then. The database allows it only until a restoration is opened. Nobody is written to a second time.
    Raises Unknown.
    """
    row = held_with_users(customer, accounts)
    if row.erased_at:
        return Erasure.objects.get(customer=row, done_at__isnull=False)
    erasure = open_erasure(customer) or Erasure(customer=row, reason=reason)
    erasure.original = bytes.fromhex(by.original)
    carry_out(row, erasure, by, accounts)
    return erasure


@transaction.atomic
def close_again(*, accounts: Collection[UUID], reference: str = "", by: Actor) -> None:
    """After a restore: accounts that closed with a customer of whom the backup knows nothing at all, and the hash of
    the number that is not to bring them back, as the entry of their erasure tells them.

    Repeating it changes nothing.
    """
    if reference:
        keep_out(bytes.fromhex(reference))
    closing = selectors.open_accounts(accounts)
    if not closing:
        return
    left = leave(closing, clock.now())
    close(closing, clock.now())
    details = {"accounts": [str(user.pk) for user in closing], "left": left}
    ledger.append(event="account.closed", by=by, object_type="user", object=closing[0].pk, details=details)


def held_with_users(customer: UUID, accounts: Collection[UUID] = frozenset()) -> Customer:
    """Users before the customer, as everywhere. Raises Unknown."""
    selectors.users_only_for(customer, accounts)
    return held_customer(customer)


def open_erasure(customer: UUID) -> Erasure | None:
    return Erasure.objects.select_for_update().filter(customer=customer, done_at=None, cancelled_at=None).first()


def check_not_held(customer: UUID) -> None:
    hold = selectors.holds(customer).first()
    if hold:
        raise HeldByLaw(hold)


def carry_out(customer: Customer, erasure: Erasure, by: Actor, accounts: Collection[UUID] = frozenset()) -> None:
    """The act itself; the entry of it is the proof of erasure."""
    erasure_begins.send(sender=Customer, customer=customer.pk)
    closed = selectors.users_only_for(customer.pk, accounts)
    farewell = Farewell.to(customer, closed, is_again=bool(by.original))
    erasure.done_at = clock.now()
    erasure.save()
    reference = unlink(customer, erasure)
    left = leave(closed, erasure.done_at)
    close(closed, erasure.done_at)
    ledger.append(
        event="customer.erased",
        by=by,
        customer=customer.pk,
        object_type="customer",
        object=customer.pk,
        outcome=erasure.reason,
        details={"erasure": str(erasure.id), "accounts": [str(user.pk) for user in closed]}
        | ({"left": left} if left else {})
        | ({"reference": reference} if reference else {})
        | ({"proposed_by": str(erasure.proposed_by_id)} if erasure.proposed_by_id else {}),
    )
    customer_erased.send(sender=Customer, customer=customer.pk, by=by, farewell=farewell)


def unlink(customer: Customer, erasure: Erasure) -> str:
    """Destroy the key and everything that leads from the pseudonym to the person. Returns the keyed hash of their
    number for the entry, so that a restored backup keeps out whom it never knew."""
    CustomerKey.objects.filter(customer=customer).delete()
    ClaimCode.objects.filter(customer=customer).delete()
    Evidence.objects.filter(pk__in=entries.evidence_of(customer.pk)).delete()
    customer.actings.filter(ends_at=None).update(ends_at=erasure.done_at)
    known_again = selectors.reference_hash(customer.reference) if customer.reference else b""
    if known_again:
        keep_out(known_again)
    customer.reference = customer.address_hash = customer.sealed_address = None
    customer.country = customer.region = customer.language = ""
    customer.born_on = None
    customer.erased_at = erasure.done_at
    customer.save()
    return known_again.hex()


def keep_out(reference: bytes) -> None:
    """The company's next list does not bring back whose number has this hash."""
    ErasedReference.objects.bulk_create([ErasedReference(hash=reference)], ignore_conflicts=True)


def leave(users: list[User], now: datetime) -> list[str]:
    """A restored backup may have them act for a record they had left: it leads to nobody any more. Returns which."""
    return [record for user in users for record in leave_empty_record(user, now).values()]


def close(users: list[User], now: datetime) -> None:
    """A bare row stays where records name who answered; nobody can sign in with it, and the address is free again."""
    for user in users:
        user.email, user.first_name, user.last_name = f"{user.pk}@erased.invalid", "", ""
        user.is_active, user.last_login, user.closed_at = False, None, now
        user.set_unusable_password()
        user.save()
    Evidence.objects.filter(user__in=[user.pk for user in users]).delete()
    accounts_closed.send(sender=User, users=users)
