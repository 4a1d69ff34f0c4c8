"""Privacy requests as they read to staff. Decides nothing."""

from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.dateformat import format as date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from consents.ledger.models import Entry
from consents.rights.models import RightsRequest
from consents.rights.presenting import identity_words
from consents.rights.rules.answers import Appealed, Outcome, State

TONES = {Outcome.COMPLIED_WHOLE: "yes", Outcome.COMPLIED_PART: "yes", Outcome.NO_DATA: "yes"}


def status_of(row: RightsRequest, now: datetime) -> tuple[str, str]:
    """Tone and word of its tag."""
    if row.appeal_outcome == Appealed.PENDING:
        return "wait", _("To be looked at again")
    if row.is_answered:
        word = capfirst(str(Outcome(row.outcome).label))
        return TONES.get(Outcome(row.outcome), "no"), f"{word} ({_('late')})" if row.is_late_at(now) else word
    if row.waiting_since:
        return "no", _("Waiting for the customer")
    if row.is_late_at(now):
        return "stop", _("Late")
    return "wait", capfirst(str(STATES[State(row.state)]))


STATES = {
    State.RECEIVED: gettext_lazy("received"),
    State.ACKNOWLEDGED: gettext_lazy("acknowledged"),
    State.IN_PROGRESS: gettext_lazy("in progress"),
}
EVENTS = {
    "filed": gettext_lazy("Filed"),
    "acknowledged": gettext_lazy("Acknowledged"),
    "matched": gettext_lazy("Matched to its customer"),
    "identity_confirmed": gettext_lazy("Identity confirmed"),
    "identity_failed": gettext_lazy("Identity not confirmed"),
    "extended": gettext_lazy("Extended"),
    "paused": gettext_lazy("The customer was asked something: the clock stands still"),
    "resumed": gettext_lazy("The customer answered: the clock goes on"),
    "system_searched": gettext_lazy("A system was searched"),
    "recipient_told": gettext_lazy("A recipient was told"),
    "answered": gettext_lazy("Answered"),
    "withdrawn": gettext_lazy("Taken back by the customer"),
    "appealed": gettext_lazy("The customer asks to look at it again"),
    "appeal_decided": gettext_lazy("Looked at again and decided"),
}


def events(entries: list[Entry]) -> list[dict[str, Any]]:
    told = [(entry, EVENTS.get(entry.event.removeprefix("rights_request."))) for entry in entries]
    return [{"at": entry.occurred_at, "text": text} for entry, text in told if text]


def facts_of(row: RightsRequest) -> list[tuple[str, Any]]:
    facts = [
        (_("What is asked"), row.get_request_type_display()),
        (_("Law"), f"{row.get_regime_display()} ({row.jurisdiction})"),
        (_("How it arrived"), capfirst(row.get_channel_display())),
        (_("Who asked"), capfirst(row.get_submitted_by_display())),
        (_("Document that shows they may"), row.agent_proof),
        (_("Which data or purposes"), ", ".join(row.scope)),
        (_("Customer"), str(row.customer_id) if row.customer_id else _("not known yet")),
        (_("Identity"), identity_words(row)),
        (_("Arrived"), as_words(row.received_at)),
        (_("Our own aim"), as_day(row.target_on)),
        (_("Answer by"), as_words(row.answer_by)),
        (_("Rule and calendar"), f"{row.due_rule}, {row.calendar_id}"),
    ]
    return [(label, value) for label, value in facts if value]


def as_words(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), pgettext("date and time format", "j F Y, H:i"))


def as_day(day: Any) -> str:
    return date_format(day, pgettext("date format", "j F Y"))
