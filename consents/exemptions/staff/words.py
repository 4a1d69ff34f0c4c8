"""Words of the staff pages about an exemption, in English. Decides nothing."""

from datetime import date, datetime
from typing import Any

from django.utils.formats import date_format

from consents.access.models import Grant
from consents.access.rules.causes import WORDS
from consents.access.selectors import get_cause
from consents.core.durations import describe_duration, format_local_moment
from consents.exemptions.models import Exemption
from consents.exemptions.rules import ExemptionState
from consents.ledger.event_words import describe_for_staff
from consents.ledger.models import Entry

STATES = {
    ExemptionState.FILED: ("wait", "To be decided"),
    ExemptionState.OPENED: ("wait", "Open, to be checked"),
    ExemptionState.GRANTED: ("yes", "Granted"),
    ExemptionState.REFUSED: ("no", "Refused"),
    ExemptionState.UNCHECKED: ("no", "Not checked in time"),
    ExemptionState.CANCELLED: ("no", "Taken back"),
}


def describe_exemption_state(exemption: Exemption) -> tuple[str, str]:
    """Return (tone, word)."""
    return STATES[ExemptionState(exemption.state)]


def describe_staff_event(exemption: Exemption, entry: Entry) -> str:
    if cause := get_cause(entry):
        return f"{WORDS[cause].staff} {describe_for_staff(entry)}"
    return describe_for_staff(entry, who=exemption.asked_as)


def build_timeline(exemption: Exemption, entries: list[Entry]) -> list[dict[str, Any]]:
    return [{"at": entry.occurred_at, "text": describe_staff_event(exemption, entry)} for entry in entries]


def describe_quarter(first: date) -> str:
    """Name a quarter by its first and last month."""
    last = first.replace(month=first.month + 2)
    return f"{date_format(first, 'F')} – {date_format(last, 'F Y')}"


def describe_telling(exemption: Exemption, now: datetime) -> str:
    """Say when the customer was told, or on what law and until when not."""
    if exemption.told_at:
        return f"Told on {format_local_moment(exemption.told_at)}"
    delays = sorted(exemption.delays.all(), key=lambda delay: delay.until)
    if not delays:
        return "Not told: nothing was opened"
    last = delays[-1]
    if last.until <= now:
        return "Shown since the delay ended"
    return f"Delayed until {format_local_moment(last.until)}: {last.law}, {last.authority}. {last.reason}"


def list_filed_facts(exemption: Exemption, grants: list[Grant], now: datetime) -> list[tuple[str, str]]:
    live = [grant for grant in grants if grant.is_live(now)]
    asked = "The customer was asked as well" if exemption.access_request_id else exemption.get_why_unasked_display()
    facts = [
        ("Customer", str(exemption.customer_id)[:8]),
        ("Ground", str(exemption.get_kind_display())),
        ("What for", exemption.version.name),
        ("Which data", ", ".join(one.category.title for one in exemption.exempted.all())),
        ("In one sentence", exemption.sentence),
        ("Case number", exemption.case_number),
        ("Filed by", f"{exemption.asked_name} ({exemption.asked_team}), {format_local_moment(exemption.filed_at)}"),
        ("Access for", describe_duration(exemption.duration)),
        ("Law", exemption.statute),
        ("Order", f"{exemption.order_number}, {exemption.ordered_on}" if exemption.order_number else ""),
        ("Authority", exemption.authority),
        ("From outside the EU, under", exemption.treaty),
        ("What they asked for", exemption.scope_asked),
        ("Why this is needed", exemption.necessity),
        ("The danger", exemption.threat),
        ("Why there is no other way", exemption.no_other_way),
        ("Asking first", f"{asked}. {exemption.unasked_words}".strip()),
        ("Check by", format_local_moment(exemption.check_by)),
        ("Decided by", exemption.decided_by.get_full_name() if exemption.decided_by else ""),
        ("Because", exemption.decision_words),
        ("The customer", describe_telling(exemption, now)),
        ("Running until", format_local_moment(live[0].ends_at) if live else ""),
    ]
    return [(label, value) for label, value in facts if value]
