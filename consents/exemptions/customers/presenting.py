"""Words of the customer's pages about an exemption. Decides nothing."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from django.views.decorators.http import require_safe

from consents.access.customers.presenting import get_category_title
from consents.access.models import Grant
from consents.access.rules import GrantEnd
from consents.access.rules.causes import WORDS
from consents.access.selectors import get_cause, select_live_grants
from consents.core import clock
from consents.core.durations import describe_duration, describe_time_left, format_day
from consents.core.refusals import get_or_refuse
from consents.exemptions import selectors
from consents.exemptions.models import Exemption, Kind, WhyUnasked
from consents.exemptions.rules import ExemptionState
from consents.ledger.models import Entry
from consents.ledger.rules import describe_for_customer
from consents.people.selectors import name_others
from consents.people.visitors import CustomerRequest, customer_required

GROUNDS = {
    Kind.LEGAL_DUTY: gettext_lazy("Without your permission: a law required it"),
    Kind.SAFETY: gettext_lazy("Without your permission: an emergency"),
}
# Where the title of the page has said that it was without permission.
SHORT_GROUNDS = {Kind.LEGAL_DUTY: gettext_lazy("A law required it"), Kind.SAFETY: gettext_lazy("An emergency")}
LAWS = {Kind.LEGAL_DUTY: "GDPR Art 6(1)(c)", Kind.SAFETY: "GDPR Art 6(1)(d)"}


def describe_ground(exemption: Exemption) -> str:
    """Mark in words that a look needed no permission."""
    return str(GROUNDS[Kind(exemption.kind)])


def describe_exemption_entry(entry: Entry, exemption: Exemption | None, other: str) -> str:
    """Describe one entry about an exemption, which is None where there is no record of it; `other` names who did it, if
    not the reader.
    """
    if cause := get_cause(entry):
        because = str((other and WORDS[cause].other) or WORDS[cause].customer) % {"other": other}
        return capfirst(f"{because} {describe_for_customer(entry)}")
    if exemption is None:
        return describe_for_customer(entry)
    what = get_category_title(exemption.exempted.all(), entry)
    return describe_for_customer(entry, who=exemption.asked_as, what=what)


def describe_second_check(exemption: Exemption) -> str:
    """Say who looked at it besides the requester, and what they found."""
    officer = exemption.decided_by.first_name if exemption.decided_by else ""
    words = {
        ExemptionState.FILED: _("No one has decided it yet."),
        ExemptionState.OPENED: _("A second person will check this within a day."),
        ExemptionState.UNCHECKED: _("No second person checked this in time. That should not have happened."),
        ExemptionState.CANCELLED: _("It ended before it was decided."),
        ExemptionState.REFUSED: _("%(officer)s, a privacy officer, checked this and did not confirm it."),
        ExemptionState.GRANTED: _("%(officer)s, a privacy officer, checked this and confirmed it.")
        if exemption.check_by
        else _("%(officer)s, a privacy officer, decided this."),
    }
    return words[ExemptionState(exemption.state)] % {"officer": officer}


def describe_asking(exemption: Exemption) -> str:
    if exemption.access_request_id:
        return _("You were asked as well.")
    return {
        WhyUnasked.DANGER: _("Waiting for your answer would have been dangerous."),
        WhyUnasked.FORBIDDEN: _("A law forbade us to ask you."),
    }[WhyUnasked(exemption.why_unasked)]


def describe_access(grants: list[Grant], now: datetime) -> str:
    live = [grant for grant in grants if grant.is_live(now)]
    if live:
        return pgettext("access", "Running, ends %(left)s") % {"left": describe_time_left(live[0].ends_at, now)}
    return _("Over") if {grant.end for grant in grants} <= {"", GrantEnd.TIME} else _("Ended early")


def list_running_access(*, customer: UUID, now: datetime, **_: Any) -> list[dict[str, Any]]:
    """List what runs and may be told, the newest first; by signal, for the home page. A few queries."""
    live = select_live_grants(now).filter(customer=customer, exemption__isnull=False)
    shown = list(selectors.select_exemptions_shown_to(customer).filter(pk__in=live.values("exemption")))
    running = list(live.filter(exemption__in=[exemption.pk for exemption in shown]))
    ends = {grant.exemption: grant.ends_at for grant in running}
    open_now = {(grant.exemption, grant.category_id) for grant in running}
    return [
        {
            "ground": describe_ground(exemption),
            "who": exemption.asked_as,
            "what": join_titles(exemption, open_now),
            "what_for": exemption.version.name,
            "sentence": exemption.sentence,
            "until": ends[exemption.pk],
            "left": describe_time_left(ends[exemption.pk], now),
            "url": reverse("exemptions:exemption", args=[exemption.pk]),
        }
        for exemption in shown
    ]


def join_titles(exemption: Exemption, opened: set[tuple[UUID | None, int]]) -> str:
    """Join what of an exemption is among these, each named by exemption and category."""
    categories = [exempted.category for exempted in exemption.exempted.all()]
    return ", ".join(category.title for category in categories if (exemption.pk, category.pk) in opened)


def list_legal_facts(exemption: Exemption) -> list[tuple[str, str]]:
    """List what it rested on, word for word as it was filed; what is empty is left out."""
    day = format_day(exemption.ordered_on)
    ordered = f"{exemption.order_number}, {day}" if day else ""
    facts = [
        (_("Law"), exemption.statute or LAWS[Kind(exemption.kind)]),
        (_("Order"), ordered),
        (_("Authority"), exemption.authority),
        (_("International agreement"), exemption.treaty),
        (_("What they asked for"), exemption.scope_asked),
        (_("Why this was needed"), exemption.necessity),
        (_("The danger"), exemption.threat),
        (_("Why there was no other way"), exemption.no_other_way),
        (_("Case"), exemption.case_number),
        (_("Why you were not asked first"), f"{describe_asking(exemption)} {exemption.unasked_words}".strip()),
    ]
    return [(label, words) for label, words in facts if words]


def build_exemption_context(exemption: Exemption, grants: list[Grant], now: datetime) -> dict[str, Any]:
    return {
        "who": exemption.asked_as,
        "ground": str(SHORT_GROUNDS[Kind(exemption.kind)]),
        "what": ", ".join(one.category.title for one in exemption.exempted.all()),
        "what_for": exemption.version.name,
        "sentence": exemption.sentence,
        "duration": describe_duration(exemption.duration),
        "access": describe_access(grants, now),
        # The customer's no ends an emergency's access, never what a law requires.
        "may_be_ended": exemption.kind == Kind.SAFETY and any(grant.is_live(now) for grant in grants),
        "facts": list_legal_facts(exemption),
        "check": describe_second_check(exemption),
        "decision_words": exemption.decision_words,
        "filed_at": exemption.filed_at,
        "delays": list(exemption.delays.all()),
    }


@require_safe
@customer_required
def show_exemption(request: CustomerRequest, id: UUID) -> HttpResponse:
    """Show who, what, why, on what law and who checked it; 404 while a law forbids telling."""
    shown = selectors.select_exemptions_shown_to(request.visitor.customer.pk).select_related("decided_by")
    exemption = get_or_refuse(shown.filter(pk=id))
    grants = list(selectors.select_grants(exemption.pk))
    entries = Entry.objects.filter(customer=exemption.customer_id, object=str(exemption.pk)).order_by("id")[:200]
    others = name_others(exemption.customer_id, request.user)
    lines = [
        (entry.occurred_at, describe_exemption_entry(entry, exemption, others.get(entry.actor, "")))
        for entry in entries
    ]
    context = {
        "exemption": build_exemption_context(exemption, grants, clock.now()),
        "history": [{"at": at, "text": text} for at, text in lines if text],
    }
    return render(request, "exemptions/exemption.html", context)
