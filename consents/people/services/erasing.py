"""Erase a customer: destroy the key and unlink the person; the pseudonym and the ledger stay (GDPR Art 17).

It takes two officers: one proposes, another confirms. Whatever the rooms above keep of the customer ends or goes in the
same transaction, by the signal `customer_erased`.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from consents.core import clock
from consents.core.durations import format_day
from consents.core.refusals import Refusal, get_or_refuse
from consents.ledger.rules import Actor
from consents.ledger.selectors import timelines
from consents.ledger.services import appending
from consents.people import rules, selectors
from consents.people.models import (
    Acting,
    ClaimCode,
    Customer,
    CustomerKey,
    DirectoryPerson,
    ErasedReference,
    Erasure,
    Evidence,
    LegalHold,
    StaffMember,
    User,
)
from consents.people.services.holding import (
    OFFICERS,
    check_not_erased,
    check_not_own_matter,
    check_officer,
    lock_customer,
)
from consents.people.signals import accounts_closed, customer_erased, erasure_begins
from consents.people.two_officers.refusals import AlreadyDecided, AlreadyProposed, Matter

ERASURE = Matter(
    already_proposed=_("Erasing this customer has already been proposed. Another officer can confirm it."),
    needs_second_officer=_("You proposed this erasure, so another officer must review and confirm it."),
    already_decided=_("No one has proposed erasing this customer, or the proposal was cancelled."),
)


class UnderLegalHold(Refusal):
    """Says why, and until when at least."""

    sentence = _("This customer cannot be erased now because of %(reason)s. The hold will be reviewed on %(day)s.")

    def __init__(self, hold: LegalHold) -> None:
        super().__init__(reason=hold.get_reason_display(), day=format_day(hold.review_on))


class FarewellReader(NamedTuple):
    address: str
    language: str
    is_guardian: bool = False


@dataclass(frozen=True)
class Farewell:
    """The last that is known of the person: accounts that close, addresses email went to, and to whom the last email
    goes: the address on file and everyone who acts, each address once.

    Nobody gets it if an erasure is repeated after a restore: they were told the first time.
    """

    closed: list[User]
    addresses: set[str] = field(repr=False)
    readers: list[FarewellReader] = field(repr=False)

    @classmethod
    def to(cls, customer: Customer, closed: list[User], *, is_again: bool) -> "Farewell":
        own = selectors.open_address(customer)
        addresses = {address for address in (own, *(user.email for user in closed)) if address}
        return cls(closed, addresses, [] if is_again else list_farewell_readers(customer, own))


def list_farewell_readers(customer: Customer, address: str) -> list[FarewellReader]:
    language = selectors.get_customer_language(customer)
    readers = {rules.normalize_address(address): FarewellReader(address, language)} if address else {}
    for acting in selectors.list_acting_users(customer.pk):
        user, is_guardian = acting.user, acting.capacity == Acting.Capacity.GUARDIAN
        reader = FarewellReader(user.email, selectors.find_user_language(user) or language, is_guardian=is_guardian)
        readers.setdefault(rules.normalize_address(user.email), reader)
    return list(readers.values())


@transaction.atomic
def propose_erasure(*, customer: UUID, reason: Erasure.Reason, officer: StaffMember, by: Actor) -> Erasure:
    """Propose an erasure, as the first of two officers.

    Raises NotAnOfficer, Unknown, AlreadyErased, OwnMatter, AlreadyProposed, UnderLegalHold.
    """
    check_officer(officer, OFFICERS)
    check_not_erased(lock_customer(customer))
    check_not_own_matter(officer.pk, customer)
    check_no_legal_hold(customer)
    if lock_open_erasure(customer):
        raise AlreadyProposed(ERASURE.already_proposed)
    erasure = Erasure.objects.create(customer_id=customer, reason=reason, proposed_by=officer.user)
    append_erasure_entry("erasure.proposed", erasure, by)
    return erasure


@transaction.atomic
def cancel_erasure(*, erasure: UUID, officer: StaffMember, by: Actor) -> Erasure:
    """Cancel a proposal; any officer may but in their own matter.

    Raises NotAnOfficer, Unknown, OwnMatter, AlreadyDecided (done or cancelled).
    """
    check_officer(officer, OFFICERS)
    customer = get_or_refuse(Erasure.objects.filter(pk=erasure).values_list("customer_id", flat=True))
    lock_customer(customer)
    check_not_own_matter(officer.pk, customer)
    proposal = lock_open_erasure(customer)
    if proposal is None or proposal.pk != erasure:
        raise AlreadyDecided(ERASURE.already_decided)
    return save_cancellation(proposal, officer.pk, by)


@transaction.atomic
def cancel_requested_erasure(*, customer: UUID, by: Actor) -> Erasure | None:
    """Cancel an erasure proposed at the customer's request, when that request is withdrawn or answered otherwise.

    Returns None if no such proposal is open.
    """
    lock_customer(customer)
    erasure = lock_open_erasure(customer)
    if erasure is None or erasure.reason != Erasure.Reason.REQUESTED:
        return None
    return save_cancellation(erasure, UUID(by.id), by)


def save_cancellation(erasure: Erasure, user: UUID, by: Actor) -> Erasure:
    erasure.cancelled_by_id, erasure.cancelled_at = user, clock.now()
    erasure.save(update_fields=["cancelled_by", "cancelled_at"])
    append_erasure_entry("erasure.cancelled", erasure, by)
    return erasure


def append_erasure_entry(event: str, erasure: Erasure, by: Actor) -> None:
    appending.append_entry(
        event=event,
        by=by,
        customer=erasure.customer_id,
        object_type="erasure",
        object=erasure.id,
        outcome=erasure.reason,
    )


@transaction.atomic
def erase_customer(*, customer: UUID, officer: StaffMember, by: Actor) -> Erasure:
    """Confirm, as the second officer, and erase the customer for good. Repeating it changes nothing.

    Raises NotAnOfficer, Unknown, OwnMatter, AlreadyDecided, NeedsSecondOfficer, UnderLegalHold.
    """
    check_officer(officer, OFFICERS)
    locked = lock_customer_and_users(customer)
    if locked.erased_at:
        return Erasure.objects.get(customer=locked, done_at__isnull=False)
    check_not_own_matter(officer.pk, customer)
    erasure = lock_open_erasure(customer)
    if erasure is None:
        raise AlreadyDecided(ERASURE.already_decided)
    ERASURE.check_may_decide(erasure.proposed_by_id, officer.pk)
    check_no_legal_hold(customer)
    erasure.confirmed_by = officer.user
    execute_erasure(locked, erasure, by)
    return erasure


@transaction.atomic
def erase_customer_again(
    *, customer: UUID, reason: Erasure.Reason, accounts: Collection[UUID] = frozenset(), by: Actor
) -> Erasure:
    """Repeat, after a restore, an erasure that the backup did not know. `by` names the original entry.

    `accounts` were closed with it the first time; in the backup they may not act for anyone yet, or act for a record
    they later left. The database allows it only until a restoration is opened. No one is notified a second time. Raises
    Unknown.
    """
    locked = lock_customer_and_users(customer, accounts)
    if locked.erased_at:
        return Erasure.objects.get(customer=locked, done_at__isnull=False)
    erasure = lock_open_erasure(customer) or Erasure(customer=locked, reason=reason)
    erasure.original = bytes.fromhex(by.original)
    execute_erasure(locked, erasure, by, accounts)
    return erasure


@transaction.atomic
def close_accounts_again(*, accounts: Collection[UUID], reference: str = "", by: Actor) -> None:
    """Close, after a restore, the accounts of an erased customer whom the backup does not know at all.

    `reference` is the hash of the number that must not bring the customer back; the entry of the erasure names it.
    Repeating it changes nothing.
    """
    if reference:
        block_reference(bytes.fromhex(reference))
    closing = selectors.lock_open_accounts(accounts)
    if not closing:
        return
    close_accounts(closing, clock.now())
    details = {"accounts": [str(user.pk) for user in closing]}
    appending.append_entry(event="account.closed", by=by, object_type="user", object=closing[0].pk, details=details)


def lock_customer_and_users(customer: UUID, accounts: Collection[UUID] = frozenset()) -> Customer:
    """Lock the users before the customer, as everywhere. Raises Unknown."""
    selectors.lock_sole_users(customer, accounts)
    return lock_customer(customer)


def lock_open_erasure(customer: UUID) -> Erasure | None:
    return Erasure.objects.select_for_update().filter(customer=customer, done_at=None, cancelled_at=None).first()


def check_no_legal_hold(customer: UUID) -> None:
    hold = selectors.select_legal_holds(customer).first()
    if hold:
        raise UnderLegalHold(hold)


def execute_erasure(customer: Customer, erasure: Erasure, by: Actor, accounts: Collection[UUID] = frozenset()) -> None:
    """Erase the customer; the ledger entry of it is the proof of erasure."""
    erasure_begins.send(sender=Customer, customer=customer.pk, erasure=erasure)
    closed = selectors.lock_sole_users(customer.pk, accounts)
    farewell = Farewell.to(customer, closed, is_again=bool(by.original))
    erasure.done_at = clock.now()
    erasure.save()
    reference = unlink_customer(customer, erasure)
    close_accounts(closed, erasure.done_at)
    appending.append_entry(
        event="customer.erased",
        by=by,
        customer=customer.pk,
        object_type="customer",
        object=customer.pk,
        outcome=erasure.reason,
        details={"erasure": str(erasure.id), "accounts": [str(user.pk) for user in closed]}
        | ({"reference": reference} if reference else {})
        | ({"proposed_by": str(erasure.proposed_by_id)} if erasure.proposed_by_id else {}),
    )
    customer_erased.send(sender=Customer, customer=customer.pk, by=by, farewell=farewell)


def unlink_customer(customer: Customer, erasure: Erasure) -> str:
    """Destroy the key and everything that leads from the pseudonym to the person.

    Returns the keyed hash of their number for the entry, so that a restored backup keeps out customers it never knew.
    """
    CustomerKey.objects.filter(customer=customer).delete()
    ClaimCode.objects.filter(customer=customer).delete()
    Evidence.objects.filter(pk__in=timelines.select_evidence_ids(customer.pk)).delete()
    customer.actings.filter(ends_at=None).update(ends_at=erasure.done_at)
    customer.actings.update(sealed_name=None)
    known_again = selectors.hash_reference(customer.reference) if customer.reference else b""
    if known_again:
        block_reference(known_again)
    customer.reference = customer.address_hash = customer.sealed_address = None
    customer.country = customer.region = customer.language = customer.time_zone = ""
    customer.born_on, customer.yes_of = None, Customer.YesOf.ALL
    customer.erased_at = erasure.done_at
    customer.save()
    return known_again.hex()


def block_reference(reference: bytes) -> None:
    """Keep the company's next list from bringing back the customer whose number has this hash."""
    ErasedReference.objects.bulk_create([ErasedReference(hash=reference)], ignore_conflicts=True)


def close_accounts(users: list[User], now: datetime) -> None:
    """Empty the accounts so that no one can sign in and the address is free again; the rows stay, as records name
    them.
    """
    for user in users:
        user.email, user.first_name, user.last_name = f"{user.pk}@erased.invalid", "", ""
        user.new_email, user.new_email_at, user.language = "", None, ""
        user.is_active, user.last_login, user.closed_at = False, None, now
        user.set_unusable_password()
        user.save()
    Evidence.objects.filter(user__in=[user.pk for user in users]).delete()
    DirectoryPerson.objects.filter(user__in=users).delete()
    accounts_closed.send(sender=User, users=users)
