"""Find in a text what could be somebody: addresses, numbers, dates, and words that look like a name. Pure."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _

from consents.core.refusals import NotValid
from consents.insights.rules import choose_hidden

EMAIL = r"[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}"
NUMBER = r"\+?\d(?:[ ()./-]{0,2}\d){5,24}"
IBAN = r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{2,4}){3,8}\b"
DAY = r"\b(?:\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[./]\d{1,2}[./]\d{2,4})\b"
MONTH = (
    r"(?:Jan(?:uary|uar)?|Feb(?:ruary|ruar)?|Mar(?:ch)?|März|Apr(?:il)?|Mai|May|June?|Juni?|July?|Juli?|Aug(?:ust)?"
    r"|Sept?(?:ember)?|Oct(?:ober)?|Okt(?:ober)?|Nov(?:ember)?|Dec(?:ember)?|Dez(?:ember)?|enero|febrero|marzo|abril"
    r"|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre)"
)
DAY_IN_WORDS = (
    rf"\b(?:\d{{1,2}}(?:\.|st|nd|rd|th)? (?:de )?{MONTH}|{MONTH} \d{{1,2}}(?:st|nd|rd|th)?)\b(?:,? (?:de )?\d{{4}}\b)?"
)
CODE = r"\b[A-Z]{1,4}-?\d{3,}\b"
STREET = (
    r"\b(?:\d{1,5} (?:[A-Z][\w’'-]{1,30} ){1,3}(?:Street|Road|Lane|Avenue|Close|Way|Drive)"
    r"|[A-ZÄÖÜ][\w’'-]{1,30}(?:straße|strasse|str\.|weg|platz|gasse) \d{1,5}"
    r"|(?:Calle|Avenida|Plaza|Paseo) [A-ZÁÉÍÓÚÑ][\w ’'-]{1,40}?,? \d{1,5})\b"
)
CAPITALIZED = r"[A-ZÀ-ÖØ-Þ][\w’'-]{1,40}"
TITLED = rf"\b(?:Mr|Mrs|Ms|Miss|Dr|Herrn?|Frau|Sr|Sra|Srta|Don|Doña)\.? {CAPITALIZED}(?: {CAPITALIZED})?"
NAME = r"\b[A-ZÀ-ÖØ-Þ][a-zß-öø-ÿ’'-]{1,40}(?: (?:van|von|de|del|la|da|O’|Mc)){0,2} [A-ZÀ-ÖØ-Þ][\w’'-]{1,40}\b"
KINDS = {
    "email": _("email address"),
    "iban": _("account number"),
    "day": _("date"),
    "street": _("street"),
    "number": _("number"),
    "code": _("number of a customer, order or case"),
    "titled": _("name"),
    "name": _("perhaps a name"),
    "on_file": _("customer on file"),
}
ALL = re.compile(
    "|".join(
        f"(?P<{kind}>{pattern})"
        for kind, pattern in [
            ("email", EMAIL),
            ("iban", IBAN),
            ("day", f"{DAY}|{DAY_IN_WORDS}"),
            ("street", STREET),
            ("number", NUMBER),
            ("code", CODE),
            ("titled", TITLED),
            ("name", NAME),
        ]
    )
)
WORD = re.compile(r"[\w.+-]{2,60}")


@dataclass(frozen=True)
class NotePiece:
    """A piece of a text; `kind` says what it could be, '' for nothing."""

    text: str
    kind: str = ""

    @property
    def label(self) -> str:
        return str(KINDS.get(self.kind, ""))


def split_note(text: str) -> list[NotePiece]:
    """Split a text into pieces that are marked and pieces that are not; joined they are the text."""
    pieces, end = [], 0
    for match in ALL.finditer(text):
        pieces += [NotePiece(text[end : match.start()]), NotePiece(match[0], str(match.lastgroup))]
        end = match.end()
    return [piece for piece in [*pieces, NotePiece(text[end:])] if piece.text]


def list_words(pieces: Collection[NotePiece]) -> list[str]:
    """List the words of what is not marked yet, each once."""
    return list(dict.fromkeys(word for piece in pieces if not piece.kind for word in WORD.findall(piece.text)))


def mark_words(pieces: Collection[NotePiece], words: Collection[str]) -> list[NotePiece]:
    """Mark these words as customers on file."""
    if not words:
        return list(pieces)
    longest_first = sorted(words, key=len, reverse=True)
    found = re.compile(rf"(?<!\w)({'|'.join(map(re.escape, longest_first))})(?!\w)")
    return [part for piece in pieces for part in ([piece] if piece.kind else split_by(piece.text, found))]


def split_by(text: str, found: re.Pattern[str]) -> list[NotePiece]:
    parts = found.split(text)
    return [NotePiece(part, "on_file" if place % 2 else "") for place, part in enumerate(parts) if part]


# Decide which numbers of a month the company publishes about itself, and which of them are shown. Pure.

# So many months are published at most, and shown.
MOST_MONTHS = 12


class Figure(models.TextChoices):
    """Names what is counted. `exemptions`: told to customers in the month; `opened_after_no`: those of them that
    followed a no of the same customer within 30 days.
    """

    ASKED = "asked"
    ALLOWED = "allowed"
    PARTLY = "partly"
    DENIED = "denied"
    UNANSWERED = "unanswered"
    LOOKS = "looks"
    EXEMPTIONS = "exemptions"
    REFUSED_TRIES = "refused_tries"
    OPENED_AFTER_NO = "opened_after_no"


# These add up to what was answered: a hidden one is not to be worked out from the rest.
OUTCOMES = frozenset({Figure.ALLOWED, Figure.PARTLY, Figure.DENIED, Figure.UNANSWERED})
AFTER_NO = timedelta(days=30)


class MonthNotOver(NotValid):
    sentence = _("The numbers of a month are published when it is over.")


@dataclass(frozen=True)
class Tallied:
    """Hold how often something happened, and to how many different customers."""

    number: int = 0
    customers: int = 0


@dataclass(frozen=True)
class MonthCount:
    """Hold everything counted of a month, before anything is hidden. `answer_time`: the median."""

    figures: Mapping[Figure, Tallied]
    answered: Tallied
    answer_time: timedelta | None


def choose_figures(counted: MonthCount, minimum: int) -> dict[str, int | None]:
    """Choose what is shown; None for a number with fewer customers than `minimum` behind it, or that would tell it."""
    tallied = {figure: counted.figures.get(figure, Tallied()) for figure in Figure}
    hidden = {figure for figure, tally in tallied.items() if 0 < tally.customers < minimum}
    outcomes = {figure.value: tallied[figure].customers for figure in OUTCOMES if tallied[figure].number}
    hidden |= {Figure(figure) for figure in choose_hidden(outcomes, minimum)}
    return {figure.value: None if figure in hidden else tally.number for figure, tally in tallied.items()}


def choose_answer_minutes(counted: MonthCount, minimum: int) -> int | None:
    """Round the median time until an answer to whole minutes; None where too few customers answered."""
    if counted.answer_time is None or counted.answered.customers < minimum:
        return None
    return max(1, round(counted.answer_time.total_seconds() / 60))


def name_month(moment: datetime) -> str:
    """Name the month of a moment, in UTC: '2026-10'."""
    return f"{moment.astimezone(UTC):%Y-%m}"


def find_month_bounds(month: str) -> tuple[datetime, datetime]:
    """Return when a month begins and when the next one does, in UTC."""
    first = datetime.strptime(month, "%Y-%m").replace(tzinfo=UTC)
    return first, (first + timedelta(days=32)).replace(day=1)


def list_past_months(now: datetime) -> list[str]:
    """List the months that are over, newest first, as many as are shown."""
    day, months = now.astimezone(UTC), []
    for _month in range(MOST_MONTHS):
        day = day.replace(day=1) - timedelta(days=1)
        months.append(name_month(day))
    return months


def list_due_months(now: datetime, first: datetime | None, published: Collection[str]) -> list[str]:
    """List the months to publish, oldest first: over, not published, and not before the first request (`first`)."""
    if first is None:
        return []
    return [month for month in reversed(list_past_months(now)) if name_month(first) <= month not in published]
