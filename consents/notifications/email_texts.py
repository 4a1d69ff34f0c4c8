"""Write an email once, as text; its HTML form is generated from that."""

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
from consents.people.rules import normalize_address

CODE_INDENT = "    "


# One text, or the words of each language.
type ContextValue = str | dict[str, str]


@dataclass(frozen=True)
class EmailText:
    """An email. Blank lines separate the paragraphs of `text`; lines that begin with four spaces, such as a code,
    stand apart.
    """

    subject: str
    text: str
    language: str

    def html(self) -> str:
        paragraphs = [block.splitlines() for block in self.text.split("\n\n") if block.strip()]
        context = {
            "subject": self.subject,
            "language": self.language,
            "paragraphs": [
                {"lines": [line.strip() for line in lines], "apart": lines[0].startswith(CODE_INDENT)}
                for lines in paragraphs
            ],
        }
        return render_to_string("email/letter.html", context)

    def addressed(self, to: str, headers: dict[str, str]) -> EmailMultiAlternatives:
        headers_of_ours = {"Auto-Submitted": "auto-generated", "Content-Language": self.language}
        mail = EmailMultiAlternatives(self.subject, self.text, to=[to], headers=headers_of_ours | headers)
        mail.attach_alternative(self.html(), "text/html")
        return mail


def render_email_text(stem: str, context: Mapping[str, object]) -> EmailText:
    """Render `<stem>_subject.txt` and `<stem>_message.txt` in the active language."""
    subject = " ".join(render_to_string(f"{stem}_subject.txt", context).split())
    message = normalize_paragraphs(render_to_string(f"{stem}_message.txt", context))
    return EmailText(subject, message, translation.get_language())


def normalize_paragraphs(text: str) -> str:
    """Leave one blank line between paragraphs, however a template is laid out."""
    lines = [line.rstrip() for line in text.strip("\n").splitlines()]
    return "\n\n".join(block.strip("\n") for block in "\n".join(lines).split("\n\n") if block.strip()) + "\n"


def build_email_context(context: Mapping[str, ContextValue]) -> dict[str, str]:
    """Build what the templates of an email may name, in the active language."""
    chosen = {key: choose_words(value) for key, value in context.items()}
    company = {
        "company": settings.PORTAL_COMPANY,
        "phone": str(settings.PORTAL_PHONE),
        "portal_url": settings.PORTAL_URL,
    }
    if "answer_by" in chosen:
        moment = timezone.localtime(datetime.fromisoformat(chosen["answer_by"]))
        form = pgettext("date and time format", "j F Y, H:i")
        spelled = {"moment": date_format(moment, form), "zone": timezone.get_current_timezone_name()}
        company["answer_by"] = _("%(moment)s (%(zone)s time)") % spelled
    if act := chosen.get("act"):
        company["act"] = translation.gettext(act) % chosen  # in the set of sentences for its reader
    return chosen | company


def choose_words(value: ContextValue) -> str:
    """Return the words in the active language, else in the first one there is."""
    if isinstance(value, str):
        return value
    return value.get(translation.get_language() or "") or next(iter(value.values()), "")


def seal_email(id: UUID, letter: EmailText, to: str) -> tuple[bytes, str]:
    """Seal address and text under the portal's own key; return them with the id of that key."""
    kid = settings.KEYRING.current
    text = {"to": to, "subject": letter.subject, "body": letter.text, "language": letter.language}
    return sealing.seal_value(settings.KEYRING.wrapping[kid], json.dumps(text).encode(), "message", str(id)), kid


def open_sealed_email(message: Message) -> dict[str, str]:
    key = settings.KEYRING.wrapping[message.context["kid"]]
    text: dict[str, str] = json.loads(sealing.open_value(key, bytes(message.sealed or b""), "message", str(message.id)))
    return text


def get_sealed_recipient(message: Message) -> str:
    """Return the recipient of a queued sealed email, or '' if it can no longer be decrypted."""
    try:
        return normalize_address(open_sealed_email(message)["to"])
    except (KeyError, sealing.CannotOpen):
        return ""
