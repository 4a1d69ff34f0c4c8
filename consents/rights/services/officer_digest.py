"""Days that draw near: the day's email tells each officer of what is theirs or nobody's."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Q
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from consents.core import clock
from consents.core.durations import format_day
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL, Actor, format_ledger_moment
from consents.people.models import StaffMember
from consents.people.selectors import select_working
from consents.people.services.holding import OFFICERS
from consents.rights.models import RightsRequest
from consents.rights.rules.answers import Appealed, State
from consents.rights.services.recording import append_rights_entry, get_home_zone, lock_rights_request

MOST_NAMED = 100  # in one email; the others are counted
# Days before: an answer takes work, to confirm that something arrived does not.
STEPS = {"answer": (7, 2), "acknowledgement": (2,), "appeal": (7, 2)}


class Reminder(NamedTuple):
    """`of`: what is due (answer, acknowledgement, appeal); `days`: which of its reminders; `by`: the day itself."""

    of: str
    days: int
    by: datetime


class NearDay(NamedTuple):
    """A day of one request. `is_shared`: several officers are told of it."""

    rights_request: RightsRequest
    reminder: Reminder
    is_shared: bool = False


def plan_reminders() -> dict[StaffMember, list[NearDay]]:
    """List the near days for each officer who is to be told; of an appeal, those who may decide it."""
    officers = list(select_working(*OFFICERS))
    for_officer: dict[StaffMember, list[NearDay]] = defaultdict(list)
    for near in list_near_days():
        chosen = choose_officers(near, officers)
        for officer in chosen:
            for_officer[officer].append(near._replace(is_shared=len(chosen) > 1))
    return for_officer


def record_reminders(days: Iterable[NearDay]) -> None:
    """Put on record each day that somebody was told of, once."""
    reminded = {(near.rights_request.pk, near.reminder): near for near in days}
    for near in reminded.values():
        record_reminder(near=near, by=PORTAL)


def list_near_days() -> list[NearDay]:
    """List what is near and not on record as told, the soonest first."""
    acknowledgement = Q(acknowledgement=None, acknowledge_by__range=build_near_range("acknowledgement"))
    due = acknowledgement | Q(answer_by__range=build_near_range("answer"))
    appeal = Q(appeal__due_at__range=build_near_range("appeal"), appealdecision=None)
    found = RightsRequest.objects.filter((~Q(state=State.ANSWERED) & Q(waiting_since=None) & due) | appeal)
    # What is late is not among them, so that it silences nobody.
    requests = list(found.prefetch_related("register").order_by("answer_by", "pk"))
    told = list_told_reminders(requests)
    near = [NearDay(one, reminder) for one in requests for reminder in list_reminders(one)]
    untold = [one for one in near if build_reminder_key(str(one.rights_request.pk), one.reminder) not in told]
    return sorted(untold, key=lambda one: one.reminder.by)


def build_near_range(of: str) -> tuple[clock.DatabaseNow, Any]:
    return clock.DatabaseNow(), clock.DatabaseNow() + timedelta(days=max(STEPS[of]))


def list_reminders(rights_request: RightsRequest) -> list[Reminder]:
    is_appeal = rights_request.appeal_outcome == Appealed.PENDING
    is_acknowledged = rights_request.is_answered or rights_request.acknowledged_at is not None
    return list_due_reminders(
        acknowledge_by=None if is_acknowledged else rights_request.acknowledge_by,
        answer_by=None if rights_request.is_answered else rights_request.answer_by,
        appeal_by=rights_request.appeal_due_at if is_appeal else None,
        now=clock.now(),
    )


def list_due_reminders(
    *, now: datetime, acknowledge_by: datetime | None, answer_by: datetime | None, appeal_by: datetime | None = None
) -> list[Reminder]:
    """List the nearest reminder of each day that is not over: a missed one is not made up for by a later one."""
    due = {"answer": answer_by, "acknowledgement": acknowledge_by, "appeal": appeal_by}
    nearest = []
    for of, by in due.items():
        if by and (reached := [days for days in STEPS[of] if by - timedelta(days=days) <= now <= by]):
            nearest.append(Reminder(of, min(reached), by))
    return nearest


def list_told_reminders(requests: Iterable[RightsRequest]) -> set[tuple[str, str, int, str]]:
    ids = [str(one.pk) for one in requests]
    entries = Entry.objects.filter(event="rights_request.reminded", object__in=ids)
    return {(one.object, one.outcome, one.facts["days"], one.facts["due_at"]) for one in entries}


def build_reminder_key(id: str, reminder: Reminder) -> tuple[str, str, int, str]:
    return id, reminder.of, reminder.days, format_ledger_moment(reminder.by)


def choose_officers(near: NearDay, officers: list[StaffMember]) -> list[StaffMember]:
    """Choose whose it is: its handler alone, or everybody where nobody works on it; of an appeal all but them."""
    handler = near.rights_request.handler_id
    if near.reminder.of == "appeal":
        return [officer for officer in officers if officer.pk != handler]
    return [officer for officer in officers if officer.pk == handler] or officers


def write_lines(days: list[NearDay], language: str) -> str:
    with translation.override(language):
        lines = [describe_near_day(near) for near in days[:MOST_NAMED]]
        if more := len(days) - len(lines):
            lines.append(_("… and %(number)s more, in the queue") % {"number": more})
        return "\n".join(lines)


def describe_near_day(near: NearDay) -> str:
    sentence = {
        "answer": _("%(number)s: to be answered by %(day)s"),
        "acknowledgement": _("%(number)s: receipt to be confirmed by %(day)s"),
        "appeal": _("%(number)s: to be looked at again by %(day)s, by someone who did not answer it"),
    }[near.reminder.of]
    day = format_day(timezone.localtime(near.reminder.by, get_home_zone()))
    return sentence % {"number": near.rights_request.number, "day": day}


@transaction.atomic
def record_reminder(*, near: NearDay, by: Actor) -> None:
    locked = lock_rights_request(near.rights_request.pk)
    facts = {"days": near.reminder.days, "due_at": format_ledger_moment(near.reminder.by)}
    append_rights_entry(locked, "reminded", by, near.reminder.of, **facts)
