"""A mail in both its forms from one text: what a template says is the mail, HTML only sets it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from consents.core import sealing
from consents.notifications.models import Message
from consents.people.rules import same_address

SET_APART = "    "


@dataclass(frozen=True)
class Letter:
    """Blank lines part the paragraphs of `text`; lines that begin with four spaces, a code say, are set apart."""

    subject: str
    text: str
    language: str

    def html(self) -> str:
        paragraphs = [block.splitlines() for block in self.text.split("\n\n") if block.strip()]
        context = {
            "subject": self.subject,
            "language": self.language,
            "paragraphs": [
                {"lines": [line.strip() for line in lines], "apart": lines[0].startswith(SET_APART)}
                for lines in paragraphs
            ],
        }
        return render_to_string("email/letter.html", context)

    def addressed(self, to: str, headers: dict[str, str]) -> EmailMultiAlternatives:
        about = {"Auto-Submitted": "auto-generated", "Content-Language": self.language}
        mail = EmailMultiAlternatives(self.subject, self.text, to=[to], headers=about | headers)
        mail.attach_alternative(self.html(), "text/html")
        return mail


def written(stem: str, context: Mapping[str, object]) -> Letter:
    """From `<stem>_subject.txt` and `<stem>_message.txt`, in the active language."""
    subject = " ".join(render_to_string(f"{stem}_subject.txt", context).split())
    return Letter(subject, tidy(render_to_string(f"{stem}_message.txt", context)), translation.get_language())


def tidy(text: str) -> str:
    """However a template is laid out: one blank line between paragraphs."""
    lines = [line.rstrip() for line in text.strip("\n").splitlines()]
    return "\n\n".join(block.strip("\n") for block in "\n".join(lines).split("\n\n") if block.strip()) + "\n"


def words(context: dict[str, str]) -> dict[str, str]:
    """What the templates of a mail may name."""
    about = {"company": settings.PORTAL_COMPANY, "phone": str(settings.PORTAL_PHONE), "portal_url": settings.PORTAL_URL}
    if "answer_by" in context:
        moment = timezone.localtime(datetime.fromisoformat(context["answer_by"]))
        form = pgettext("date and time format", "j F Y, H:i")
        spelled = {"moment": date_format(moment, form), "zone": timezone.get_current_timezone_name()}
        about["answer_by"] = _("%(moment)s (%(zone)s time)") % spelled
    return context | about


def sealed(id: UUID, letter: Letter, to: str) -> tuple[bytes, str]:
    """Address and text under the portal's own key, and the id of that key."""
    kid = settings.KEYRING.current
    text = {"to": to, "subject": letter.subject, "body": letter.text, "language": letter.language}
    return sealing.seal(settings.KEYRING.wrapping[kid], json.dumps(text).encode(), "message", str(id)), kid


def unsealed(row: Message) -> dict[str, str]:
    key = settings.KEYRING.wrapping[row.context["kid"]]
    text: dict[str, str] = json.loads(sealing.unseal(key, bytes(row.sealed or b""), "message", str(row.id)))
    return text


def recipient(row: Message) -> str:
    """To whom a sealed mail that waits would go; empty for one that nobody can open, and so nobody can send."""
    try:
        return same_address(unsealed(row)["to"])
    except (KeyError, sealing.CannotOpen):
        return ""
