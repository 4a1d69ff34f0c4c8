"""Collect from every room what waits for a member of staff: what is theirs first, then what is for their role."""

from collections.abc import Callable

from django.db.models import IntegerField, QuerySet, Subquery

from consents.access.staff.waiting import list_access_work
from consents.breaches.staff.waiting import list_breach_work
from consents.catalogue.staff.waiting import list_purpose_work
from consents.copies.staff.queue import list_request_work
from consents.disclosures.staff.waiting import list_report_work
from consents.exemptions.staff.waiting import list_exemption_work
from consents.exports.staff.waiting import list_export_work
from consents.people.models import StaffMember
from consents.people.staff.waiting import list_people_work
from consents.people.work import WaitingWork
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


def count_waiting_work(member: StaffMember) -> list[tuple[WaitingWork, int]]:
    """Count each kind of which something waits."""
    waiting = list_waiting_work(member)
    selected = [CountedRows(work.rows.order_by().values("pk")) for work in waiting if isinstance(work.rows, QuerySet)]
    numbers = iter(StaffMember.objects.filter(pk=member.pk).values_list(*selected).get())
    counted = [
        (work, next(numbers) if isinstance(work.rows, QuerySet) else len(work.rows(member.pk))) for work in waiting
    ]
    return [(work, number) for work, number in counted if number]
