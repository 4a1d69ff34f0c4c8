"""Record undelivered email and failing addresses, and retry messages."""

from datetime import datetime
from smtplib import SMTPResponseException
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from consents.core import clock, sealing
from consents.core.refusals import Refusal
from consents.ledger.rules import Actor
from consents.ledger.services import appending
from consents.notifications import selectors, tasks
from consents.notifications.models import FailingAddress, Message
from consents.notifications.rules import BOUNCED, HELD, LASTING, REFUSED, SEALED
from consents.people import selectors as people
from consents.people.models import Customer


class NotOurMail(Refusal):
    sentence = _("This report is not about an email of ours.")


class CannotRetry(Refusal):
    sentence = _(
        "This email cannot be sent again: it was sent, is still being retried, or contained a code that has expired."
    )


@transaction.atomic
def record_failed_try(*, message: UUID, error: Exception) -> None:
    """Record a failed attempt that will be retried: the kind of error and the server's code, never the text."""
    code = f" {error.smtp_code}" if isinstance(error, SMTPResponseException) else ""
    kind = f"{type(error).__name__}{code}"[:60]
    Message.objects.filter(pk=message, sent_at=None).update(tries=F("tries") + 1, error=kind)


@transaction.atomic
def record_refused_address(*, message: UUID, status: str, by: Actor) -> None:
    """Record that the mail server refuses this address for good."""
    locked = lock_message(message)
    if locked.sent_at is None:
        record_failure(locked, REFUSED, status, FailingAddress.How.REFUSED, by)


@transaction.atomic
def record_bounce(*, message: UUID, status: str, by: Actor) -> None:
    """Record that the email was returned for good. Reported twice, it is recorded once. Raises NotOurMail."""
    locked = lock_message(message)
    if locked.address_hash is None or locked.outcome == REFUSED:
        raise NotOurMail
    if locked.outcome != BOUNCED:
        record_failure(locked, BOUNCED, status, FailingAddress.How.BOUNCED, by)


def lock_message(message: UUID) -> Message:
    """Lock the message, after the people it concerns. Raises NotOurMail."""
    found_message = Message.objects.filter(pk=message).first()
    if found_message is None:
        raise NotOurMail
    for customer in sorted(filter(None, {*list_customers_with_address(found_message), found_message.customer_id})):
        appending.lock_people(customer)
    return Message.objects.select_for_update(of=["self"]).get(pk=message)


def list_customers_with_address(message: Message) -> list[UUID]:
    """List everyone with the address the message went to; almost always one."""
    if message.address_hash is None:
        return []
    concerned = Customer.objects.filter(address_hash__in=list_hashes_of_address(bytes(message.address_hash)))
    return list(concerned.order_by("id").values_list("id", flat=True))


def list_hashes_of_address(hashed: bytes) -> list[bytes]:
    """Return the hashes, newest first, that this one may have become meanwhile."""
    return sealing.list_later_hashes(settings.KEYRING, hashed)[::-1]


def record_failure(message: Message, outcome: str, status: str, how: FailingAddress.How, by: Actor) -> None:
    message.outcome, message.sent_at, message.sealed = outcome, message.sent_at or clock.now(), None
    message.error = status
    message.save(update_fields=["outcome", "sent_at", "sealed", "error"])
    if message.address_hash is None:
        return
    hashes = list_hashes_of_address(bytes(message.address_hash))
    if selectors.select_failing_addresses(hashes).exists():
        return
    address, defaults = people.choose_address_hash(hashes), {"how": how, "status": status}
    _address, is_new = FailingAddress.objects.get_or_create(address_hash=address, defaults=defaults)
    if not is_new:
        return
    concerned: list[tuple[UUID | None, str, UUID]]
    concerned = [(customer, "customer", customer) for customer in list_customers_with_address(message)]
    stranger = ("user", message.user_id) if message.user_id else ("message", message.id)
    for customer, kind, id in concerned or [(None, *stranger)]:
        appending.append_entry(
            event="address.failed",
            by=by,
            customer=customer,
            object_type=kind,
            object=id,
            outcome=str(how),
            details={"status": status, "message": str(message.id)},
        )


@transaction.atomic
def restore_address(*, customer: UUID, addresses: list[bytes], by: Actor) -> None:
    """Send reminders to these addresses again: the customer says, or shows with an emailed code, that email arrives."""
    appending.lock_people(customer)
    removed, _of_each = FailingAddress.objects.filter(address_hash__in=addresses).delete()
    if removed:
        appending.append_entry(
            event="address.restored", by=by, customer=customer, object_type="customer", object=customer
        )


@transaction.atomic
def retry_message(*, message: UUID, by: Actor) -> None:
    """Try a failed message again from the start, under the same Message-ID. Raises CannotRetry."""
    locked = lock_message(message)
    if not selectors.can_be_retried(locked):
        raise CannotRetry
    locked.sent_at, locked.outcome, locked.tries, locked.error = None, "", 0, ""
    locked.save(update_fields=["sent_at", "outcome", "tries", "error"])
    appending.append_entry(
        event="message.retried", by=by, customer=locked.customer_id, object_type="message", object=locked.id
    )
    tasks.send_message.defer(message=str(locked.id))


@transaction.atomic
def hold_back_emails(*, before: datetime) -> int:
    """Hold back everything that was queued before then and is still waiting; return how many emails that was.

    Officers find them in the outbox and may send them, except for emails with a code, which has expired. Runs inside an
    act whose entry tells the number.
    """
    waiting = Message.objects.filter(sent_at=None, queued_at__lt=before)
    held = {"sent_at": clock.now(), "outcome": HELD}
    codes = waiting.filter(kind__in=SEALED - LASTING).update(**held, sealed=None)
    return codes + waiting.update(**held)
