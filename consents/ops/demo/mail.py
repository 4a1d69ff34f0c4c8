"""Read the demo's outgoing email from the folder of Django's file backend."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path

from django.conf import settings

MAX_MAILS = 100
NAME = re.compile(r"([0-9]{8}-[0-9]{6}-[0-9]{1,20})-([0-9]{1,6})", re.ASCII)
SEPARATOR = b"\n" + b"-" * 79 + b"\n"


@dataclass(frozen=True)
class Mail:
    """`name` finds it again: the file it lies in and its place there."""

    name: str
    subject: str
    to: str
    at: datetime | None
    text: str


def list_newest_mail() -> list[Mail]:
    """List the latest emails, newest first."""
    files = sorted(settings.PORTAL_MAIL_FOLDER.glob("*.log"), reverse=True)[:MAX_MAILS]
    mails = [mail for file in files for mail in reversed(list(read_mail_file(file)))]
    return mails[:MAX_MAILS]


def find_mail(name: str) -> Mail | None:
    """Find an email by its name; None if there is none."""
    found = NAME.fullmatch(name)
    if found is None:
        return None
    file = settings.PORTAL_MAIL_FOLDER / f"{found[1]}.log"
    return next((mail for mail in read_mail_file(file) if mail.name == name), None)


def read_mail_file(file: Path) -> Iterator[Mail]:
    try:
        parts = file.read_bytes().split(SEPARATOR)
    except OSError:
        return
    for place, part in enumerate(parts):
        if part.strip():
            yield parse_mail(f"{file.stem}-{place}", part)


def parse_mail(name: str, content: bytes) -> Mail:
    message = message_from_bytes(content, _class=EmailMessage, policy=policy.default)
    body = message.get_body(("plain",))
    return Mail(
        name,
        subject=" ".join(str(message["Subject"] or "").split()),  # as programs show it: folding adds spaces
        to=str(message["To"] or ""),
        at=parsedate_to_datetime(message["Date"]) if message["Date"] else None,
        text=str(body.get_content()) if body else "",
    )
