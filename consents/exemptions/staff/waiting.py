"""Exemptions and signs of a bypass that wait for an officer. Emails tell of each already."""

from django.urls import reverse
from django.utils.translation import ngettext_lazy

from consents.exemptions.models import Exemption
from consents.exemptions.rules import ExemptionState
from consents.exemptions.selectors import count_open_alerts
from consents.people.models import Role, StaffMember
from consents.people.staff.waiting import build_waits_filter
from consents.people.work import WaitingWork, select_own_customers

OPEN_STATES = [ExemptionState.FILED, ExemptionState.OPENED]


def list_exemption_work(member: StaffMember) -> list[WaitingWork]:
    if member.role == Role.COMPLIANCE_OFFICER:
        signs = ngettext_lazy("sign of a bypass to decide", "signs of a bypass to decide", "number")
        url = reverse("admin:exemptions_bypasses")
        return [WaitingWork("signs", lambda officer: range(count_open_alerts(officer)), signs, url=url)]
    if member.role != Role.PRIVACY_OFFICER:
        return []
    others = Exemption.objects.filter(state__in=OPEN_STATES).exclude(staff=member.pk)
    others = others.exclude(customer__in=select_own_customers(member.pk))
    labels = ngettext_lazy("exemption to decide or check", "exemptions to decide or check", "number")
    return [WaitingWork("decide", others, labels)]


WaitsFilter = build_waits_filter(list_exemption_work)
