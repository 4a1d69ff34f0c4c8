"""A customer was erased: no mail goes to them any more but the last one, and nothing leads from a mail to them."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import translation

from consents.core import clock
from consents.notifications.letters import recipient, words, written
from consents.notifications.models import FailingAddress, Message, Preference
from consents.notifications.rules import HELD, STOPPED
from consents.notifications.services.telling import queue_sealed
from consents.people.models import Customer
from consents.people.selectors import address_hash
from consents.people.services import Farewell


@transaction.atomic
def stop_for_erased(*, customer: UUID, farewell: Farewell, **_: Any) -> None:
    """By signal, inside that act, whose entry tells of it."""
    waiting = Message.objects.select_for_update().filter(Q(sent_at=None) | Q(outcome=HELD)).order_by("pk")
    to_them = waiting.filter(Q(customer=customer) | Q(user__in=farewell.closed))
    sealed = [row for row in waiting.filter(sealed__isnull=False) if recipient(row) in farewell.addresses]
    for row in [*to_them, *sealed]:
        row.sent_at, row.outcome, row.sealed = clock.now(), STOPPED, None
        row.save(update_fields=["sent_at", "outcome", "sealed"])
    forget(customer, farewell)
    if farewell.address:
        with translation.override(farewell.language):
            queue_sealed(
                kind="customer_erased", to=farewell.address, letter=written("email/customer_erased", words({}))
            )


def forget(customer: UUID, farewell: Farewell) -> None:
    """Hashes by which mails sent are known again; of an address that nobody else has, also that it fails."""
    hashes = [address_hash(address) for address in farewell.addresses]
    theirs = Q(customer=customer) | Q(user__in=farewell.closed) | Q(address_hash__in=hashes, user=None, customer=None)
    Message.objects.filter(theirs, address_hash__isnull=False).update(address_hash=None)
    shared = Customer.objects.filter(address_hash__in=hashes).values("address_hash")
    FailingAddress.objects.filter(address_hash__in=hashes).exclude(address_hash__in=shared).delete()
    Preference.objects.filter(customer=customer).delete()
