"""States of a request, its answers and refusals, and what each needs. Pure."""

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from itertools import groupby
from typing import Any
from uuid import UUID

from django.db import models
from django.utils.translation import gettext_lazy as _

from consents.core.refusals import NotValid, Refusal
from consents.law.kinds import Regime, Type
from consents.law.reasons import Reason
from consents.people.rules import CODE_LETTERS


class State(models.TextChoices):
    RECEIVED = "received", _("received")
    ACKNOWLEDGED = "acknowledged", _("confirmed to you")
    IN_PROGRESS = "in_progress", _("being worked on")
    ANSWERED = "answered", _("answered")


class StepState(StrEnum):
    """The state of a step on an officer's checklist. An answer closes a request whether or not each step was taken."""

    DONE = "done"
    OPEN = "open"
    NOT_NEEDED = "not_needed"


class Outcome(models.TextChoices):
    COMPLIED_WHOLE = "complied_whole", _("done")
    COMPLIED_PART = "complied_part", _("done in part")
    DENIED = "denied", _("refused")
    WITHDRAWN = "withdrawn_by_requester", _("withdrawn")
    NO_DATA = "no_data_held", _("we hold no such data")


# `status` of the Data Rights Protocol, from state and outcome.
STATUS = {
    (State.RECEIVED, ""): "open",
    (State.ACKNOWLEDGED, ""): "open",
    (State.IN_PROGRESS, ""): "in_progress",
    (State.ANSWERED, Outcome.COMPLIED_WHOLE): "fulfilled",
    (State.ANSWERED, Outcome.COMPLIED_PART): "fulfilled",
    (State.ANSWERED, Outcome.NO_DATA): "fulfilled",
    (State.ANSWERED, Outcome.DENIED): "denied",
    (State.ANSWERED, Outcome.WITHDRAWN): "revoked",
}


class Channel(models.TextChoices):
    """`portal`, `webform` and `gpc_signal` are written by the portal itself, the others typed in by staff."""

    PORTAL = "portal", _("signed in here")
    WEBFORM = "webform", _("public form")
    EMAIL = "email", _("email")
    PHONE = "phone", _("telephone")
    POST = "post", _("post")
    IN_PERSON = "in_person", _("in person")
    AGENT = "agent", _("through an agent")
    SIGNAL = "gpc_signal", _("signal of the browser")
    DROP = "drop", _("California’s deletion platform")


OWN_CHANNELS = frozenset({Channel.PORTAL, Channel.WEBFORM, Channel.SIGNAL})
TYPED_CHANNELS = [channel for channel in Channel if channel not in OWN_CHANNELS]


def list_typed_channels(law: Regime) -> list[Channel]:
    """List how a statement about a request may arrive; the platform is for Californians (Cal. Civ. Code 1798.99.86)."""
    return [channel for channel in TYPED_CHANNELS if channel != Channel.DROP or law == Regime.CCPA]


class SubmittedBy(models.TextChoices):
    SELF = "self", _("the customer")
    AGENT = "authorized_agent", _("an authorised agent")
    PARENT = "parent", _("a parent")
    GUARDIAN = "guardian", _("a guardian")
    ATTORNEY = "power_of_attorney", _("somebody with a power of attorney")


# `people.models.Acting.capacity` in the words of the record.
OF_CAPACITY = {
    "self": SubmittedBy.SELF,
    "holder": SubmittedBy.SELF,
    "guardian": SubmittedBy.GUARDIAN,
    "agent": SubmittedBy.AGENT,
}


class Format(models.TextChoices):
    DOWNLOAD = "portal_download", _("on their page here")
    EMAIL = "email", _("by email")
    POST = "post", _("by post")
    ORAL = "oral", _("by word of mouth")


def is_in_part(granted: Collection[str], asked: Collection[str], marketing: Collection[str]) -> bool:
    """Return True for an objection granted in part: some uses stop, some go on, none of those for direct marketing."""
    stops, goes_on = set(granted), set(asked) - set(granted)
    return bool(stops and goes_on) and stops <= set(asked) and not goes_on & set(marketing)


class Waiting(models.TextChoices):
    """Why the clock stands still: only ever because we asked the customer something."""

    IDENTITY = "identity", _("We asked you something to be sure that it is you.")
    SCOPE = "scope", _("We asked you what exactly you want.")


class About(models.TextChoices):
    """Names what an officer asks the customer. The clock can wait for the first two alone (`Waiting`)."""

    IDENTITY = "identity", _("To be sure who asks")
    SCOPE = "scope", _("To know what exactly they want")
    OTHER = "other", _("Something else about the request")


class ReplyWay(models.TextChoices):
    """Names how the customer's reply reached us: signed in, with the code of the email, or as an officer notes."""

    ACCOUNT = "account"
    CODE = "code"
    NOTED = "noted"


class Appealed(models.TextChoices):
    PENDING = "pending", _("being looked at again")
    UPHELD = "upheld", _("stays as it was")
    REVERSED = "reversed", _("decided anew")


APPEALABLE = frozenset({Outcome.DENIED, Outcome.COMPLIED_PART, Outcome.NO_DATA})
GRANTED = frozenset({Outcome.COMPLIED_WHOLE, Outcome.COMPLIED_PART})


class TellingWay(models.TextChoices):
    """The way in which a recipient was told of what was done with the data it has."""

    LETTER = "letter", _("by letter")
    EMAIL = "email", _("by email")
    PHONE = "phone", _("by telephone")
    SYSTEM = "system", _("through a connected system")


class WhyNotCorrected(models.TextChoices):
    """Why a proposed value was not taken over (GDPR Art 16; 11 CCR 7023)."""

    ACCURATE = "accurate", _("What we hold is right, as far as we can show.")
    NOT_SHOWN = "not_shown", _("We could not find out that the new value is right.")
    NOT_OURS = "not_ours", _("It says what was so at that time, and is kept as it was.")
    NO_ENTRY = "no_entry", _("We hold no entry that this could be put into.")


class DeliveryWay(models.TextChoices):
    """The way a customer gets the copy: no account is needed for it (Civ 1798.130(a)(2)(A)).

    Someone with an account signs in. A code comes by email or, where no email leads to them alone, on paper or by
    telephone.
    """

    ACCOUNT = "account"
    MAILED = "mailed"
    HANDED = "handed"


class CodeEnd(models.TextChoices):
    """Why a code no longer works: it was replaced, an officer ended it, too many wrong tries, the copy was removed."""

    REPLACED = "replaced"
    STOPPED = "stopped"
    TRIES = "tries"
    OVER = "over"


# The outcome of typing a code, as its ledger entry says it.
RIGHT, WRONG = "right", "wrong"


# Inputs of the acts on requests: a new request, and a reply. Pure.


@dataclass(frozen=True)
class NewRequest:
    """A request to be filed.

    `customer` None: nobody knows yet whose it is; `jurisdiction` then says where they live. `received_at` None: now.
    `scope`: codes of purposes (withdrawal, objection) or of data categories, empty for all. `said`: what they wrote,
    kept sealed: words, proposals for a correction and, of a stranger, name, email, language. `is_fresh`: they have just
    signed in again. `capacity`: of the user who acts for the customer. `token` makes filing once-only for strangers.
    """

    type: Type
    channel: Channel
    customer: UUID | None = None
    jurisdiction: str = ""
    received_at: datetime | None = None
    submitted_by: SubmittedBy = SubmittedBy.SELF
    proof: str = ""
    scope: tuple[str, ...] = ()
    scope_from: date | None = None
    scope_until: date | None = None
    said: Mapping[str, Any] = field(default_factory=dict, repr=False)
    is_fresh: bool = False
    capacity: str = "self"
    language: str = ""
    token: UUID | None = None


class PlaceReason(models.TextChoices):
    """Say how an officer knows where a person lives."""

    TOLD = "told", _("They confirmed it to us.")
    DOCUMENT = "document", _("A document shows it.")
    KNOWN = "known", _("Our deliveries or bills show it.")


@dataclass(frozen=True)
class PlaceChoice:
    """Choose which place counts, where the request and the record name different ones.

    `jurisdiction`: one of the two, ISO 3166. `right`: what is asked by the law there; empty for the right as filed.
    """

    jurisdiction: str
    reason: PlaceReason
    right: Type | None = None


@dataclass(frozen=True)
class Reply:
    """The content of an answer, and the way it reaches the person.

    `reason` and `law` belong to a refusal, whole or in part; without `law`, it rests on the usual provision. `fee` is
    zero except for unfounded or excessive requests, as `fee_reason` says. `told_on`: the day of the letter or call that
    told a refusal where no email reaches them. `granted`: codes of the uses that stop, for an objection granted in
    part.
    """

    outcome: Outcome
    format: Format
    text: str = ""
    reason: Reason | None = None
    law: str = ""
    fee: Decimal = Decimal(0)
    currency: str = ""
    fee_reason: Reason | None = None
    told_on: date | None = None
    granted: tuple[str, ...] = ()


# Internal notes on a request: how long, whom they mention, what a copy leaves out of them. Pure.

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


LENGTH = 8
PREFIX = "RQ"


def build_number(id: UUID) -> str:
    """`RQ-7K2M-93QX`, from the random id; eight letters without look-alikes."""
    rest, letters = id.int, ""
    for _place in range(LENGTH):
        rest, place = divmod(rest, len(CODE_LETTERS))
        letters += CODE_LETTERS[place]
    return f"{PREFIX}-{letters[:4]}-{letters[4:]}"


def normalize_number(text: str) -> str:
    """Return a number as it is stored, however a person types it."""
    letters = "".join(letter for letter in text.upper() if letter in CODE_LETTERS)
    if len(letters) > LENGTH:  # without its prefix, a number may begin as the prefix does
        letters = letters.removeprefix(PREFIX)
    return f"{PREFIX}-{letters[:4]}-{letters[4:]}"


MOST_QUESTIONS = 20
MOST_TRIES = 10  # wrong codes for one question; then only the account, a letter or a call is left
PLACEHOLDERS = ("number", "right", "arrived", "answer_by")
BRACED = re.compile(r"\{([^{}]*)\}")
STRAY = re.compile(r"[{}]")


class UnknownPlaceholder(NotValid):
    sentence = _("A placeholder is not known. Use only {number}, {right}, {arrived} and {answer_by}.")


class NoQuestion(NotValid):
    sentence = _("Choose a ready-made question or write one.")


class NoReply(NotValid):
    sentence = _("Write your answer.")


class QuestionTooLong(NotValid):
    sentence = _("This is too long for one question. Shorten it.")


class TooManyQuestions(Refusal):
    sentence = _("The customer was asked as much about this request as it can hold.")


def check_placeholders(text: str) -> None:
    """Raises UnknownPlaceholder."""
    if set(BRACED.findall(text)) - set(PLACEHOLDERS) or STRAY.search(BRACED.sub("", text)):
        raise UnknownPlaceholder


def fill_placeholders(text: str, values: Mapping[str, str]) -> str:
    """Fill each known placeholder; whatever a value contains is never read as one."""
    return BRACED.sub(lambda match: values.get(match[1], match[0]), text)


def check_question(words: str, earlier: int) -> str:
    """Return the words to send. Raises NoQuestion, QuestionTooLong, TooManyQuestions."""
    text = words.strip()
    if not text:
        raise NoQuestion
    if len(text) > MOST_LETTERS:
        raise QuestionTooLong
    if earlier >= MOST_QUESTIONS:
        raise TooManyQuestions
    return text
