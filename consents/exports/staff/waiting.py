"""Exports whose personal columns wait for a second compliance officer."""

from operator import attrgetter

from django.utils.translation import ngettext_lazy

from consents.exports.models import Export
from consents.people.models import Role, StaffMember
from consents.people.staff.waiting import build_waits_filter
from consents.people.work import WaitingWork


def list_export_work(member: StaffMember) -> list[WaitingWork]:
    if member.role != Role.COMPLIANCE_OFFICER:
        return []
    return [
        WaitingWork(
            "approve",
            Export.objects.filter(personal=True, approval=None).exclude(made_by=member.pk),
            ngettext_lazy("export to approve", "exports to approve", "number"),
            since="made_at",
            describe=attrgetter("filename"),
        )
    ]


WaitsFilter = build_waits_filter(list_export_work)
