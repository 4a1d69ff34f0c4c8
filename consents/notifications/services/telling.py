"""Queueing messages."""

import json
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.utils.translation import get_language

from consents.core import clock, sealing
from consents.notifications import selectors, tasks
from consents.notifications.models import Message
from consents.notifications.rules import DIGEST_EVERY, DIGESTS
from consents.people.models import Customer, User


@transaction.atomic
def tell(
    *, kind: str, key: str, user: User | None = None, customer: Customer | None = None, **context: str
) -> Message | None:
    """Queue one message in the caller's transaction.

    `kind` names the templates email/<kind>_subject.txt and _message.txt. `key` makes it once-only: a second call with
    the same key queues nothing and returns None. So does a digest (rules.DIGESTS) to a customer who wants none, had
    one within the week, or whom mail does not reach. `context` must hold nothing personal.
    """
    if kind in DIGESTS and customer and not selectors.may_have_digest(customer, clock.now() - DIGEST_EVERY):
        return None
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
    text = json.dumps({"to": to, "subject": subject, "body": body, "language": get_language()}).encode()
    sealed = sealing.seal(settings.KEYRING.wrapping[settings.KEYRING.current], text, "message", str(id))
    Message.objects.create(
        id=id, kind="account", key=f"account:{id}", sealed=sealed, context={"kid": settings.KEYRING.current}
    )
    tasks.send.defer(message=str(id))
