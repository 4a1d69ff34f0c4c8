"""Stop email to an erased customer, except for a last one, and remove what leads from an email to them."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import translation

from consents.core import clock
from consents.notifications.email_texts import build_email_context, get_sealed_recipient, render_email_text
from consents.notifications.models import FailingAddress, Message, Preference
from consents.notifications.rules import HELD, STOPPED
from consents.notifications.services.queueing import queue_sealed_email
from consents.people.models import Customer
from consents.people.selectors import list_address_hashes
from consents.people.services.erasing import Farewell


@transaction.atomic
def stop_emails_of_erased(*, customer: UUID, farewell: Farewell, **_: Any) -> None:
    """Stop waiting emails: by signal, inside the act of erasing, whose entry covers it."""
    waiting = Message.objects.select_for_update().filter(Q(sent_at=None) | Q(outcome=HELD)).order_by("pk")
    to_them = waiting.filter(Q(customer=customer) | Q(user__in=farewell.closed))
    sealed = [
        message
        for message in waiting.filter(sealed__isnull=False)
        if get_sealed_recipient(message) in farewell.addresses
    ]
    for message in [*to_them, *sealed]:
        message.sent_at, message.outcome, message.sealed = clock.now(), STOPPED, None
        message.save(update_fields=["sent_at", "outcome", "sealed"])
    forget_addresses(customer, farewell)
    for reader in farewell.readers:
        with translation.override(reader.language):
            context = build_email_context({"is_guardian": "yes"} if reader.is_guardian else {})
            letter = render_email_text("email/customer_erased", context)
            queue_sealed_email(kind="customer_erased", to=reader.address, letter=letter)


def forget_addresses(customer: UUID, farewell: Farewell) -> None:
    """Remove the hashes by which sent emails are recognised, and failures of an address that no one else has."""
    hashes = [hashed for address in farewell.addresses for hashed in list_address_hashes(address)]
    theirs = Q(customer=customer) | Q(user__in=farewell.closed) | Q(address_hash__in=hashes, user=None, customer=None)
    Message.objects.filter(theirs, address_hash__isnull=False).update(address_hash=None)
    shared = Customer.objects.filter(address_hash__in=hashes).values("address_hash")
    FailingAddress.objects.filter(address_hash__in=hashes).exclude(address_hash__in=shared).delete()
    Preference.objects.filter(customer=customer).delete()
