"""Privacy requests as they read to staff. Decides nothing."""

from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.dateformat import format as date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from consents.core import clock
from consents.ledger.models import Entry
from consents.rights.models import RightsRequest
from consents.rights.presenting import identity_words, parts_in_words
from consents.rights.rules.answers import Appealed, Channel, Outcome, State, WhyNotCorrected
from consents.rights.rules.collecting import RIGHT, WRONG, End, Way
from consents.rights.rules.kinds import Level, Type
from consents.vault import selectors as parts_of

TONES = {Outcome.COMPLIED_WHOLE: "yes", Outcome.COMPLIED_PART: "yes", Outcome.NO_DATA: "yes"}


def status_of(row: RightsRequest, now: datetime) -> tuple[str, str]:
    """Tone and word of its tag."""
    if row.appeal_outcome == Appealed.PENDING:
        words = _("To be looked at again")
        return ("stop", f"{words} ({_('late')})") if row.is_appeal_late_at(now) else ("wait", words)
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
    "unanswered": gettext_lazy("No answer came: the clock goes on"),
    "system_searched": gettext_lazy("A system was searched"),
    "value_decided": gettext_lazy("A proposed value was decided on"),
    "entry_chosen": gettext_lazy("The customer chose which entry they mean"),
    "proof_forgotten": gettext_lazy("What was shown to ask for them was erased"),
    "erasure_proposed": gettext_lazy("The erasure was proposed"),
    "erasure_cancelled": gettext_lazy("The proposal to erase was cancelled"),
    "packaged": gettext_lazy("The package was made"),
    "package_asked": gettext_lazy("It was asked to be made again"),
    "package_downloaded": gettext_lazy("It was downloaded"),
    "package_removed": gettext_lazy("The package was removed: its two weeks were over, or what it held was deleted"),
    "late": gettext_lazy("The day to answer passed: late"),
    "code_made": gettext_lazy("A code for it was made"),
    "code_typed": gettext_lazy("A code was typed"),
    "code_ended": gettext_lazy("The code was ended"),
    "reminded": gettext_lazy("Officers were reminded"),
    "words_read": gettext_lazy("An officer read what was written"),
    "recipient_told": gettext_lazy("A recipient was told"),
    "answered": gettext_lazy("Answered"),
    "withdrawn": gettext_lazy("Taken back by the customer"),
    "appealed": gettext_lazy("The customer asks to look at it again"),
    "appeal_decided": gettext_lazy("Looked at again and decided"),
}


def events(entries: list[Entry]) -> list[dict[str, Any]]:
    told = [(entry, EVENTS.get(entry.event.removeprefix("rights_request."))) for entry in entries]
    return [{"at": entry.occurred_at, "text": f"{text}{more_of(entry)}"} for entry, text in told if text]


MORE = {
    ("code_made", Way.MAILED): gettext_lazy("mailed"),
    ("code_made", Way.HANDED): gettext_lazy("given out by an officer"),
    ("code_typed", RIGHT): gettext_lazy("it was right"),
    ("code_typed", WRONG): gettext_lazy("it was wrong"),
    ("code_typed", End.TRIES): gettext_lazy("it was wrong too often, and works no more"),
}


def more_of(entry: Entry) -> str:
    """How it was, where that matters."""
    event = entry.event.removeprefix("rights_request.")
    if event == "package_downloaded":
        return f": {_('with the code')}" if "code" in entry.facts else f": {_('by the customer')}"
    if "said_on" in entry.facts:
        return f": {Channel(entry.facts['channel']).label}, {as_day(date.fromisoformat(entry.facts['said_on']))}"
    more = MORE.get((event, entry.outcome))
    return f": {more}" if more else ""


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
    return [(label, value) for label, value in [*facts, *facts_of_part(row)] if value]


def facts_of_part(row: RightsRequest) -> list[tuple[str, Any]]:
    """What is proposed to go and to stay, or what went and what is kept."""
    done, proposed = parts_of.done_for(row.pk), parts_of.proposed_for(row.pk)
    if found := done or proposed:
        parts = parts_in_words(found)
        return [
            (_("Deleted") if done else _("Proposed to delete"), ", ".join(parts["deleted"])),
            (_("Kept") if done else _("Proposed to keep"), ", ".join(parts["kept"])),
            (_("Kept by"), found.law),
            (_("Proposed by"), found.proposed_by.get_full_name() if found.proposed_by else ""),
            (_("Confirmed by"), found.confirmed_by.get_full_name() if found.confirmed_by else ""),
        ]
    return []


def as_words(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), pgettext("date and time format", "j F Y, H:i"))


def as_day(day: Any) -> str:
    return date_format(day, pgettext("date format", "j F Y"))


# What recipients must be told of (GDPR Art 19; Art 7(3); 11 CCR 7022(b), 7026(f), 7027(g), 7221(n)).
PASSED_ON = frozenset(
    {
        Type.RECTIFICATION,
        Type.ERASURE,
        Type.RESTRICTION,
        Type.DELETION,
        Type.CORRECTION,
        Type.OPT_OUT,
        Type.LIMIT,
        Type.WITHDRAWAL,
        Type.ADMT_OPT_OUT,
    }
)


def is_past(moment: datetime) -> bool:
    return moment < clock.now()


def days_left(row: RightsRequest, now: datetime) -> tuple[str, str, str]:
    """(tone, icon, words) of how much time is left: never colour alone."""
    if row.appeal_outcome == Appealed.PENDING and row.appeal_due_at:
        return left(row.appeal_due_at, now)
    if row.is_answered:
        return (
            ("stop", "exclamation-triangle", _("Answered late"))
            if row.is_late_at(now)
            else ("yes", "check", _("In time"))
        )
    if row.waiting_since:
        return "no", "pause", _("Clock stands still")
    return left(row.answer_by, now)


def left(until: datetime, now: datetime) -> tuple[str, str, str]:
    days = (timezone.localtime(until).date() - timezone.localtime(now).date()).days
    if until < now:
        words = ngettext("%(n)d day late", "%(n)d days late", max(1, -days)) % {"n": max(1, -days)}
        return "stop", "exclamation-triangle", words
    if days <= 1:
        return "stop", "clock", _("Today") if days == 0 else _("Tomorrow")
    words = ngettext("%(n)d day left", "%(n)d days left", days) % {"n": days}
    return ("wait", "clock", words) if days <= SOON_DAYS else ("no", "calendar", words)


SOON_DAYS = 7


def identity_of(row: RightsRequest) -> str:
    if row.identity_needed == Level.NOT_REQUIRED:
        return _("identity not asked")
    if row.verification_level == Level.FAILED:
        return _("identity not confirmed")
    if row.gets_kinds_instead:
        return _("identity confirmed, not surely enough for the data itself")
    return _("identity confirmed") if row.verified_at else _("identity to be confirmed")


def said_of(row: RightsRequest) -> dict[str, Any]:
    """The answer without its words, which are read on record alone."""
    return {
        "outcome": row.outcome,
        "reason": row.denial_reason,
        "law": row.denial_legal_basis,
        "text": "",
        "granted": row.granted,
        "fee": row.fee_amount,
        "currency": row.fee_currency,
        "fee_reason": row.fee_reason,
    }


def why_not_corrected() -> list[tuple[str, str]]:
    return [(one.value, str(one.label)) for one in WhyNotCorrected]
