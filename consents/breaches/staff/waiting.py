"""Words to customers about a data breach that wait for an officer who did not write them."""

from django.urls import reverse
from django.utils.translation import ngettext_lazy

from consents.breaches.models import Announcement
from consents.people.models import StaffMember
from consents.people.services.holding import OFFICERS
from consents.people.work import WaitingWork


def list_breach_work(member: StaffMember) -> list[WaitingWork]:
    """An email told the officers of each already."""
    if member.role not in OFFICERS:
        return []
    others = Announcement.objects.filter(decided_at=None).exclude(proposed_by=member.pk)
    labels = ngettext_lazy("message about a data breach to check", "messages about a data breach to check", "number")
    return [WaitingWork("announcements", others, labels, url=reverse("admin:breaches_list"))]
