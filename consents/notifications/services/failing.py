"""Mail that did not arrive: trying again, and addresses that mail does not reach."""

from smtplib import SMTPResponseException
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from consents.core import clock
from consents.core.refusals import Refusal
from consents.ledger import services as ledger
from consents.ledger.rules import Actor
from consents.notifications import selectors, tasks
from consents.notifications.models import FailingAddress, Message
from consents.notifications.rules import BOUNCED, REFUSED
from consents.people.models import Customer


class NotOurMail(Refusal):
    sentence = _("This is not a report about a mail of ours.")


class CannotRetry(Refusal):
    sentence = _("This mail cannot be sent again: it was sent, is still being tried, or held a code that is over.")


@transaction.atomic
def note_failed_try(*, message: UUID, error: Exception) -> None:
    """Sending failed and is tried again: of the error its kind and the server's code, never the text."""
    code = f" {error.smtp_code}" if isinstance(error, SMTPResponseException) else ""
    Message.objects.filter(pk=message, sent_at=None).update(
        tries=F("tries") + 1, error=f"{type(error).__name__}{code}"[:60]
    )


@transaction.atomic
def note_refused_address(*, message: UUID, status: str, by: Actor) -> None:
    """The mail server takes nothing for this address, and never will."""
    row = held(message)
    if row.sent_at is None:
        end(row, REFUSED, status, FailingAddress.How.REFUSED, by)


@transaction.atomic
def record_bounce(*, message: UUID, status: str, by: Actor) -> None:
    """The mail came back for good. Told twice, it is noted once. Raises NotOurMail."""
    row = held(message)
    if row.address_hash is None or row.outcome == REFUSED:
        raise NotOurMail
    if row.outcome != BOUNCED:
        end(row, BOUNCED, status, FailingAddress.How.BOUNCED, by)


def held(message: UUID) -> Message:
    """The message, locked after the people it concerns. Raises NotOurMail."""
    row = Message.objects.filter(pk=message).first()
    if row is None:
        raise NotOurMail
    for customer in sorted({*customers_of(row), *([row.customer_id] if row.customer_id else [])}):
        ledger.hold(customer)
    return Message.objects.select_for_update(of=["self"]).get(pk=message)


def customers_of(row: Message) -> list[UUID]:
    """Everybody with the address the message went to; almost always one."""
    if row.address_hash is None:
        return []
    return list(Customer.objects.filter(address_hash=row.address_hash).order_by("id").values_list("id", flat=True))


def end(row: Message, outcome: str, status: str, how: FailingAddress.How, by: Actor) -> None:
    row.outcome, row.sent_at, row.sealed = outcome, row.sent_at or clock.now(), None
    row.error = status
    row.save(update_fields=["outcome", "sent_at", "sealed", "error"])
    if row.address_hash is None:
        return
    _address, is_new = FailingAddress.objects.get_or_create(
        address_hash=row.address_hash, defaults={"how": how, "status": status}
    )
    if not is_new:
        return
    concerned, details = customers_of(row), {"status": status, "message": str(row.id)}
    for customer in concerned:
        ledger.append(
            event="address.failed",
            by=by,
            customer=customer,
            object_type="customer",
            object=customer,
            outcome=str(how),
            details=details,
        )
    if not concerned:
        kind, id = ("user", row.user_id) if row.user_id else ("message", row.id)
        ledger.append(event="address.failed", by=by, object_type=kind, object=id, outcome=str(how), details=details)


@transaction.atomic
def restore_address(*, customer: UUID, addresses: list[bytes], by: Actor) -> None:
    """The customer says, or shows by a mailed code, that mail arrives: reminders go there again."""
    ledger.hold(customer)
    removed, _of_each = FailingAddress.objects.filter(address_hash__in=addresses).delete()
    if removed:
        ledger.append(event="address.restored", by=by, customer=customer, object_type="customer", object=customer)


@transaction.atomic
def retry(*, message: UUID, by: Actor) -> None:
    """Try a failed message again from the start, under the same Message-ID. Raises CannotRetry."""
    row = held(message)
    if not selectors.can_be_retried(row):
        raise CannotRetry
    row.sent_at, row.outcome, row.tries, row.error = None, "", 0, ""
    row.save(update_fields=["sent_at", "outcome", "tries", "error"])
    ledger.append(event="message.retried", by=by, customer=row.customer_id, object_type="message", object=row.id)
    tasks.send.defer(message=str(row.id))
