"""Words of the staff pages about an exemption. Decides nothing."""

from datetime import date, datetime
from typing import Any

from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consents.access.customers.presenting import get_category_title
from consents.access.models import Grant
from consents.access.rules.causes import WORDS
from consents.access.selectors import get_cause
from consents.core.durations import describe_duration, format_day, format_local_moment
from consents.exemptions.models import Exemption
from consents.exemptions.rules import ExemptionState
from consents.ledger.event_words import describe_for_staff
from consents.ledger.models import Entry

STATES = {
    ExemptionState.FILED: ("wait", gettext_lazy("To be decided")),
    ExemptionState.OPENED: ("wait", gettext_lazy("Open, to be checked")),
    ExemptionState.GRANTED: ("yes", gettext_lazy("Granted")),
    ExemptionState.REFUSED: ("no", gettext_lazy("Refused")),
    ExemptionState.UNCHECKED: ("no", gettext_lazy("Not checked in time")),
    ExemptionState.CANCELLED: ("no", gettext_lazy("Ended undecided")),
}
# What was opened stays decided, or to be checked, once the access itself is over.
STATES_AFTER_ACCESS = STATES | {
    ExemptionState.OPENED: ("wait", gettext_lazy("Access over, to be checked")),
    ExemptionState.GRANTED: ("no", gettext_lazy("Granted, access over")),
}


def describe_exemption_state(exemption: Any) -> tuple[str, str]:
    """Return (tone, word). Expects `annotate_running`."""
    tone, word = (STATES if exemption.is_running else STATES_AFTER_ACCESS)[ExemptionState(exemption.state)]
    return tone, str(word)


def describe_staff_event(exemption: Exemption, entry: Entry) -> str:
    if cause := get_cause(entry):
        return f"{WORDS[cause].staff} {describe_for_staff(entry)}"
    what = get_category_title(exemption.exempted.all(), entry)
    return describe_for_staff(entry, who=exemption.asked_as, what=what)


def describe_quarter(first: date) -> str:
    """Name a quarter by its first and last month."""
    last = first.replace(month=first.month + 2)
    return f"{date_format(first, 'F')} – {date_format(last, 'F Y')}"


def describe_telling(exemption: Exemption, now: datetime) -> str:
    """Say when the customer was told, or on what law and until when not."""
    if exemption.told_at:
        return _("Told on %(day)s") % {"day": format_local_moment(exemption.told_at)}
    delays = sorted(exemption.delays.all(), key=lambda delay: delay.until)
    if not delays:
        return _("Not told: nothing was opened")
    last = delays[-1]
    if last.until <= now:
        return _("Shown since the delay ended")
    delayed = _("Delayed until %(day)s: %(law)s, %(authority)s.")
    delay = {"day": format_local_moment(last.until), "law": last.law, "authority": last.authority}
    return f"{delayed % delay} {last.reason}"


def list_filed_facts(exemption: Exemption, grants: list[Grant], now: datetime) -> list[tuple[str, str]]:
    live = [grant for grant in grants if grant.is_live(now)]
    check_by = _("Check by") if exemption.state == ExemptionState.OPENED else _("Deadline for the check")
    asking = _("The customer was asked as well") if exemption.access_request_id else exemption.get_why_unasked_display()
    facts = [
        (_("Customer"), str(exemption.customer_id)[:8]),
        (_("Ground"), capfirst(exemption.get_kind_display())),
        (_("What for"), exemption.version.name),
        (_("Which data"), ", ".join(one.category.title for one in exemption.exempted.all())),
        (_("In one sentence"), exemption.sentence),
        (_("Case number"), exemption.case_number),
        (_("Filed by"), f"{exemption.asked_name} ({exemption.asked_team}), {format_local_moment(exemption.filed_at)}"),
        (_("Access for"), describe_duration(exemption.duration)),
        (_("Law"), exemption.statute),
        (_("Order"), f"{exemption.order_number}, {format_day(exemption.ordered_on)}" if exemption.order_number else ""),
        (_("Authority"), exemption.authority),
        (_("From outside the EU, under"), exemption.treaty),
        (_("What they asked for"), exemption.scope_asked),
        (_("Why this is needed"), exemption.necessity),
        (_("The danger"), exemption.threat),
        (_("Why there is no other way"), exemption.no_other_way),
        (_("Asking first"), f"{asking}. {exemption.unasked_words}".strip()),
        (check_by, format_local_moment(exemption.check_by)),
        (_("Decided by"), exemption.decided_by.get_full_name() if exemption.decided_by else ""),
        (_("Because"), exemption.decision_words),
        (_("The customer"), describe_telling(exemption, now)),
        (_("Running until"), format_local_moment(live[0].ends_at) if live else ""),
    ]
    return [(label, value) for label, value in facts if value]
