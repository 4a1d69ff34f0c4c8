"""Writing and sending a queued message: the job's work. The one place that opens a customer's address."""

import json
from datetime import datetime
from smtplib import SMTPRecipientsRefused
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from consents.core import clock, sealing
from consents.notifications.models import Message
from consents.people.rules import same_address
from consents.people.selectors import address_of

SENT, NO_ADDRESS, REFUSED, STOPPED = "sent", "no address", "address refused", "stopped"


def deliver(*, message: UUID) -> None:
    """Send one message; the job may run twice, the mail keeps one Message-ID.

    Raises what the mail server raised, so that the queue tries again; an address that never takes mail is noted.
    """
    with transaction.atomic():
        row = Message.objects.select_for_update(of=["self"]).select_related("user", "customer").get(pk=message)
        if row.sent_at:
            return
        row.outcome = hand_over(write(row), f"<{row.id}@{urlsplit(settings.PORTAL_URL).hostname}>")
        row.sent_at, row.sealed = clock.now(), None
        row.save(update_fields=["sent_at", "outcome", "sealed"])


def hand_over(mail: EmailMessage | None, id: str) -> str:
    """The outcome: sent, no address, or refused for good."""
    if mail is None:
        return NO_ADDRESS
    mail.extra_headers["Message-ID"] = id
    try:
        mail.send()
    except ValueError:  # no mail server is even asked; the text would name the address
        return REFUSED
    except SMTPRecipientsRefused as refused:
        if not all(500 <= code < 600 for code, _text in refused.recipients.values()):
            raise
        return REFUSED
    return SENT


def write(row: Message) -> EmailMessage | None:
    """The mail itself, in its reader's language; None when the person has no address on file."""
    if row.sealed:
        return opened(row)
    if row.user:
        address, language = row.user.email, settings.LANGUAGE_CODE
    else:
        address, language = (address_of(row.customer), row.customer.language) if row.customer else ("", "")
    if not address:
        return None
    return EmailMessage(*written(row.kind, language, row.context), to=[address])


def written(kind: str, language: str, context: dict[str, str]) -> tuple[str, str]:
    """(subject, text) of a mail in a language."""
    with translation.override(language):
        context = words(context)
        subject = " ".join(render_to_string(f"email/{kind}_subject.txt", context).split())
        return subject, render_to_string(f"email/{kind}_message.txt", context)


def words(context: dict[str, str]) -> dict[str, str]:
    """What the templates of a mail may name."""
    about = {"company": settings.PORTAL_COMPANY, "phone": settings.PORTAL_PHONE, "portal_url": settings.PORTAL_URL}
    if "answer_by" in context:
        moment = timezone.localtime(datetime.fromisoformat(context["answer_by"]))
        spelled = {"moment": date_format(moment, "j F Y, H:i"), "zone": timezone.get_current_timezone_name()}
        about["answer_by"] = _("%(moment)s (%(zone)s time)") % spelled
    return context | about


def opened(row: Message) -> EmailMessage:
    text = unsealed(row)
    return EmailMessage(text["subject"], text["body"], to=[text["to"]])


def recipient(row: Message) -> str:
    """To whom a sealed mail that waits would go; empty for one that nobody can open, and so nobody can send."""
    try:
        return same_address(unsealed(row)["to"])
    except (KeyError, sealing.CannotOpen):
        return ""


def unsealed(row: Message) -> dict[str, str]:
    key = settings.KEYRING.wrapping[row.context["kid"]]
    text: dict[str, str] = json.loads(sealing.unseal(key, bytes(row.sealed or b""), "message", str(row.id)))
    return text
