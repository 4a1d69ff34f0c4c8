"""Collect from every room what waits for a member of staff: what is theirs first, then what is for their role."""

from collections.abc import Callable
from functools import cache
from typing import Any
from uuid import UUID

from django.db.models import IntegerField, QuerySet, Subquery

from consents.access.staff.waiting import list_access_work
from consents.breaches.staff.waiting import list_breach_work
from consents.catalogue.staff.waiting import list_purpose_work
from consents.copies.staff.queue import list_request_work
from consents.core.gathering import Gathering, Parts, define_gathering
from consents.disclosures.staff.waiting import list_report_work
from consents.exemptions.staff.waiting import list_exemption_work
from consents.exports.staff.waiting import list_export_work
from consents.people.models import StaffMember
from consents.people.staff.waiting import list_people_work
from consents.people.work import WaitingWork, list_kinds
from consents.training.staff.waiting import list_training_work

ROOMS: tuple[Callable[[StaffMember], list[WaitingWork]], ...] = (
    list_access_work,
    list_request_work,
    list_report_work,
    list_breach_work,
    list_exemption_work,
    list_people_work,
    list_purpose_work,
    list_export_work,
    list_training_work,
)


def list_waiting_work(member: StaffMember) -> list[WaitingWork]:
    collected = [work for list_work in ROOMS for work in list_work(member)]
    return sorted(collected, key=lambda work: not work.is_own)


class CountedRows(Subquery):
    template = "(SELECT count(*) FROM (%(subquery)s) AS counted)"
    output_field = IntegerField()


@cache
def define_counting(role: str) -> Gathering:
    """Define the one statement that counts what waits for a member of this role."""

    @define_gathering(member=UUID)
    def counting(member: Any) -> Parts:
        selected = [work.rows for work in list_waiting_work(StaffMember(pk=member, role=role))]
        numbers = [CountedRows(rows.order_by().values("pk")) for rows in selected if isinstance(rows, QuerySet)]
        return {"numbers": StaffMember.objects.filter(pk=member).values_list(*numbers)}

    return counting


def count_waiting_work(member: StaffMember) -> list[tuple[WaitingWork, int]]:
    """Count each kind of which something waits."""
    numbers = iter(*define_counting(member.role).read(member=member.pk)["numbers"])
    counted = [
        (work, next(numbers) if isinstance(work.rows, QuerySet) else len(work.rows(member.pk)))
        for work in list_kinds(list_waiting_work, member.role)
    ]
    return [(work, number) for work, number in counted if number]
