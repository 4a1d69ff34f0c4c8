"""Receipts of standing consent: every move of a choice."""

from datetime import datetime
from itertools import takewhile
from typing import Any

from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from consents.catalogue.selectors import build_material_number
from consents.choices.models import Choice
from consents.choices.receipts.issuing import Issuer, OutcomeGroup, build_shown_notices, register_issuer
from consents.choices.receipts.parts import Event, Record
from consents.choices.rules import EVENTS, YES, Status, StoredChoice, compute_status
from consents.ledger.models import Entry, parse_moment
from consents.people.rules import ASSENT_COUNTS_FOR

CHOICE = "choice"
# Being asked is no act of the customer's: it is an event of the record, without a receipt of its own.
OUTCOMES: dict[str, OutcomeGroup] = {
    Status.GIVEN: OutcomeGroup.AGREED,
    Status.RENEWED: OutcomeGroup.AGREED,
    Status.REFUSED: OutcomeGroup.SAID_NO,
    Status.DEFERRED: OutcomeGroup.SAID_NO,
    Status.WITHDRAWN: OutcomeGroup.ENDED,
    Status.EXPIRED: OutcomeGroup.ENDED,
    Status.REVOKED: OutcomeGroup.ENDED,
    Status.INVALIDATED: OutcomeGroup.ENDED,
}
ASSENTED, MOST_SAID = "joint_consent.assented", 50
MOVES = frozenset(EVENTS[Status(outcome)] for outcome in OUTCOMES)


def build_choice_record(entries: list[Entry]) -> Record:
    last = entries[-1]
    shown = [(item.facts["version"], item.facts["language"], item.facts["notice"]) for item in entries]
    assert last.customer is not None
    return Record(
        id=last.object,
        customer=last.customer,
        notices=build_shown_notices(last.purpose, shown),
        events=tuple(build_choice_event(item) for item in entries),
        path=reverse("choices:withdraw", args=[last.purpose]),
    )


def build_choice_event(entry: Entry) -> Event:
    facts = entry.facts
    if entry.outcome not in EVENTS:
        raise ValueError(entry.outcome)
    return Event(
        entry=bytes(entry.hash),
        at=parse_end(facts.get("ended_at")) or entry.occurred_at,
        status=entry.outcome,
        by=find_speaker(entry),
        method=str(facts["method"]),
        lasts_until=parse_end(facts["valid_until"]) if entry.outcome in YES else None,
        notice=facts["notice"],
        explicit=facts["explicit"],
        interface=str(facts["interface"]),
        evidence=entry.evidence,
    )


def find_speaker(entry: Entry) -> str:
    """Return who spoke: the customer, someone acting for them and as what, or the company for staff and program."""
    if entry.actor_kind == "representative":
        return str(entry.facts.get("capacity", "agent"))
    return "customer" if entry.actor_kind == "customer" else "controller"


def parse_end(text: str | None) -> datetime | None:
    return parse_moment(text) if text else None


def describe_choice_outcome(entry: Entry, other: str) -> str:
    status = Status(entry.outcome)
    by_other = {
        Status.GIVEN: _("%(other)s agreed"),
        Status.RENEWED: _("%(other)s agreed again"),
        Status.REFUSED: _("%(other)s said no"),
        Status.DEFERRED: _("%(other)s put the answer off: a no for now"),
        Status.WITHDRAWN: _("%(other)s withdrew consent"),
    }
    if other and status in by_other:
        return capfirst(by_other[status] % {"other": other})
    recorded = {Status.REFUSED: _("Consent was refused."), Status.WITHDRAWN: _("Consent was withdrawn.")}
    if status in recorded and entry.find_fact("recorded_by", str) is not None:
        return recorded[status].rstrip(".")  # by whoever wrote or called
    return {
        Status.GIVEN: _("You agreed"),
        Status.RENEWED: _("You agreed again"),
        Status.REFUSED: _("You said no"),
        Status.DEFERRED: _("You put the answer off: a no for now"),
        Status.WITHDRAWN: _("You withdrew consent"),
        Status.EXPIRED: _("Your consent ran out"),
        Status.REVOKED: _("We ended your consent"),
        Status.INVALIDATED: _("Your consent was found invalid"),
    }[status]


def list_earlier_yeses(entry: Entry) -> list[Entry]:
    """List what other holders of a shared account had said yes to, before this last yes made it a consent."""
    if entry.outcome not in YES:
        return []
    entries = Entry.objects.filter(customer=entry.customer, purpose=entry.purpose, id__lt=entry.pk)
    entries = entries.filter(event__in=[ASSENTED, "joint_consent.refused", *MOVES]).order_by("-id")[:MOST_SAID]
    since = entry.occurred_at - ASSENT_COUNTS_FOR
    newest = {
        yes.actor: yes
        for yes in reversed(list(takewhile(lambda earlier: earlier.event == ASSENTED, entries)))
        if yes.facts.get("version") == entry.facts.get("version") and yes.occurred_at > since
    }
    return [yes for actor, yes in newest.items() if actor != entry.actor]


def is_consent_in_force(id: str, now: datetime) -> bool:
    choices: Any = Choice.objects.annotate(material=build_material_number())
    choice = choices.filter(pk=id).select_related("version", "purpose").first()
    if choice is None:
        return False
    stored = StoredChoice(Status(choice.status), choice.version.number, choice.valid_until)
    is_retired = choice.purpose.retired_at is not None
    return compute_status(stored, material=choice.material, is_retired=is_retired, now=now) in YES


def get_choices_path(record: Record) -> str:
    return reverse("choices:list")


def register_choice_receipts() -> None:
    register_issuer(
        Issuer(
            CHOICE,
            MOVES,
            OUTCOMES,
            build_choice_record,
            describe_choice_outcome,
            is_consent_in_force,
            get_choices_path,
            list_earlier_yeses,
        )
    )
