"""Tell everybody concerned when somebody gets, or loses, the right to act for a customer: by signal, inside the act."""

from typing import Any
from uuid import UUID

from django.db import transaction

from consents.core import clock
from consents.ledger.rules import Actor
from consents.ledger.services import appending
from consents.notifications import selectors
from consents.notifications.email_texts import ContextValue
from consents.notifications.models import Preference, StaffPreference
from consents.notifications.services.queueing import list_translations, notify, queue_message
from consents.people import selectors as people
from consents.people.models import Acting, ClaimCode, Customer, Role, StaffMember
from consents.people.services.holding import lock_existing_customer
from consents.people.services.staff_members import check_still_works_here


@transaction.atomic
def choose_digests(*, customer: UUID, digests: Preference.Digests, by: Actor) -> None:
    """Save how often this customer is reminded. Choosing the same again changes nothing. Raises AlreadyErased."""
    lock_existing_customer(customer)
    if selectors.get_digest_preference(customer) == digests:
        return
    Preference.objects.update_or_create(customer_id=customer, defaults={"digests": digests, "since": clock.now()})
    appending.append_entry(
        event="digests.chosen",
        by=by,
        customer=customer,
        object_type="customer",
        object=customer,
        outcome=str(digests),
    )


@transaction.atomic
def choose_staff_emails(*, member: StaffMember, told: StaffPreference.Told, by: Actor) -> None:
    """Save how this member of staff is told of what waits for them. Choosing the same again changes nothing.

    Raises NoLongerHere.
    """
    appending.lock_people(member.pk)
    check_still_works_here(StaffMember.objects.select_related("user").get(pk=member.pk))
    if selectors.get_staff_preference(member.pk) == told:
        return
    StaffPreference.objects.update_or_create(member=member, defaults={"told": told, "since": clock.now()})
    appending.append_entry(event="staff_emails.chosen", by=by, object_type="user", object=member.pk, outcome=str(told))


def notify_of_claim_code(claim_code: ClaimCode, **_: Any) -> None:
    assert claim_code.ends_at is not None  # approved
    context: dict[str, ContextValue] = {"capacity": claim_code.capacity, "ends_at": claim_code.ends_at.isoformat()}
    notify_everyone_acting("claim_code_approved", f"{claim_code.pk}", claim_code.customer_id, context)


def notify_of_acting(acting: Acting, **_: Any) -> None:
    """Tell everyone concerned: of a part that has ended also the one who had it; one who begins knows it already."""
    kind = "acting_ended" if acting.ends_at else "acting_began"
    context: dict[str, ContextValue] = {"capacity": acting.capacity}
    newcomer = None if acting.ends_at else acting
    notify_everyone_acting(kind, f"{acting.pk}", acting.customer_id, context, newcomer)
    if acting.ends_at:
        queue_message(kind, f"{kind}:{acting.pk}:{acting.user_id}", acting.user, None, context)


def notify_everyone_acting(
    kind: str, key: str, customer_id: UUID, context: dict[str, ContextValue], newcomer: Acting | None = None
) -> None:
    """Email the address on file and every user who acts for the customer, each address once."""
    customer = Customer.objects.get(pk=customer_id)
    addresses = set(people.list_address_hashes(newcomer.user.email)) if newcomer else set()
    if customer.address_hash is not None and bytes(customer.address_hash) not in addresses:
        addresses.add(bytes(customer.address_hash))
        queue_message(kind, f"{kind}:{key}", None, customer, context)
    for acting in people.list_acting_users(customer.pk):
        theirs = people.list_address_hashes(acting.user.email)
        if addresses.isdisjoint(theirs):
            addresses.update(theirs)
            queue_message(kind, f"{kind}:{key}:{acting.user_id}", acting.user, None, context)


def notify_of_staff_place(member: StaffMember, change: str, entry: int, **_: Any) -> None:
    """Email the member how to sign in, or what they are now and what has ended."""
    kind = "staff_invited" if change == "invited" else "staff_place_changed"
    words = list_translations(Role(member.role).label)
    notify(kind=kind, key=f"staff:{entry}", user=member.user, change=change, role=words, team=member.team)
