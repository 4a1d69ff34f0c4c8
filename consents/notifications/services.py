"""Queueing messages."""

import json
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from consents.core import clock, sealing
from consents.ledger.rules import Actor
from consents.notifications import tasks
from consents.notifications.delivery import STOPPED, recipient, written
from consents.notifications.models import Message
from consents.people.models import Customer, User
from consents.people.services import Farewell


@transaction.atomic
def tell(
    *, kind: str, key: str, user: User | None = None, customer: Customer | None = None, **context: str
) -> Message | None:
    """Queue one message in the caller's transaction.

    `kind` names the templates email/<kind>_subject.txt and _message.txt. `key` makes it once-only: a second call with
    the same key queues nothing and returns None. `context` must hold nothing personal.
    """
    message, made = Message.objects.get_or_create(
        key=key, defaults={"kind": kind, "user": user, "customer": customer, "context": context}
    )
    if made:
        tasks.send.defer(message=str(message.id))
    return message if made else None


@transaction.atomic
def queue_account_mail(*, to: str, subject: str, body: str) -> None:
    """Queue a mail of the sign-in pages. Address, code and text lie sealed until the job has sent them."""
    id = uuid4()
    queue_sealed(id=id, kind="account", key=f"account:{id}", to=to, subject=subject, body=body)


def queue_sealed(*, id: UUID, kind: str, key: str, to: str, subject: str, body: str) -> None:
    text = json.dumps({"to": to, "subject": subject, "body": body}).encode()
    sealed = sealing.seal(settings.KEYRING.wrapping[settings.KEYRING.current], text, "message", str(id))
    Message.objects.create(id=id, kind=kind, key=key, sealed=sealed, context={"kid": settings.KEYRING.current})
    tasks.send.defer(message=str(id))


@transaction.atomic
def stop_for_erased(*, customer: UUID, farewell: Farewell, by: Actor, **_: Any) -> None:
    """Nothing that waits is sent to an erased customer any more but the one mail that says so. By signal, inside
    that act. An erasure done again after a restore was told of the first time."""
    waiting = Message.objects.select_for_update().filter(sent_at=None).order_by("pk")
    to_them = waiting.filter(Q(customer=customer) | Q(user__in=farewell.closed))
    sealed = [row for row in waiting.filter(sealed__isnull=False) if recipient(row) in farewell.addresses]
    for row in [*to_them, *sealed]:
        row.sent_at, row.outcome, row.sealed = clock.now(), STOPPED, None
        row.save(update_fields=["sent_at", "outcome", "sealed"])
    if farewell.address and not by.original:
        subject, body = written("customer_erased", farewell.language, {})
        key = f"customer.erased:{customer}"
        queue_sealed(id=uuid4(), kind="customer_erased", key=key, to=farewell.address, subject=subject, body=body)
