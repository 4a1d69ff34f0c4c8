"""Write an email once, as text; its HTML form is generated from that."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from consents.core import sealing
from consents.core.durations import format_day, get_home_day
from consents.notifications.models import Message
from consents.people.rules import normalize_address

CODE_INDENT = "    "
# Moments in the context of an email. Never a time that is left: an email may be sent, or sent again, a day later.
MOMENTS = ("answer_by", "ends_at", "recorded_at")
# "What for: answer your questions". What ends with a full stop, or with one and the law in brackets, is a sentence,
# though it has a colon.
LABELLED = re.compile(r"(?P<label>[^.:“”]{2,40}:) (?!.*\. \()(?P<words>\S.*)(?<!\.)")
# Read as one word: the number of a request or a case ("RQ-7K2M-93QX", "DB-4B6C1270"), a phone number, "E-Mail", a day
# with its month.
WHOLE = re.compile(
    r"\b[A-Z]{1,2}-[0-9A-Z]{4}-?[0-9A-Z]{4}\b|\+?\b\d+(?: \d+)+\b|\bE-Mails?\b|\b\d{1,2} [A-Z][a-z]+(?= \d{4}\b)"
)
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
        context = {
            "company": settings.PORTAL_COMPANY,
            "colours": {"light": settings.PORTAL_COLOUR, "dark": settings.PORTAL_COLOUR_DARK},
            "subject": self.subject,
            "title": keep_words_whole(self.subject),
            "language": self.language,
            "blocks": list_blocks(self.text),
        }
        return render_to_string("email/letter.html", context)

    def addressed(self, to: str, headers: dict[str, str]) -> EmailMultiAlternatives:
        headers_of_ours = {"Auto-Submitted": "auto-generated", "Content-Language": self.language}
        mail = EmailMultiAlternatives(self.subject, self.text, to=[to], headers=headers_of_ours | headers)
        mail.attach_alternative(self.html(), "text/html")
        return mail


def keep_words_whole(text: str) -> SafeString:
    """Return the text as HTML that breaks no number and no "E-Mail" over two lines."""
    return mark_safe(WHOLE.sub(r'<span class="whole">\g<0></span>', escape(text)))


class Block(NamedTuple):
    """Holds what stands between two blank lines, and how it is shown."""

    lines: list[SafeString]
    is_apart: bool = False
    is_close: bool = False
    facts: Sequence[tuple[str, SafeString]] = ()


def list_blocks(text: str) -> list[Block]:
    """List the blocks of an email: the last one says who writes; lines that all begin with a label are facts."""
    blocks = [block.splitlines() for block in text.split("\n\n") if block.strip()]
    return [form_block(lines, is_close=lines is blocks[-1]) for lines in blocks]


def form_block(lines: list[str], *, is_close: bool) -> Block:
    labelled = [LABELLED.fullmatch(line.strip()) for line in lines]
    facts = [(match["label"], keep_words_whole(match["words"])) for match in labelled if match]
    is_list = len(facts) == len(lines) and not is_close
    shown = [keep_words_whole(line.strip()) for line in lines]
    return Block(shown, lines[0].startswith(CODE_INDENT), is_close, facts if is_list else ())


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
    company |= {name: spell_moment(chosen[name]) for name in MOMENTS if name in chosen}
    if "answer_by" in chosen:
        # Spell out the day of a deadline of the law, which ends where the company is: the day that the pages name.
        company["answer_day"] = format_day(get_home_day(datetime.fromisoformat(chosen["answer_by"])))
    if act := chosen.get("act"):
        company["act"] = translation.gettext(act) % chosen  # in the set of sentences for its reader
    return chosen | company


def spell_moment(moment: str) -> str:
    """Spell out a moment (ISO 8601) for the reader, in the active time zone, which is named."""
    form = pgettext("date and time format", "j F Y, H:i")
    local = timezone.localtime(datetime.fromisoformat(moment))
    spelled = {"moment": date_format(local, form), "zone": timezone.get_current_timezone_name()}
    return _("%(moment)s (%(zone)s time)") % spelled


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


def open_sealed_email(message: Message) -> tuple[EmailText, str]:
    """Return a sealed email and its address. Raises KeyError, CannotOpen."""
    key = settings.KEYRING.wrapping[message.context["kid"]]
    text = json.loads(sealing.open_value(key, bytes(message.sealed or b""), "message", str(message.id)))
    return EmailText(text["subject"], text["body"], text["language"]), text["to"]


def get_sealed_recipient(message: Message) -> str:
    """Return the recipient of a queued sealed email, or '' if it can no longer be decrypted."""
    try:
        return normalize_address(open_sealed_email(message)[1])
    except (KeyError, sealing.CannotOpen):
        return ""
