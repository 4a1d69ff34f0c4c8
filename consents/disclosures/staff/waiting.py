"""Reports of looks that wait: for whoever looked, to say why; for an officer, to decide."""

from django.utils.translation import ngettext_lazy

from consents.disclosures.reports import selectors
from consents.people.models import StaffMember
from consents.people.services.holding import OFFICERS
from consents.people.staff.waiting import build_waits_filter
from consents.people.work import WaitingWork, select_own_customers


def list_report_work(member: StaffMember) -> list[WaitingWork]:
    """An email tells whoever looked of each report already."""
    undecided = selectors.select_undecided_reports()
    own = undecided.filter(opening__staff=member.pk, answered_at=None)
    to_answer = ngettext_lazy("reported look to explain", "reported looks to explain", "number")
    work = [WaitingWork("explain", own, to_answer, is_own=True)]
    if member.role in OFFICERS:
        others = selectors.exclude_allowed_by(member.pk, undecided.exclude(opening__staff=member.pk))
        others = others.exclude(customer__in=select_own_customers(member.pk))
        to_decide = ngettext_lazy("reported look to decide", "reported looks to decide", "number")
        work.append(WaitingWork("decide", others, to_decide, since="reported_at", describe=str))
    return work


WaitsFilter = build_waits_filter(list_report_work)
