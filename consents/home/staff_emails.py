"""Tell members of staff by email what waits for them: one a day, and where they want it, at once of each new thing."""

from collections.abc import Callable, Sequence
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import IntegerField, QuerySet, Subquery
from django.utils import timezone, translation

from consents.access.staff.waiting import list_access_work
from consents.breaches.staff.waiting import list_breach_work
from consents.catalogue.staff.waiting import list_purpose_work
from consents.copies.staff.acts import list_request_work
from consents.core import clock
from consents.core.durations import get_home_day
from consents.core.working_ahead import run_for_each
from consents.disclosures.staff.waiting import list_report_work
from consents.exemptions.staff.waiting import list_exemption_work
from consents.exports.staff.waiting import list_export_work
from consents.notifications.models import StaffPreference
from consents.notifications.selectors import list_members_told_at_once
from consents.notifications.services.queueing import list_translations, notify
from consents.people.models import StaffMember
from consents.people.selectors import select_working
from consents.people.staff.waiting import list_people_work
from consents.people.work import WaitingWork, WorkCase
from consents.rights.services.emails import NearDay, plan_reminders, record_reminders, write_lines
from consents.training.staff.waiting import list_training_work

MORNING = 7  # o'clock, where the company is
LOOK_BACK = timedelta(days=1)
type Counted = list[tuple[WaitingWork, int]]


def is_morning_over() -> bool:
    return timezone.localtime(clock.now(), timezone.get_default_timezone()).hour >= MORNING


def send_daily_emails() -> int:
    """Queue today's email to each working member for whom something waits or a day draws near. Returns how many.

    Who was told today hears the rest tomorrow.
    """
    reminders = plan_reminders()
    shared: list[NearDay] = []

    def write_to(member: StaffMember) -> bool:
        is_written = queue_daily_email(member, days := reminders.get(member, []))
        shared.extend(near for near in days if is_written and near.is_shared)
        return is_written

    try:
        return run_for_each(list(select_working()), write_to)
    finally:
        record_reminders(shared)  # when each has been written to: a day that is on record is told to nobody else


@transaction.atomic
def queue_daily_email(member: StaffMember, days: Sequence[NearDay]) -> bool:
    """Queue the email, and put on record the days that it alone tells of; False if nothing waits, or there was one
    today.
    """
    counted = count_waiting_work(member)
    if not counted and not days:
        return False
    today = get_home_day(clock.now())
    message = notify(
        kind="work_of_the_day",
        key=f"work.day:{today}:{member.pk}",
        user=member.user,
        own=write_in_each_language([pair for pair in counted if pair[0].is_own]),
        shared=write_in_each_language([pair for pair in counted if not pair[0].is_own]),
        days={language: write_lines(list(days), language) for language, _name in settings.LANGUAGES},
    )
    if message:
        record_reminders([near for near in days if not near.is_shared])
    return message is not None


def write_in_each_language(counted: Counted) -> dict[str, str]:
    return {language: write_work_lines(counted, language) for language, _name in settings.LANGUAGES}


def write_work_lines(counted: Counted, language: str) -> str:
    """Write a line for each kind of work, with the address of its list."""
    with translation.override(language):
        return "\n".join(
            f"{number} {work.labels % {'number': number}}: {settings.PORTAL_URL}{work.get_list_path()}"
            for work, number in counted
        )


def notify_of_new_work() -> int:
    """Queue an email for each thing that has begun to wait, to those who want that. Returns how many."""
    return run_for_each(list_members_told_at_once(), notify_member)


def notify_member(preference: StaffPreference) -> int:
    """Tell of what has begun to wait since they chose so, a day ago at most; of each thing once."""
    since = max(preference.since, clock.now() - LOOK_BACK)
    queued = [
        queue_work_email(preference.member, work, case)
        for work in list_waiting_work(preference.member)
        for case in work.list_new_cases(since)
    ]
    return sum(queued)


@transaction.atomic
def queue_work_email(member: StaffMember, work: WaitingWork, case: WorkCase) -> bool:
    message = notify(
        kind="work_began",
        key=f"work:{work.code}:{case.id}:{member.pk}",
        user=member.user,
        what=list_translations(work.name_one()),
        case=case.name,
        address=f"{settings.PORTAL_URL}{case.path}",
    )
    return message is not None


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
