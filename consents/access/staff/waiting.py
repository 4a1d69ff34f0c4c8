"""Select what waits for whoever asked, and for the manager who must agree before a customer is asked."""

from django.utils.translation import ngettext_lazy

from consents.access.models import AccessRequest
from consents.access.selectors import annotate_current_state, select_to_decide, select_without_manager
from consents.access.staff.filters import filter_by_state
from consents.people.models import Role, StaffMember
from consents.people.services.holding import OFFICERS
from consents.people.staff.waiting import build_waits_filter
from consents.people.work import WaitingWork, select_own_customers


def list_access_work(member: StaffMember) -> list[WaitingWork]:
    return [*list_agreement_work(member), *list_requesters_work(member)]


def list_agreement_work(member: StaffMember) -> list[WaitingWork]:
    """List what waits for this member as a manager, and for officers what waits for a manager who has left."""
    to_decide = WaitingWork(
        "agreement",
        select_to_decide(member.pk).exclude(customer__in=select_own_customers(member.pk)),
        ngettext_lazy("request to agree to", "requests to agree to", "number"),
        is_own=True,
        since="proposed_at",
    )
    return [to_decide, build_orphaned_work()] if member.role in OFFICERS else [to_decide]


def build_orphaned_work() -> WaitingWork:
    return WaitingWork(
        "orphaned",
        select_without_manager(),
        ngettext_lazy("request whose manager has left", "requests whose manager has left", "number"),
        since="staff__staff_member__manager__ended_at",
    )


def list_requesters_work(member: StaffMember) -> list[WaitingWork]:
    """An email tells of each question and of each answer already."""
    if member.role != Role.REQUESTER:
        return []
    own = annotate_current_state(AccessRequest.objects.filter(staff=member.pk))
    questions = ngettext_lazy("customer’s question to answer", "customers’ questions to answer", "number")
    running = ngettext_lazy("customer whose data you may look at", "customers whose data you may look at", "number")
    return [
        WaitingWork("asked", filter_by_state(own, "asked"), questions, is_own=True),
        WaitingWork("running", filter_by_state(own, "running"), running, is_own=True),
    ]


WaitsFilter = build_waits_filter(list_access_work)
