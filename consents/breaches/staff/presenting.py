"""Words of the officers' pages about a data breach. Decides nothing."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from consents.breaches import selectors
from consents.breaches.models import Announcement
from consents.breaches.rules import BreachState, Harm, Risk
from consents.breaches.selectors import BreachCase
from consents.catalogue.models import Category
from consents.core.durations import describe_duration

STATES = {
    BreachState.OPEN: (pgettext_lazy("breach", "Open"), "wait"),
    BreachState.LATE: (gettext_lazy("Authority not told in time"), "stop"),
    BreachState.CLOSED: (gettext_lazy("Closed"), "yes"),
}


def describe_clock(case: BreachCase, now: datetime) -> str:
    """Say how long is left to tell the authority, or that it knows."""
    if any(notice.told_at for notice in case.authority_notices):
        return _("The authority has been told.")
    if case.is_authority_settled:
        return _("The authority need not be told.")
    due = case.breach.authority_due
    length = describe_duration(abs(due - now))
    return _("%(time)s left") % {"time": length} if due > now else _("%(time)s late") % {"time": length}


STEPS = {
    "breaches_assess": gettext_lazy("Assess it"),
    "breaches_authority": gettext_lazy("Record what the authority was told"),
    "breaches_announce": gettext_lazy("Tell the people concerned"),
    "breaches_close": gettext_lazy("Close it"),
}


def choose_next_page(case: BreachCase) -> str:
    """Return the page of the step to take next; empty once the case is closed, or while words wait or go out."""
    if case.closing:
        return ""
    if not case.assessments:
        return "breaches_assess"
    if not case.is_authority_settled:
        return "breaches_authority"
    if case.has_open_announcement:
        return ""
    return "breaches_announce" if case.risk == Risk.HIGH and not case.are_people_told else "breaches_close"


def list_other_steps(case: BreachCase, next_page: str) -> list[dict[str, Any]]:
    """List the other steps that can be taken now, in their order."""
    if case.closing:
        return []
    pages = [page for page in STEPS if page != next_page]
    if case.has_open_announcement:
        pages = [page for page in pages if page not in ("breaches_announce", "breaches_close")]
    if not case.risk:
        pages = [page for page in pages if page != "breaches_announce"]
    if not case.risk or not case.is_authority_settled:
        pages = [page for page in pages if page != "breaches_close"]
    labels = STEPS | ({"breaches_assess": gettext_lazy("Assess it again")} if case.assessments else {})
    return [{"page": page, "label": labels[page]} for page in pages]


def keep_together(label: str) -> str:
    """Keep a few short words of a narrow column on one line."""
    return label if len(label) > 20 else label.replace(" ", "\N{NO-BREAK SPACE}")


def build_line(case: BreachCase, now: datetime) -> dict[str, Any]:
    word, tone = STATES[case.state_at(now)]
    return {
        "breach": case.breach,
        "state": word,
        "tone": tone,
        "clock": "" if case.closing else describe_clock(case, now),
        "is_untold": not case.is_authority_settled,
        "risk": keep_together(case.assessments[-1].get_risk_display()) if case.assessments else "",
    }


def build_case_context(case: BreachCase, now: datetime) -> dict[str, Any]:
    page = choose_next_page(case)
    titles = {kind.code: kind.title for kind in Category.objects.all()}
    counted = selectors.count_notices([announcement.pk for announcement in case.announcements])
    return build_line(case, now) | {
        "case": case,
        "people_told": describe_people_told(case, counted),
        "next_step": STEPS.get(page, ""),
        "next_page": page,
        "other_steps": list_other_steps(case, page),
        "assessments": [
            {
                "assessment": assessment,
                "harms": [Harm(harm).label for harm in assessment.harms],
                "kinds": [titles.get(code, code) for code in assessment.categories],
            }
            for assessment in reversed(case.assessments)
        ],
        "announcements": [
            {"announcement": announcement, "counted": counted.get(announcement.pk, {})}
            | {"state": describe_announcement(announcement, counted.get(announcement.pk, {}))}
            for announcement in reversed(case.announcements)
        ],
    }


def describe_announcement(announcement: Announcement, counted: Mapping[str, int]) -> str:
    if announcement.is_agreed is None:
        return _("Waits for a second officer")
    if not announcement.is_agreed:
        return _("Not sent: the second officer did not agree")
    if not announcement.done_at:
        return _("Going out now")
    if not counted.get("told"):
        return _("Nobody was told: all had been erased before")
    if counted["unreached"]:
        return _("On everybody’s page, and not in an email to those without an address")
    return _("Everybody has been told")


def describe_people_told(case: BreachCase, counted: Mapping[UUID, Mapping[str, int]]) -> str:
    """Say of a closed case whether people were told, or why not."""
    if case.closing is None or case.closing.why_not_told:
        return case.closing.get_why_not_told_display() if case.closing else ""
    if any(numbers["told"] for numbers in counted.values()):
        return _("They were told")
    return _("Nobody was told: all had been erased before")
