"""Internal notes on a request: how long, whom they mention, what a copy leaves out of them. Pure."""

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from itertools import groupby
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from consents.core.refusals import NotValid, Refusal

MOST_LETTERS = 2000
MOST_NOTES = 200  # on one request
MOST_PASSAGES = 20  # left out of one note
LONGEST_WHY = 500
BLACK = "█████"
# An @ that begins a word, so that addresses mention nobody; and what may be a name behind it.
TYPED = re.compile(r"(?<![\w.@+-])@(?=\w)(?P<name>[^\n@]{1,150})")
WORD = re.compile(r"[\w'’-]+")


class NoNote(NotValid):
    sentence = _("Write the note.")


class NoteTooLong(NotValid):
    sentence = _("A note has 2,000 letters at most. Shorten it, or write two.")


class TooManyNotes(Refusal):
    sentence = _("This request has as many notes as it can hold.")


class UnknownMention(NotValid):
    sentence = _("Nobody who may work on this request is called “@%(name)s”. Choose the colleague below the note.")


class UnclearMention(NotValid):
    sentence = _("Several colleagues are called “@%(name)s”. Write the whole name, or choose one below the note.")


class NothingLeftOut(NotValid):
    sentence = _("Write what is left out: each passage on a line of its own, exactly as in the note.")


class TooManyPassages(NotValid):
    sentence = _("At most 20 passages are left out of one note. Longer passages need fewer lines.")


class PassageNotThere(NotValid):
    sentence = _("Line %(n)d does not stand in the note. Copy it exactly as it is written there.")


class SayWhyLeftOut(NotValid):
    sentence = _("Say why it is left out, as the customer will read it: 500 letters at most.")


def check_note(text: str, earlier: int) -> str:
    """Return the words to keep. Raises NoNote, NoteTooLong, TooManyNotes."""
    words = text.replace("\r\n", "\n").strip()
    if not words:
        raise NoNote
    if len(words) > MOST_LETTERS:
        raise NoteTooLong
    if earlier >= MOST_NOTES:
        raise TooManyNotes
    return words


def find_typed_mentions(text: str, names: Mapping[UUID, str]) -> set[UUID]:
    """Find who is mentioned as @name: with the whole name, or with its first word where only one has it. Case, accents
    composed in another way and blanks do not matter. Raises UnknownMention, UnclearMention."""
    known = {id: fold_name(name) for id, name in names.items()}
    return {find_mentioned(match["name"], known) for match in TYPED.finditer(text)}


def find_mentioned(typed: str, known: Mapping[UUID, list[str]]) -> UUID:
    said = fold_name(typed)
    whole = [id for id, name in known.items() if name and said[: len(name)] == name]
    longest = [id for id in whole if len(known[id]) == max(len(known[other]) for other in whole)]
    found = longest or [id for id, name in known.items() if name[:1] == said[:1]]
    word = WORD.match(typed)
    if not found or not word:
        raise UnknownMention(name=word[0] if word else typed)
    if len(found) > 1:
        raise UnclearMention(name=word[0])
    return found[0]


def fold_name(name: str) -> list[str]:
    return WORD.findall(unicodedata.normalize("NFC", name).casefold())


def split_passages(typed: str) -> list[str]:
    return [line.strip() for line in typed.splitlines() if line.strip()]


def check_passages(text: str, passages: Sequence[str], why: str) -> None:
    """Raises NothingLeftOut, TooManyPassages, PassageNotThere, SayWhyLeftOut."""
    if not passages:
        raise NothingLeftOut
    if len(passages) > MOST_PASSAGES:
        raise TooManyPassages
    for line, passage in enumerate(passages, 1):
        if passage not in text:
            raise PassageNotThere(n=line)
    if not why.strip() or len(why.strip()) > LONGEST_WHY:
        raise SayWhyLeftOut


def black_out(text: str, passages: Collection[str]) -> str:
    """Return the text with each passage blacked out wherever it stands; its length does not show."""
    black = bytearray(len(text))
    for passage in passages:
        start = text.find(passage)
        while passage and start >= 0:
            black[start : start + len(passage)] = b"\x01" * len(passage)
            start = text.find(passage, start + 1)
    parts = groupby(zip(text, black, strict=True), key=lambda letter: letter[1])
    return "".join(BLACK if is_black else "".join(letter for letter, _black in part) for is_black, part in parts)
