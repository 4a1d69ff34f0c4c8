"""Writing and sending a queued message: the job's work. The one place that opens a customer's address."""

import json
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string

from consents.core import clock, sealing
from consents.notifications.models import Message
from consents.people.selectors import address_of


def deliver(*, message: UUID) -> None:
    """Send one message; the job may run twice, the mail keeps one Message-ID.

    Raises what the mail server raised, so that the queue tries again.
    """
    with transaction.atomic():
        row = Message.objects.select_for_update(of=["self"]).select_related("user", "customer").get(pk=message)
        if row.sent_at:
            return
        written = write(row)
        if written is not None:
            written.extra_headers["Message-ID"] = f"<{row.id}@{settings.PORTAL_URL.split('//')[-1].split(':')[0]}>"
            written.send()
        row.sent_at, row.outcome, row.sealed = clock.now(), "sent" if written else "no address", None
        row.save(update_fields=["sent_at", "outcome", "sealed"])


def write(row: Message) -> EmailMessage | None:
    """The mail itself; None when the person has no address on file."""
    if row.kind == "account":
        return opened(row)
    if row.user:
        address = row.user.email
    else:
        address = address_of(row.customer) if row.customer else ""
    if not address:
        return None
    context: dict[str, Any] = row.context | {"company": settings.PORTAL_COMPANY, "phone": settings.PORTAL_PHONE}
    subject = " ".join(render_to_string(f"email/{row.kind}_subject.txt", context).split())
    return EmailMessage(subject, render_to_string(f"email/{row.kind}_message.txt", context), to=[address])


def opened(row: Message) -> EmailMessage:
    key = settings.KEYRING.wrapping[row.context["kid"]]
    text = json.loads(sealing.unseal(key, bytes(row.sealed or b""), "message", str(row.id)))
    return EmailMessage(text["subject"], text["body"], to=[text["to"]])
