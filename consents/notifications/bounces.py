"""Parse a report that an email was returned (RFC 3464, 3462), however a mail server writes it. Pure.

The address in a report is not believed: anyone can write one. What counts is the Message-ID of an email of ours, known
only to those who received or carried it.
"""

import re
from dataclasses import dataclass
from email import message_from_bytes, message_from_string, policy
from email.message import Message
from typing import Any
from uuid import UUID

from consents.core.refusals import Refusal

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


def find_final_status(reports: list[Message]) -> str:
    """Return the status of a recipient for whom delivery failed for good; empty if there is none."""
    for report in reports:
        for block in list_blocks(report):
            status = STATUS.match(str(block.get("Status", "")))
            if str(block.get("Action", "")).strip().lower() == "failed" and status and status[1].startswith("5"):
                return status[1]
    return ""


def list_blocks(report: Message) -> list[Message]:
    """List the report's blocks of fields; the library splits them for one type only and reads the other as an email."""
    parts = list_subparts(report)
    texts = [text for block in parts for text in BLANK_LINE.split(str(block.get_payload())) if ":" in text]
    return parts + [message_from_string(text, policy=policy.compat32) for text in texts]


def find_message_id(parts: list[Message]) -> UUID:
    """Find our message's id in the returned email or its headers, else in the message that the report answers."""
    for text in [*list_returned_ids(parts), str(parts[0].get("References", "")), str(parts[0].get("In-Reply-To", ""))]:
        if match := OURS.search(text):
            return UUID(match[1])
    raise UnknownMessageId


def list_returned_ids(parts: list[Message]) -> list[str]:
    texts = []
    for part in parts:
        if part.get_content_type() in ORIGINALS:
            texts += [str(returned.get("Message-ID", "")) for returned in list_subparts(part)]
            match = MESSAGE_ID.search(str(part.get_payload()))
            texts.append(match[1] if match else "")
    return texts


def list_subparts(part: Message) -> list[Message]:
    payload: Any = part.get_payload()
    return payload if isinstance(payload, list) else []
