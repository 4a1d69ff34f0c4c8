"""What is known of mail that did not arrive, and of what customers want of mail."""

from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from consents.notifications.models import FailingAddress, Message, Preference
from consents.notifications.rules import DIGEST_EVERY, DIGESTS, FAILED, LASTING, OPTIONAL, SEALED, TO_MANY, TRIES
from consents.people.models import Customer, User
from consents.people.selectors import address_hash, hash_to_write_to


def undelivered() -> QuerySet[Message]:
    """Failed, given up, or failing and tried again."""
    return Message.objects.filter(Q(outcome__in=FAILED) | Q(sent_at=None, tries__gt=0))


def failed() -> QuerySet[Message]:
    """Nobody will try these again."""
    return Message.objects.filter(Q(outcome__in=FAILED) | Q(sent_at=None, tries__gte=TRIES))


def can_be_retried(row: Message) -> bool:
    """Not while it is still being tried; of those that lie sealed only what lasts and has not been opened: elsewhere a
    code is over by then, or the address is gone."""
    is_over = row.outcome in FAILED or (row.sent_at is None and row.tries >= TRIES)
    return is_over and (row.kind not in SEALED or (row.kind in LASTING and row.sealed is not None))


def failing_addresses(user: User, customer: Customer | None) -> list[bytes]:
    """Of the addresses of this person, as keyed hashes, those that mail does not reach."""
    theirs = [address_hash(user.email)]
    if customer and customer.address_hash:
        theirs.append(bytes(customer.address_hash))
    return [bytes(found) for found in failing(theirs).values_list("address_hash", flat=True)]


def failing(addresses: list[bytes]) -> QuerySet[FailingAddress]:
    return FailingAddress.objects.filter(address_hash__in=addresses)


def digests_of(customer: UUID) -> Preference.Digests:
    chosen = Preference.objects.filter(customer=customer).values_list("digests", flat=True).first()
    return Preference.Digests(chosen or Preference.Digests.WEEKLY)


def may_have(kind: str, customer: Customer, now: datetime) -> bool:
    """Whether a mail of this kind is to be queued: not against the customer's wish, nor where it would not arrive."""
    if kind in OPTIONAL and digests_of(customer.pk) == Preference.Digests.NEVER:
        return False
    if kind in TO_MANY and not arrives(customer):
        return False
    lately = Message.objects.filter(customer=customer, kind__in=DIGESTS, queued_at__gt=now - DIGEST_EVERY)
    return kind not in DIGESTS or not lately.exists()


def arrives(customer: Customer) -> bool:
    to = hash_to_write_to(customer)
    return to is not None and not failing([to]).exists()
