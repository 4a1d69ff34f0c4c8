"""Privacy requests as they read to staff. Decides nothing."""

from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.template.loader import render_to_string
from django.utils import formats, timezone
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from consents.core.durations import format_day, format_local_moment, format_whole_day
from consents.law.calendars import describe_rule
from consents.law.identity import Level
from consents.law.kinds import Regime, Type
from consents.ledger.models import Entry
from consents.ledger.rules import describe_for_staff
from consents.people.staff.timelines import build_timeline
from consents.rights.customers.forms import get_place_name
from consents.rights.customers.presenting import describe_identity, describe_parts, list_scope_names
from consents.rights.fulfilment.erasure import ERASURES, find_proposed_part
from consents.rights.fulfilment.protocol import describe_pause
from consents.rights.models import LawChoice, RightsRequest
from consents.rights.rules import RIGHT, WRONG, Appealed, Channel, CodeEnd, DeliveryWay, Outcome, PlaceReason, State
from consents.rights.selectors import get_requester_language
from consents.rights.services import answering
from consents.rights.staff.pages import describe_document, describe_handler
from consents.vault import selectors as vault

TONES = {Outcome.COMPLIED_WHOLE: "yes", Outcome.COMPLIED_PART: "yes", Outcome.NO_DATA: "yes"}
STATE_WORDS = {
    State.RECEIVED: gettext_lazy("received"),
    State.ACKNOWLEDGED: gettext_lazy("acknowledged"),
    State.IN_PROGRESS: gettext_lazy("in progress"),
}
DETAIL_WORDS = {
    ("facts_compared", answering.AGREES): gettext_lazy("nothing differed"),
    ("facts_compared", answering.DIFFERS): gettext_lazy("it differed"),
    ("assigned", "taken"): gettext_lazy("they took it themselves"),
    ("assigned", "handed_over"): gettext_lazy("it was handed over"),
    ("code_made", DeliveryWay.MAILED): gettext_lazy("mailed"),
    ("code_made", DeliveryWay.HANDED): gettext_lazy("given out by an officer"),
    ("code_typed", RIGHT): gettext_lazy("it was right"),
    ("code_typed", WRONG): gettext_lazy("it was wrong"),
    ("code_typed", CodeEnd.TRIES): gettext_lazy("it was wrong too often, and works no more"),
    ("appeal_decided", Appealed.UPHELD): gettext_lazy("the answer stays as it was"),
}
SOON_DAYS = 7


def describe_queue_status(rights_request: RightsRequest, now: datetime) -> tuple[str, str]:
    """Return tone and word of the request's tag."""
    if rights_request.appeal_outcome == Appealed.PENDING:
        words = _("Appeal to decide")
        return ("stop", f"{words} ({_('late')})") if rights_request.is_appeal_late_at(now) else ("wait", words)
    if rights_request.is_answered:
        outcome, late = Outcome(rights_request.outcome), f" ({_('late')})" if rights_request.is_late_at(now) else ""
        return TONES.get(outcome, "no"), f"{capfirst(str(outcome.label))}{late}"
    if rights_request.waiting_since:
        return "no", _("Waiting for the customer")
    if rights_request.is_late_at(now):
        return "stop", _("Late")
    if getattr(rights_request, "waits_for_customer", False):
        return "no", _("Waiting for the customer")
    if getattr(rights_request, "waits_for_holders", False):
        return "no", _("Waiting for other holders")
    return "wait", capfirst(str(STATE_WORDS[State(rights_request.state)]))


def build_staff_timeline(entries: list[Entry]) -> list[dict[str, Any]]:
    return build_timeline(entries, lambda entry: f"{describe_for_staff(entry)}{describe_entry_detail(entry)}")


def describe_entry_detail(entry: Entry) -> str:
    """Say how it was done, where that matters."""
    event = entry.event.removeprefix("rights_request.")
    if event == "package_downloaded":
        by = _("by the customer") if entry.actor_kind == "customer" else _("by somebody who acts for the customer")
        return f": {_('with the code')}" if "code" in entry.facts else f": {by}"
    if (said_on := entry.find_fact("said_on", date.fromisoformat)) and (channel := entry.find_fact("channel", Channel)):
        return f": {channel.label}, {format_whole_day(said_on)}"
    if number := entry.find_fact("followed_by", str):
        return f": {_('the request begins again as %(number)s') % {'number': number}}"
    if event == "law_chosen":
        return describe_law_choice(entry)
    return f": {more}" if (more := DETAIL_WORDS.get((event, entry.outcome))) else ""


def describe_law_choice(entry: Entry) -> str:
    law, why = entry.find_fact("regime", Regime), entry.find_fact("reason", PlaceReason)
    if law is None or why is None:
        return ""
    return f": {get_place_name(str(entry.facts['jurisdiction']))}, {law.label}. {why.label}"


def list_request_facts(rights_request: RightsRequest) -> list[tuple[str, Any]]:
    is_appealed = rights_request.appeal_outcome == Appealed.PENDING
    facts = [
        (_("What is asked"), label_right(rights_request)),
        (_("Law"), label_law(rights_request)),
        (_("Filed under"), describe_filed_law(rights_request)),
        (_("How it arrived"), capfirst(rights_request.get_channel_display())),
        (_("Who asked"), capfirst(rights_request.get_submitted_by_display())),
        (_("Document that shows they may"), describe_document(rights_request)),
        (_("Which data or purposes"), ", ".join(list_scope_names(rights_request))),
        (_("Officer"), capfirst(describe_handler(rights_request))),
        (_("Customer"), describe_whose(rights_request)),
        (_("Language"), describe_language(rights_request)),
        (_("Identity"), describe_identity_fact(rights_request)),
        (_("Arrived"), format_local_moment(rights_request.received_at)),
        (_("Our own aim"), format_day(rights_request.register.target_on)),
        (_("Answer by"), format_local_moment(rights_request.answer_by)),
        (_("Rule and calendar"), describe_rule(rights_request.due_rule, rights_request.calendar_id)),
        (_("Use paused"), describe_pause(rights_request)),
        (_("Decide the appeal by"), format_local_moment(rights_request.appeal_due_at if is_appealed else None)),
    ]
    return [(label, value) for label, value in [*facts, *list_part_facts(rights_request)] if value]


def describe_language(rights_request: RightsRequest) -> str:
    """Name the requester's language; empty once it was erased with the customer."""
    if rights_request.has_erased_customer:
        return ""
    return dict(settings.LANGUAGES).get(get_requester_language(rights_request), "")


def describe_identity_fact(rights_request: RightsRequest) -> str:
    is_failed = rights_request.verification_level == Level.FAILED
    return _("Could not be confirmed") if is_failed else describe_identity(rights_request)


@admin.display(description=gettext_lazy("what is asked"))
def label_right(rights_request: RightsRequest) -> str:
    """Return the right's label. The stock display of a field translates every label there is to find one."""
    return str(Type(rights_request.request_type).label)


@admin.display(description=gettext_lazy("law"))
def label_law(rights_request: RightsRequest) -> str:
    place = rights_request.jurisdiction.replace("-", "\N{NON-BREAKING HYPHEN}")
    return f"{Regime(rights_request.regime).label} ({place})"


@admin.display(description=gettext_lazy("customer"))
def describe_whose(rights_request: RightsRequest) -> str:
    """Tell one customer's rows from another's without naming anybody."""
    if rights_request.customer_id is None:
        return _("Not known yet")
    if rights_request.has_erased_customer:
        return _("%(id)s, erased") % {"id": str(rights_request.customer_id)[:8]}
    return str(rights_request.customer_id)[:8]


def describe_filed_law(rights_request: RightsRequest) -> str:
    """Say which right of which law it was before an officer chose another; empty if none did."""
    choice = LawChoice.objects.filter(rights_request=rights_request).first()
    if choice is None or choice.filed_jurisdiction == choice.jurisdiction:
        return ""
    return f"{choice.get_filed_type_display()}, {choice.get_filed_regime_display()} ({choice.filed_jurisdiction})"


def list_part_facts(rights_request: RightsRequest) -> list[tuple[str, Any]]:
    """List what is proposed to be deleted and kept, or what was."""
    if rights_request.request_type not in ERASURES:
        return []
    done, proposed = vault.get_done_erasure(rights_request.pk), find_proposed_part(rights_request)
    if erasure := done or proposed:
        parts = describe_parts(erasure)
        return [
            (_("Deleted") if done else _("Proposed to delete"), ", ".join(parts["deleted"])),
            (_("Kept") if done else _("Proposed to keep"), ", ".join(parts["kept"])),
            (_("Kept by"), erasure.law),
            (_("Proposed by"), erasure.proposed_by.get_full_name() if erasure.proposed_by else ""),
            (_("Confirmed by"), erasure.confirmed_by.get_full_name() if erasure.confirmed_by else ""),
        ]
    return []


def format_short_day(moment: datetime) -> str:
    """Write a day for the column of a table."""
    return formats.date_format(timezone.localtime(moment), pgettext("short date format", "j M Y"))


def describe_days_left(rights_request: RightsRequest, now: datetime) -> tuple[str, str, str]:
    """Return (tone, icon, words) for the time that is left: never colour alone."""
    if rights_request.appeal_outcome == Appealed.PENDING and rights_request.appeal_due_at:
        return describe_days_until(rights_request.appeal_due_at, now)
    if rights_request.outcome == Outcome.WITHDRAWN:
        return "no", "minus", _("Withdrawn")  # there was no answer to be in time
    if rights_request.is_answered:
        return (
            ("stop", "exclamation-triangle", _("Answered late"))
            if rights_request.is_late_at(now)
            else ("yes", "check", _("In time"))
        )
    if rights_request.waiting_since:
        return "no", "pause", _("Clock stands still")
    return describe_days_until(rights_request.answer_by, now)


def describe_days_until(until: datetime, now: datetime) -> tuple[str, str, str]:
    days = (timezone.localtime(until).date() - timezone.localtime(now).date()).days
    if until < now:
        words = ngettext("%(n)d day late", "%(n)d days late", max(1, -days)) % {"n": max(1, -days)}
        return "stop", "exclamation-triangle", words
    if days <= 1:
        return "stop", "clock", _("Today") if days == 0 else _("Tomorrow")
    words = ngettext("%(n)d day left", "%(n)d days left", days) % {"n": days}
    return ("wait", "clock", words) if days <= SOON_DAYS else ("no", "calendar", words)


def describe_identity_state(rights_request: RightsRequest) -> str:
    if rights_request.identity_needed == Level.NOT_REQUIRED:
        return _("identity not asked")
    if rights_request.verification_level == Level.FAILED:
        return _("identity not confirmed")
    if rights_request.gets_kinds_instead:
        return _("identity confirmed, not surely enough for the data itself")
    return _("identity confirmed") if rights_request.verified_at else _("identity to be confirmed")


@lru_cache(maxsize=1024)
def render_tag(tone: str, icon: str, word: str) -> SafeString:
    return render_to_string("admin/rights/rightsrequest/tag.html", {"tone": tone, "icon": icon, "word": word})
