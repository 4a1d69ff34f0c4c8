"""Select what waits for whoever asked: customers' questions, and access that an answer has opened."""

from django.utils.translation import ngettext_lazy

from consents.access.models import AccessRequest
from consents.access.selectors import annotate_current_state
from consents.access.staff.filters import filter_by_state
from consents.people.models import Role, StaffMember
from consents.people.staff.waiting import build_waits_filter
from consents.people.work import WaitingWork

PAGE = "access_accessrequest"


def list_access_work(member: StaffMember) -> list[WaitingWork]:
    """An email tells of each question and of each answer already."""
    if member.role != Role.REQUESTER:
        return []
    own = annotate_current_state(AccessRequest.objects.filter(staff=member.pk))
    questions = ngettext_lazy("customer’s question to answer", "customers’ questions to answer", "number")
    running = ngettext_lazy("customer whose data you may look at", "customers whose data you may look at", "number")
    return [
        WaitingWork("asked", filter_by_state(own, "asked"), questions, page=PAGE, is_own=True),
        WaitingWork("running", filter_by_state(own, "running"), running, page=PAGE, is_own=True),
    ]


WaitsFilter = build_waits_filter(list_access_work, PAGE)
