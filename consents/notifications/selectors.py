"""Read which emails were not delivered, and which emails customers want."""

from uuid import UUID

from django.db.models import Q, QuerySet

from consents.core.clock import DatabaseNow
from consents.notifications.models import FailingAddress, Message, Preference, StaffPreference
from consents.notifications.rules import (
    DIGEST_EVERY,
    DIGESTS,
    FAILED,
    LASTING,
    MASS_KINDS,
    MAX_TRIES,
    OPTIONAL,
    SEALED,
    SENT,
)
from consents.people.models import Customer, User
from consents.people.selectors import list_address_hashes, list_mail_address_hashes


def select_undelivered_messages() -> QuerySet[Message]:
    """Select the messages that failed, were given up, or are being retried."""
    return select_unsent_messages().filter(Q(outcome__in=FAILED) | Q(sent_at=None, tries__gt=0))


def select_failed_messages() -> QuerySet[Message]:
    """Select the messages that will not be retried."""
    return select_unsent_messages().filter(Q(outcome__in=FAILED) | Q(sent_at=None, tries__gte=MAX_TRIES))


def select_unsent_messages() -> QuerySet[Message]:
    """Select by the index of the few that are not sent, which nearly all are."""
    return Message.objects.exclude(outcome=SENT)


def can_be_retried(message: Message) -> bool:
    """Return True unless the message is still being retried, or is sealed and no longer useful.

    A sealed message is useful only if it contains no code and its seal is still there.
    """
    is_over = message.outcome in FAILED or (message.sent_at is None and message.tries >= MAX_TRIES)
    return is_over and (message.kind not in SEALED or (message.kind in LASTING and message.sealed is not None))


def list_failing_addresses(user: User, customer: Customer | None) -> list[bytes]:
    """List, as keyed hashes, those addresses of this person that email does not reach."""
    theirs = list_address_hashes(user.email)
    if customer and customer.address_hash:
        theirs += list_mail_address_hashes(customer)
    return [bytes(hash) for hash in select_failing_addresses(theirs).values_list("address_hash", flat=True)]


def select_failing_addresses(addresses: list[bytes]) -> QuerySet[FailingAddress]:
    return FailingAddress.objects.filter(address_hash__in=addresses)


def get_digest_preference(customer: UUID) -> Preference.Digests:
    chosen = Preference.objects.filter(customer=customer).values_list("digests", flat=True).first()
    return Preference.Digests(chosen or Preference.Digests.WEEKLY)


def get_staff_preference(member: UUID) -> StaffPreference.Told:
    chosen = StaffPreference.objects.filter(pk=member).values_list("told", flat=True).first()
    return StaffPreference.Told(chosen or StaffPreference.Told.DAILY)


def list_members_told_at_once() -> list[StaffPreference]:
    """List the working members of staff who want an email for each thing that begins to wait."""
    chosen = StaffPreference.objects.filter(told=StaffPreference.Told.EACH, member__ended_at=None)
    return list(chosen.filter(member__user__is_active=True).select_related("member__user").order_by("pk"))


def may_queue(kind: str, customer: Customer) -> bool:
    """Return True unless the customer does not want an email of this kind, or it would not reach them."""
    if kind in OPTIONAL and get_digest_preference(customer.pk) == Preference.Digests.NEVER:
        return False
    if kind in MASS_KINDS and not is_reachable(customer):
        return False
    if kind not in DIGESTS:
        return True
    lately = Message.objects.filter(customer=customer, kind__in=DIGESTS, queued_at__gt=DatabaseNow() - DIGEST_EVERY)
    return not lately.exists()


def is_reachable(customer: Customer) -> bool:
    to = list_mail_address_hashes(customer)
    return bool(to) and not select_failing_addresses(to).exists()
