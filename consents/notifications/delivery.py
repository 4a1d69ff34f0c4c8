"""Writing and sending a queued message: the job's work. The one place that opens a customer's address."""

from smtplib import SMTPDataError, SMTPRecipientsRefused
from typing import NamedTuple
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.utils import translation

from consents.core import clock
from consents.ledger.rules import PORTAL
from consents.notifications import services
from consents.notifications.letters import Letter, unsealed, words, written
from consents.notifications.models import Message
from consents.notifications.rules import NO_ADDRESS, OPTIONAL, REFUSED, REJECTED, SEALED, SENT
from consents.people.selectors import address_hash, address_of, guardian_of, language_of


class Handed(NamedTuple):
    """What became of handing over a mail, and the server's status where it said no."""

    outcome: str
    status: str = ""


class Reader(NamedTuple):
    """To whom a mail goes; empty when the person has no address on file."""

    address: str
    language: str
    is_guardian: bool = False


def deliver(*, message: UUID) -> None:
    """Send one message; the job may run twice, the mail keeps one Message-ID.

    Raises what the mail server raised, so that the queue tries again; an address that never takes mail is noted.
    """
    handed = send(message)
    if handed and handed.outcome == REFUSED:
        services.note_refused_address(message=message, status=handed.status, by=PORTAL)


@transaction.atomic
def send(message: UUID) -> Handed | None:
    """None when it was done before. A refused address is left for an act of its own: people come before messages."""
    row = Message.objects.select_for_update(of=["self"]).select_related("user", "customer").get(pk=message)
    if row.sent_at:
        return None
    mail = write(row)
    row.address_hash = address_hash(mail.to[0]) if mail and row.kind != "customer_erased" else None
    handed = hand_over(mail)
    if handed.outcome != REFUSED:
        row.sent_at, row.outcome, row.sealed = clock.now(), handed.outcome, None
    row.save(update_fields=["sent_at", "outcome", "sealed", "address_hash"])
    return handed


def hand_over(mail: EmailMessage | None) -> Handed:
    if mail is None:
        return Handed(NO_ADDRESS)
    try:
        mail.send()
    except ValueError:  # no mail server is even asked; the text would name the address
        return Handed(REFUSED)
    except SMTPRecipientsRefused as refused:
        codes = [code for code, _text in refused.recipients.values()]
        if not all(500 <= code < 600 for code in codes):
            raise
        return Handed(REFUSED, str(codes[0]))
    except SMTPDataError as refused:
        if not 500 <= refused.smtp_code < 600:
            raise
        return Handed(REJECTED, str(refused.smtp_code))
    return Handed(SENT)


def write(row: Message) -> EmailMessage | None:
    """The mail itself, in its reader's language; None when the person has no address on file."""
    headers = {"Message-ID": f"<{row.id}@{urlsplit(settings.PORTAL_URL).hostname}>"}
    if row.kind in SEALED:
        letter, address = opened(row)
        return letter.addressed(address, headers)
    if row.kind in OPTIONAL:
        headers["List-Unsubscribe"] = f"<{settings.PORTAL_URL}/settings/>"  # a page to sign in to: no link acts
    to = reader_of(row)
    if not to.address:
        return None
    with translation.override(to.language):
        letter = written(f"email/{row.kind}", words(row.context) | {"is_guardian": to.is_guardian})
        return letter.addressed(to.address, headers)


def reader_of(row: Message) -> Reader:
    if row.user:
        return Reader(row.user.email, settings.LANGUAGE_CODE)
    if row.customer is None:
        return Reader("", "")
    guardian = guardian_of(row.customer)
    address = guardian.email if guardian else address_of(row.customer)
    return Reader(address, language_of(row.customer), guardian is not None)


def opened(row: Message) -> tuple[Letter, str]:
    text = unsealed(row)
    return Letter(text["subject"], text["body"], text["language"]), text["to"]
