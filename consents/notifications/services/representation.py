"""Tell everybody concerned when somebody gets, or loses, the right to act for a customer: by signal, inside the act."""

from typing import Any
from uuid import UUID

from consents.notifications.email_texts import ContextValue
from consents.notifications.services.queueing import queue_message
from consents.people import selectors
from consents.people.models import Acting, ClaimCode, Customer


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
    addresses = set(selectors.list_address_hashes(newcomer.user.email)) if newcomer else set()
    if customer.address_hash is not None and bytes(customer.address_hash) not in addresses:
        addresses.add(bytes(customer.address_hash))
        queue_message(kind, f"{kind}:{key}", None, customer, context)
    for acting in selectors.list_acting_users(customer.pk):
        theirs = selectors.list_address_hashes(acting.user.email)
        if addresses.isdisjoint(theirs):
            addresses.update(theirs)
            queue_message(kind, f"{kind}:{key}:{acting.user_id}", acting.user, None, context)
