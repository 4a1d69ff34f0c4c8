"""Receipts of answers to requests: an approved request is consent for that ask alone (design §4.3)."""

from datetime import datetime, timedelta
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from consents.access import selectors
from consents.access.rules import End, State
from consents.choices.receipts.issuing import Group, Issuer, notices_shown, register
from consents.choices.receipts.of_choices import moment, speaker
from consents.choices.receipts.parts import Event, Record
from consents.ledger.models import Entry

REQUEST = "access_request"
ANSWERED, ENDED, FILED = "access_request.answered", "grant.ended", "access_request.filed"
OUTCOMES: dict[str, Group] = {
    State.APPROVED: Group.AGREED,
    State.PARTLY_APPROVED: Group.AGREED,
    State.DENIED: Group.SAID_NO,
    End.STOPPED: Group.ENDED,
    End.WITHDRAWN: Group.ENDED,
    End.TIME: Group.ENDED,
    End.COMPANY: Group.ENDED,
}
STATUSES: dict[str, str] = {
    State.PENDING: "ConsentRequested",
    State.APPROVED: "ConsentGiven",
    State.PARTLY_APPROVED: "ConsentGiven",
    State.DENIED: "ConsentRefused",
    End.STOPPED: "ConsentWithdrawn",
    End.WITHDRAWN: "ConsentWithdrawn",
    End.TIME: "ConsentExpired",
    End.COMPANY: "ConsentRevoked",
}


def record(entries: list[Entry]) -> Record:
    """The question, the answer, and how access ended."""
    told = [entry for entry in entries if entry.event in (FILED, ANSWERED, ENDED)]
    asked, answer = told[0], next(entry for entry in told if entry.event == ANSWERED)
    facts = answer.facts
    is_yes = answer.outcome != State.DENIED
    assert asked.customer is not None
    return Record(
        id=asked.object,
        customer=asked.customer,
        notices=notices_shown(asked.purpose, [(facts["version"], facts["language"], facts["notice"])]),
        events=tuple(event(entry, answer) for entry in told),
        path=reverse("access:request", args=[asked.object]),
        categories=frozenset(facts["categories"] if is_yes else asked.facts["categories"]),
        shown=asked.facts["digest"],
    )


def event(entry: Entry, answer: Entry) -> Event:
    facts = answer.facts
    starts, lasts = datetime.fromisoformat(facts["answered_at"]), timedelta(seconds=facts["duration_seconds"])
    is_yes = entry.event == ANSWERED and entry.outcome != State.DENIED
    return Event(
        entry=bytes(entry.hash),
        at=moment(entry.facts.get("ended_at")) or entry.occurred_at,
        status=STATUSES[entry.outcome],
        by=speaker(entry),
        method=facts["method"] if entry.event == ANSWERED else "access request",
        lasts_until=starts + lasts if is_yes else None,
        notice=facts["notice"],
        interface=facts["interface"] if entry.event == ANSWERED else "",
        evidence=entry.evidence,
    )


def word(entry: Entry) -> str:
    words: dict[str, str] = {
        State.APPROVED: _("You allowed a request"),
        State.PARTLY_APPROVED: _("You allowed part of a request"),
        State.DENIED: _("You did not allow a request"),
        End.STOPPED: _("You stopped access"),
        End.WITHDRAWN: _("Access ended: you withdrew consent"),
        End.TIME: _("Access ended: its time was over"),
        End.COMPANY: _("We ended access"),
    }
    return words[entry.outcome]


def stands(id: str, now: datetime) -> bool:
    return selectors.live_grants(now).filter(request=UUID(id)).exists()


def page(record: Record) -> str:
    return record.path


def start() -> None:
    register(Issuer(REQUEST, frozenset({ANSWERED, ENDED}), OUTCOMES, record, word, stands, page))
