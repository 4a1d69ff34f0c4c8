"""Say what a breach is, how soon the authority hears of it, when it can be closed. Pure: no database, no clock."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from consents.core.refusals import NotValid, Refusal
from consents.people.two_officers.refusals import Matter

# GDPR Art 33(1), counted from the moment the company became aware; `sql/register.sql` says the same.
AUTHORITY_WITHIN = timedelta(hours=72)
REMIND_BEFORE = timedelta(hours=24)
# A number typed by hand is soon a slip of years; what is older than this is told of by the day it was noticed.
NOTICED_WITHIN = timedelta(days=366)
MOST_LISTED = 5_000
MOST_WORDS = 2_000


class Harm(TextChoices):
    """Name what happened to the data: a breach of confidentiality, integrity or availability."""

    DISCLOSED = "disclosed", _("Somebody saw it who should not have")
    ALTERED = "altered", _("It was changed")
    LOST = "lost", _("It was lost or could not be reached")


class Risk(TextChoices):
    UNLIKELY = "unlikely", _("Unlikely to harm anybody")
    SOME = "some", _("A risk")
    HIGH = "high", _("A high risk")


class Scope(TextChoices):
    LISTED = "listed", _("The customers on a list")
    EVERYBODY = "everybody", _("Every customer")


class WhyNotTold(TextChoices):
    """Give the reason why people are not told one by one (GDPR Art 34(1) and (3))."""

    NO_HIGH_RISK = "no_high_risk", _("There was no high risk for them")
    UNREADABLE = "unreadable", _("Nobody can read the data without the keys")
    AVERTED = "averted", _("The high risk was averted afterwards")
    PUBLISHED = "published", _("It would have taken too much, and was published instead")


class BreachState(StrEnum):
    OPEN = "open"
    LATE = "late"  # the authority has not been told in time
    CLOSED = "closed"


@dataclass(frozen=True)
class NewAssessment:
    """Hold what officers think of a breach now. `people`, `records`: about how many; `categories`: codes."""

    harms: Sequence[str]
    categories: Sequence[str]
    people: int
    records: int
    risk: Risk
    consequences: str
    measures: str


@dataclass(frozen=True)
class NewAuthorityNotice:
    """Hold when the authority was told, or why it is not. `why`: why it is not told, or was told late."""

    told_at: datetime | None
    authority: str = ""
    reference: str = ""
    why: str = ""


@dataclass(frozen=True)
class NewAnnouncement:
    """Hold what the people concerned will read. `texts`: language → happened, consequences, measures, contact (Art
    34(2)).
    """

    scope: Scope
    texts: Mapping[str, Mapping[str, str]]
    references: Sequence[str] = field(default=())


class NotNoticedYet(NotValid):
    sentence = _("A breach is noticed before it is recorded. Choose a moment in the past year.")


class MissingWords(NotValid):
    sentence = _("Say in words what is asked for.")


class NoSuchKind(NotValid):
    sentence = _("Choose at least one thing that happened, and kinds of data that are in the catalogue.")


class ToldBeforeNoticed(NotValid):
    sentence = _("The authority was told after the breach was noticed, and not in the future. Check the moment.")


class WhyLate(NotValid):
    sentence = _("More than 72 hours had passed. Say why it took longer (GDPR Art 33(1)).")


class AuthorityMustKnow(NotValid):
    sentence = _("Only a breach that is unlikely to harm anybody may go without the authority. Assess it first.")


ANNOUNCEMENT = Matter(
    already_proposed=_("What customers are told of this breach waits for a second officer, or is still going out."),
    needs_second_officer=_("You wrote this, so another officer must decide."),
    already_decided=_("Another officer has decided this already. Nothing was changed."),
)


class AlreadyClosed(Refusal):
    sentence = _("This breach is closed. Record a new one.")


class NotAssessed(Refusal):
    sentence = _("Assess the breach first: what happened, to how many, and what it may lead to.")


class NobodyListed(NotValid):
    sentence = _("None of these is the number of a customer. Check the list.")


class TooManyListed(NotValid):
    sentence = _("A list has 5,000 numbers at most. Tell every customer, or make several lists.")


class AuthorityNotSettled(Refusal):
    sentence = _("Record first that the authority was told, or why it need not be.")


class PeopleMustKnow(Refusal):
    sentence = _(
        "The people concerned have not been told, and the risk is high. Tell them, or say which exception holds."
    )


def get_authority_due(noticed_at: datetime) -> datetime:
    return noticed_at + AUTHORITY_WITHIN


def check_noticed_at(noticed_at: datetime, now: datetime) -> None:
    if not now - NOTICED_WITHIN < noticed_at <= now:
        raise NotNoticedYet


def check_words(*words: str) -> None:
    if not all(text.strip() for text in words):
        raise MissingWords


def check_authority_notice(new: NewAuthorityNotice, noticed_at: datetime, risk: str, now: datetime) -> None:
    """Raise AuthorityMustKnow, MissingWords, ToldBeforeNoticed, WhyLate. `risk`: as assessed last, or empty."""
    if new.told_at is None:
        if risk != Risk.UNLIKELY:
            raise AuthorityMustKnow
        return check_words(new.why)
    check_words(new.authority)
    if not noticed_at <= new.told_at <= now:
        raise ToldBeforeNoticed
    if new.told_at > get_authority_due(noticed_at) and not new.why.strip():
        raise WhyLate
    return None


def check_closing(why_not: str, *, risk: str, are_told: bool) -> None:
    """Check that people know, or need not. Raises NotAssessed, PeopleMustKnow."""
    if not risk:
        raise NotAssessed
    if are_told:
        return
    if not why_not or (risk == Risk.HIGH and why_not == WhyNotTold.NO_HIGH_RISK):
        raise PeopleMustKnow
