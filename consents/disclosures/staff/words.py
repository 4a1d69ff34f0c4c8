"""Words of the staff pages about a report of a look, and who may read which. Decides nothing."""

from typing import Any

from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from consents.access.models import AccessRequest
from consents.core import clock
from consents.core.admin import get_role
from consents.core.durations import format_local_moment
from consents.disclosures.models import LookReport
from consents.disclosures.reports import rules, selectors
from consents.exemptions.models import Exemption
from consents.people.services.holding import OFFICERS
from consents.people.visitors import StaffRequest


def describe_staff_state(report: LookReport) -> tuple[str, str]:
    if report.decided_at:
        late = f" ({_('late')})" if report.decided_at > report.due_at else ""
        return "no", f"{rules.Finding(report.finding).label}{late}"
    if report.customer.erased_at:
        return "no", _("Ended: the customer was erased")
    if report.due_at <= clock.now():
        return "stop", _("Late")
    if report.answered_at:
        return "wait", _("Waiting for an officer")
    return "wait", _("Who looked has left") if has_left(report) else _("Who looked has not answered yet")


def has_left(report: LookReport) -> bool:
    """Return whether who looked no longer works here, and can answer nothing."""
    return report.opening.staff is not None and report.opening.staff.staff_member.ended_at is not None


def list_report_facts(report: LookReport) -> list[tuple[str, Any]]:
    """List the look and what allowed it: nothing that the customer or an officer wrote."""
    asked = selectors.find_origin(report.opening)
    facts = [
        (_("Customer"), str(report.customer_id)[:8]),
        (_("Reported"), format_local_moment(report.reported_at)),
        (_("Answer by"), format_local_moment(report.due_at)),
        (_("The look"), format_local_moment(report.opening.opened_at)),
        (_("Who looked"), asked.asked_as),
        (_("What was opened"), str(report.opening.category and report.opening.category.title)),
        (_("What for"), asked.version.name),
        (_("Why now"), describe_reason(asked)),
        (_("Case number"), asked.case_number),
    ]
    return [(label, value) for label, value in facts if value]


def list_own_answer(request: StaffRequest, report: LookReport) -> list[tuple[str, str]]:
    """List the answer of who looked for themselves: officers read it on record."""
    if report.answered_at is None or report.opening.staff_id != request.user.pk:
        return []
    return [(_("Your answer"), selectors.open_words(report)["answer"])]


def list_outcome_facts(report: LookReport) -> list[tuple[str, str]]:
    if report.decided_by is None:
        return []
    return [
        (_("Outcome"), str(rules.Finding(report.finding).label)),
        (_("Decided by"), report.decided_by.get_full_name()),
    ]


def list_written_facts(report: LookReport, words: dict[str, str]) -> list[tuple[str, str]]:
    """List what each side wrote, `words` as `read_look_report` returns them."""
    none_yet = _("None: they no longer work here") if has_left(report) else _("None yet")
    facts = [
        (_("What does not seem right"), str(rules.Concern(report.concern).label)),
        (_("The customer’s words"), words["words"]),
        (_("Answer of who looked"), words["answer"] or ("" if report.decided_at else none_yet)),
        (_("Told the customer"), words["finding"]),
    ]
    return [(label, value) for label, value in facts if value]


def may_read_words(request: StaffRequest, report: LookReport) -> bool:
    """Return whether this reader is an officer, and not who looked: the form promises both to the customer. Of one who
    was erased nothing is left to read."""
    is_reader = get_role(request) in OFFICERS and report.opening.staff_id != request.user.pk
    return is_reader and report.customer.erased_at is None


def describe_reason(asked: AccessRequest | Exemption) -> str:
    reason = asked.get_reason_display() if isinstance(asked, AccessRequest) else asked.get_kind_display()
    return f"{capfirst(str(reason))}. {asked.sentence}"


def may_decide(request: StaffRequest, report: LookReport) -> bool:
    """Return whether this reader is an officer who had no part in the look."""
    return may_read_words(request, report) and not selectors.allowed_look(request.user.pk, report)


def list_next_steps(request: StaffRequest, report: LookReport) -> list[dict[str, str]]:
    if report.decided_at or report.customer.erased_at:
        return []
    if report.answered_at or report.opening.staff_id != request.user.pk:
        return []
    return [{"url": reverse("admin:disclosures_lookreport_answer", args=[report.pk]), "label": _("Answer")}]
