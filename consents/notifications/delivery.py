"""Write and send a queued message, as the job does. The only place that opens a customer's address."""

import re
from dataclasses import dataclass
from datetime import tzinfo
from email import message_from_bytes, message_from_string, policy
from email.message import Message as message_Message
from smtplib import SMTPDataError, SMTPRecipientsRefused
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import pgettext

from consents.core import clock
from consents.core.refusals import Refusal
from consents.core.represented_words import speak_about
from consents.ledger.rules import PORTAL
from consents.notifications.email_texts import build_email_context, open_sealed_email, render_email_text
from consents.notifications.models import Message
from consents.notifications.rules import (
    CHOSEN,
    EXPIRED,
    NO_ADDRESS,
    OPTIONAL,
    REFUSED,
    REJECTED,
    SEALED,
    SENT,
    STOPPED,
    WORK_KINDS,
)
from consents.notifications.services import failing
from consents.people.models import StaffMember
from consents.people.selectors import (
    choose_address_hash,
    find_user_language,
    get_chosen_name,
    get_customer_language,
    get_customer_zone,
    get_guardian_acting,
    get_held_customer,
    list_address_hashes,
    open_address,
)


class HandoverResult(NamedTuple):
    """The outcome of handing over an email, and the server's status if it refused."""

    outcome: str
    status: str = ""


class Recipient(NamedTuple):
    """The recipient of an email; the address is empty if the person has none on file."""

    address: str
    language: str
    is_guardian: bool = False
    zone: tzinfo | None = None  # the company's
    about: str = ""  # what a guardian calls the customer; never the number, which is personal


def deliver_message(*, message: UUID) -> None:
    """Send one message; the job may run twice, but the email keeps one Message-ID.

    Raises the mail server's error, so that the queue tries again; an address that never accepts email is recorded.
    """
    handed = send_message(message)
    if handed and handed.outcome == REFUSED:
        failing.record_refused_address(message=message, status=handed.status, by=PORTAL)


@transaction.atomic
def send_message(message: UUID) -> HandoverResult | None:
    """Send the message; return None if it was sent before.

    A refused address is recorded by an act of its own, since locks on people come before those on messages.
    """
    locked = Message.objects.select_for_update(of=["self"]).select_related("user", "customer").get(pk=message)
    if locked.sent_at:
        return None
    if is_code_dead(locked) or is_for_former_staff(locked):
        outcome = EXPIRED if is_code_dead(locked) else STOPPED
        locked.sent_at, locked.outcome, locked.sealed = clock.now(), outcome, None
        locked.save(update_fields=["sent_at", "outcome", "sealed"])
        return HandoverResult(outcome)
    mail = build_email(locked)
    to = mail.to[0] if mail and locked.kind != "customer_erased" else None
    locked.address_hash = choose_address_hash(list_address_hashes(to)) if to else None
    handed = hand_over_email(mail)
    if handed.outcome != REFUSED:
        locked.sent_at, locked.outcome, locked.sealed = clock.now(), handed.outcome, None
    locked.save(update_fields=["sent_at", "outcome", "sealed", "address_hash"])
    return handed


def is_code_dead(message: Message) -> bool:
    """Return True if the message holds a code that no longer counts: sent now, it would only puzzle."""
    dies = message.context.get("dies")
    return message.kind in SEALED and dies is not None and clock.now().timestamp() > dies


def is_for_former_staff(message: Message) -> bool:
    """Return True if it is about work here, and its reader has left."""
    if message.kind not in WORK_KINDS:
        return False
    return StaffMember.objects.filter(pk=message.user_id, ended_at__isnull=False).exists()


def hand_over_email(mail: EmailMessage | None) -> HandoverResult:
    if mail is None:
        return HandoverResult(NO_ADDRESS)
    try:
        mail.send()
    except ValueError:  # no mail server is even asked; the text would name the address
        return HandoverResult(REFUSED)
    except SMTPRecipientsRefused as refused:
        codes = [code for code, _text in refused.recipients.values()]
        if not all(500 <= code < 600 for code in codes):
            raise
        return HandoverResult(REFUSED, str(codes[0]))
    except SMTPDataError as refused:
        if not 500 <= refused.smtp_code < 600:
            raise
        return HandoverResult(REJECTED, str(refused.smtp_code))
    return HandoverResult(SENT)


def build_email(message: Message) -> EmailMessage | None:
    """Write the email in its reader's language; None if the person has no address on file."""
    headers = {"Message-ID": f"<{message.id}@{urlsplit(settings.PORTAL_URL).hostname}>"}
    if message.kind in SEALED:
        letter, address = open_sealed_email(message)
        return letter.addressed(address, headers)
    if message.kind in OPTIONAL or message.kind in CHOSEN:
        headers["List-Unsubscribe"] = f"<{settings.PORTAL_URL}/settings/>"  # a page to sign in to: no link acts
    to = get_recipient(message)
    if not to.address:
        return None
    read_by: dict[str, Any] = {"is_guardian": to.is_guardian, "about": to.about}
    with (
        timezone.override(to.zone),
        translation.override(to.language),
        speak_about(to.about or (get_nameless() if to.is_guardian else "")),
    ):
        letter = render_email_text(f"email/{message.kind}", build_email_context(message.context) | read_by)
        return letter.addressed(to.address, headers)


def get_nameless() -> str:
    """Return what stands for a child whom its guardian has given no name here: "the child’s data"."""
    return pgettext("after “of”", "the child")


def get_recipient(message: Message) -> Recipient:
    if message.user:
        held, chosen = get_held_customer(message.user), find_user_language(message.user)
        if held is None:
            return Recipient(message.user.email, chosen or settings.LANGUAGE_CODE)
        return Recipient(message.user.email, chosen or get_customer_language(held), zone=get_customer_zone(held))
    if message.customer is None:
        return Recipient("", "")
    language = get_customer_language(message.customer)
    if guarding := get_guardian_acting(message.customer):
        return Recipient(guarding.user.email, language, True, about=get_chosen_name(guarding))
    return Recipient(open_address(message.customer), language, zone=get_customer_zone(message.customer))


# Parse a report that an email was returned (RFC 3464, 3462), however a mail server writes it. Pure.
#
# The address in a report is not believed: anyone can write one. What counts is the Message-ID of an email of ours,
# known only to those who received or carried it.

MAX_BYTES = 1024 * 1024  # bytes that are read; the part that matters comes first
OURS = re.compile(r"<([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})@[^<>\s]{1,255}>", re.IGNORECASE)
MESSAGE_ID = re.compile(r"^message-id:\s*(<[^<>]{1,400}>)", re.IGNORECASE | re.MULTILINE)
BLANK_LINE = re.compile(r"\r?\n[ \t]*\r?\n")
STATUS = re.compile(r"\s*([245]\.\d{1,3}\.\d{1,3})", re.ASCII)
ORIGINALS = {"message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers"}
REPORTS = {"message/delivery-status", "message/global-delivery-status"}


class NotAReport(Refusal):
    sentence = "This is not a delivery report (RFC 3464)."


class UnknownMessageId(Refusal):
    sentence = "This delivery report does not name an email of ours by its Message-ID."


@dataclass(frozen=True)
class Bounce:
    """A returned email. `message` is our message's id; `status` is RFC 3463, such as 5.1.1; empty if it was only
    delayed.
    """

    message: UUID
    status: str

    @property
    def is_final(self) -> bool:
        return bool(self.status)


def parse_bounce(content: bytes) -> Bounce:
    """Parse a report. Raises NotAReport or UnknownMessageId; nothing else, whatever the bytes."""
    try:
        parts = list(message_from_bytes(content[:MAX_BYTES], policy=policy.compat32).walk())
        reports = [part for part in parts if part.get_content_type() in REPORTS]
        if not reports:
            raise NotAReport
        return Bounce(find_message_id(parts), find_final_status(reports))
    except (RecursionError, ValueError, LookupError, AttributeError, TypeError):
        # The standard library's parser trips over some malformed headers in each of these ways.
        raise NotAReport from None


def find_final_status(reports: list[message_Message]) -> str:
    """Return the status of a recipient for whom delivery failed for good; empty if there is none."""
    for report in reports:
        for block in list_blocks(report):
            status = STATUS.match(str(block.get("Status", "")))
            if str(block.get("Action", "")).strip().lower() == "failed" and status and status[1].startswith("5"):
                return status[1]
    return ""


def list_blocks(report: message_Message) -> list[message_Message]:
    """List the report's blocks of fields; the library splits them for one type only and reads the other as an email."""
    parts = list_subparts(report)
    texts = [text for block in parts for text in BLANK_LINE.split(str(block.get_payload())) if ":" in text]
    return parts + [message_from_string(text, policy=policy.compat32) for text in texts]


def find_message_id(parts: list[message_Message]) -> UUID:
    """Find our message's id in the returned email or its headers, else in the message that the report answers."""
    for text in [*list_returned_ids(parts), str(parts[0].get("References", "")), str(parts[0].get("In-Reply-To", ""))]:
        if match := OURS.search(text):
            return UUID(match[1])
    raise UnknownMessageId


def list_returned_ids(parts: list[message_Message]) -> list[str]:
    texts = []
    for part in parts:
        if part.get_content_type() in ORIGINALS:
            texts += [str(returned.get("Message-ID", "")) for returned in list_subparts(part)]
            match = MESSAGE_ID.search(str(part.get_payload()))
            texts.append(match[1] if match else "")
    return texts


def list_subparts(part: message_Message) -> list[message_Message]:
    payload: Any = part.get_payload()
    return payload if isinstance(payload, list) else []
