"""Receipts of standing consent: every move of a choice."""

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from consents.catalogue import selectors as catalogue
from consents.choices.models import Choice
from consents.choices.receipts.issuing import Group, Issuer, notices_shown, register
from consents.choices.receipts.parts import Event, Record
from consents.choices.rules import YES, Said, Status, status_at
from consents.ledger.models import Entry

CHOICE = "choice"
# Being asked is no act of the customer's: it is an event of the record, without a receipt of its own.
OUTCOMES: dict[str, Group] = {
    Status.GIVEN: Group.AGREED,
    Status.RENEWED: Group.AGREED,
    Status.REFUSED: Group.SAID_NO,
    Status.DEFERRED: Group.SAID_NO,
    Status.WITHDRAWN: Group.ENDED,
    Status.EXPIRED: Group.ENDED,
    Status.REVOKED: Group.ENDED,
    Status.INVALIDATED: Group.ENDED,
}
EVENTS = ["given", "renewed", "refused", "deferred", "withdrawn", "expired", "revoked", "invalidated"]


def record(entries: list[Entry]) -> Record:
    last = entries[-1]
    told = [(one.facts["version"], one.facts["language"], one.facts["notice"]) for one in entries]
    assert last.customer is not None
    return Record(
        id=last.object,
        customer=last.customer,
        notices=notices_shown(last.purpose, told),
        events=tuple(event(one) for one in entries),
        path=reverse("choices:withdraw", args=[last.purpose]),
    )


def event(entry: Entry) -> Event:
    facts = entry.facts
    return Event(
        entry=bytes(entry.hash),
        at=moment(facts.get("ended_at")) or entry.occurred_at,
        status=entry.outcome,
        by=speaker(entry),
        method=facts["method"],
        lasts_until=moment(facts["valid_until"]) if entry.outcome in YES else None,
        notice=facts["notice"],
        explicit=facts["explicit"],
        interface=facts["interface"],
        evidence=entry.evidence,
    )


def speaker(entry: Entry) -> str:
    """The customer, whoever acts for them as what, or the company: its staff and its program speak for it."""
    if entry.actor_kind == "representative":
        return str(entry.facts.get("capacity", "agent"))
    return "customer" if entry.actor_kind == "customer" else "controller"


def moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def word(entry: Entry) -> str:
    return {
        Status.GIVEN: _("You agreed"),
        Status.RENEWED: _("You agreed again"),
        Status.REFUSED: _("You said no"),
        Status.DEFERRED: _("You put the answer off: a no for now"),
        Status.WITHDRAWN: _("You withdrew consent"),
        Status.EXPIRED: _("Your consent ran out"),
        Status.REVOKED: _("We ended your consent"),
        Status.INVALIDATED: _("Your consent was found invalid"),
    }[Status(entry.outcome)]


def stands(id: str, now: datetime) -> bool:
    choice = Choice.objects.filter(pk=id).select_related("version", "purpose").first()
    if choice is None:
        return False
    said = Said(Status(choice.status), choice.version.number, choice.valid_until)
    material, is_retired = catalogue.last_material(choice.purpose), choice.purpose.retired_at is not None
    return status_at(said, material=material, is_retired=is_retired, now=now) in YES


def page(record: Record) -> str:
    return reverse("choices:list")


def start() -> None:
    events = frozenset(f"consent.{event}" for event in EVENTS)
    register(Issuer(CHOICE, events, OUTCOMES, record, word, stands, page))
