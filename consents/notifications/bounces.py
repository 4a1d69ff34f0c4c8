"""Reading a report that mail came back (RFC 3464, 3462), whatever a mail server makes of it. Pure.

The address in a report is not believed: anybody can write one. What counts is the Message-ID of a mail of ours, which
only who got that mail, or carried it, can know.
"""

import re
from dataclasses import dataclass
from email import message_from_bytes, message_from_string, policy
from email.message import Message
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from consents.core.refusals import Refusal

MOST = 1024 * 1024  # bytes that are read; the part that matters comes first
OURS = re.compile(r"<([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})@[^<>\s]{1,255}>", re.IGNORECASE)
MESSAGE_ID = re.compile(r"^message-id:\s*(<[^<>]{1,400}>)", re.IGNORECASE | re.MULTILINE)
BLANK_LINE = re.compile(r"\r?\n[ \t]*\r?\n")
STATUS = re.compile(r"\s*([245]\.\d{1,3}\.\d{1,3})", re.ASCII)
ORIGINALS = {"message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers"}
REPORTS = {"message/delivery-status", "message/global-delivery-status"}


class NotAReport(Refusal):
    sentence = _("This is not a delivery report (RFC 3464).")


class NamesNoMailOfOurs(Refusal):
    sentence = _("This delivery report does not name a mail of ours by its Message-ID.")


@dataclass(frozen=True)
class Bounce:
    """`message`: the id of our message. `status`: RFC 3463, such as 5.1.1; empty when the mail was only delayed."""

    message: UUID
    status: str

    @property
    def is_final(self) -> bool:
        return bool(self.status)


def read(content: bytes) -> Bounce:
    """Raises NotAReport or NamesNoMailOfOurs; nothing else, whatever the bytes."""
    try:
        parts = list(message_from_bytes(content[:MOST], policy=policy.compat32).walk())
        reports = [part for part in parts if part.get_content_type() in REPORTS]
        if not reports:
            raise NotAReport
        return Bounce(original_of(parts), final_status(reports))
    except (RecursionError, ValueError, LookupError, AttributeError, TypeError):
        # The standard library's parser trips over some malformed headers in each of these ways.
        raise NotAReport from None


def final_status(reports: list[Message]) -> str:
    """The status of a recipient for whom the mail failed for good; empty when there is none."""
    for report in reports:
        for block in blocks_of(report):
            status = STATUS.match(str(block.get("Status", "")))
            if str(block.get("Action", "")).strip().lower() == "failed" and status and status[1].startswith("5"):
                return status[1]
    return ""


def blocks_of(report: Message) -> list[Message]:
    """Its blocks of fields: the library parts them for the one type it knows, and takes the other for a mail."""
    found = inside(report)
    texts = [text for block in found for text in BLANK_LINE.split(str(block.get_payload())) if ":" in text]
    return found + [message_from_string(text, policy=policy.compat32) for text in texts]


def original_of(parts: list[Message]) -> UUID:
    """From the returned mail or its headers; else from what the report says it answers."""
    for text in [*returned(parts), str(parts[0].get("References", "")), str(parts[0].get("In-Reply-To", ""))]:
        if found := OURS.search(text):
            return UUID(found[1])
    raise NamesNoMailOfOurs


def returned(parts: list[Message]) -> list[str]:
    texts = []
    for part in parts:
        if part.get_content_type() in ORIGINALS:
            texts += [str(one.get("Message-ID", "")) for one in inside(part)]
            found = MESSAGE_ID.search(str(part.get_payload()))
            texts.append(found[1] if found else "")
    return texts


def inside(part: Message) -> list[Message]:
    payload: Any = part.get_payload()
    return payload if isinstance(payload, list) else []
