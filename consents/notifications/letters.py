"""A mail in both its forms from one text: what a template says is the mail, HTML only sets it."""

from dataclasses import dataclass

from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation

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


def written(stem: str, context: dict[str, str]) -> Letter:
    """From `<stem>_subject.txt` and `<stem>_message.txt`, in the active language."""
    subject = " ".join(render_to_string(f"{stem}_subject.txt", context).split())
    return Letter(subject, tidy(render_to_string(f"{stem}_message.txt", context)), translation.get_language())


def tidy(text: str) -> str:
    """However a template is laid out: one blank line between paragraphs."""
    lines = [line.rstrip() for line in text.strip("\n").splitlines()]
    return "\n\n".join(block.strip("\n") for block in "\n".join(lines).split("\n\n") if block.strip()) + "\n"
