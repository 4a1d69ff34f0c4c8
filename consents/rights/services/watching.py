"""Days that draw near and days that passed: officers are reminded, and late is put on record for ever."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from consents.core import clock
from consents.ledger.rules import PORTAL, Actor, moment
from consents.notifications import services as notifications
from consents.people.models import StaffMember, User
from consents.people.services.holding import OFFICERS
from consents.rights.models import Late, RightsRequest
from consents.rights.rules.answers import Appealed, Outcome, State
from consents.rights.rules.reminders import STEPS, Reminder, due_now
from consents.rights.services.recording import held, tell

LAST = Coalesce("extended_to", "due_at")


def note_late_when_due(*, limit: int = 500) -> int:
    """Record requests that were not answered by their day, answered since or not. Returns how many."""
    passed = Q(responded_at=None) & Q(last__lt=clock.DatabaseNow()) | Q(responded_at__gt=F("last"))
    rows = RightsRequest.objects.exclude(outcome=Outcome.WITHDRAWN).annotate(last=LAST)
    rows = rows.filter(passed, waiting_since=None, late=None)
    return sum(note_late(request=id, by=PORTAL) for id in rows.order_by("last").values_list("pk", flat=True)[:limit])


@transaction.atomic
def note_late(*, request: UUID, by: Actor) -> bool:
    """True when it was late and that was not on record yet."""
    row = held(request)
    if not row.is_late_at(clock.now()) or Late.objects.filter(request=row).exists():
        return False
    Late.record(request=row, due_at=row.answer_by)
    tell(row, "late", by, due_at=moment(row.answer_by))
    return True


def remind_when_due() -> int:
    """Remind of every day that draws near. Returns how many reminders went out."""
    rows = RightsRequest.objects.annotate(last=LAST)
    acknowledgement = Q(acknowledged_at=None, acknowledge_by__range=near("acknowledgement"))
    due = acknowledgement | Q(last__range=near("answer"))
    appeal = Q(appeal_outcome=Appealed.PENDING, appeal_due_at__range=near("appeal"))
    found = rows.filter((~Q(state=State.ANSWERED) & Q(waiting_since=None) & due) | appeal)
    # What is late is not among them, so that it silences nobody.
    return sum(remind(request=id, by=PORTAL) for id in list(found.order_by("last", "pk").values_list("pk", flat=True)))


def near(of: str) -> tuple[clock.DatabaseNow, Any]:
    return clock.DatabaseNow(), clock.DatabaseNow() + timedelta(days=max(STEPS[of]))


@transaction.atomic
def remind(*, request: UUID, by: Actor) -> int:
    """Of what of this request is near now, each once: its handler; at the last step, or where nobody has it yet, every
    officer. Of an appeal those who may decide it."""
    row = held(request)
    is_appeal = row.appeal_outcome == Appealed.PENDING
    if row.waiting_since or (row.is_answered and not is_appeal):
        return 0
    near = due_now(
        acknowledge_by=None if row.is_answered or row.acknowledged_at else row.acknowledge_by,
        answer_by=None if row.is_answered else row.answer_by,
        appeal_by=row.appeal_due_at if is_appeal else None,
        now=clock.now(),
    )
    return sum(queue(row, reminder, by) for reminder in near)


def queue(row: RightsRequest, reminder: Reminder, by: Actor) -> int:
    """The key of each mail makes it once-only."""
    queued = [
        notifications.tell(
            kind=f"rights_request_{reminder.of}_due",
            key=f"rights.due:{row.pk}:{reminder.of}:{reminder.by.date()}:{reminder.days}:{user.pk}",
            user=user,
            number=row.number,
            answer_by=reminder.by.isoformat(),
        )
        for user in to_remind(row, reminder)
    ]
    if not any(queued):
        return 0
    tell(row, "reminded", by, reminder.of, days=reminder.days)
    return 1


def to_remind(row: RightsRequest, reminder: Reminder) -> list[User]:
    working = StaffMember.objects.filter(ended_at=None, role__in=OFFICERS, user__is_active=True)
    own = working.filter(pk=row.handler_id)
    if reminder.of == "appeal":
        found = working.exclude(pk=row.handler_id) if row.handler_id else working
    else:
        found = own if own.exists() and not reminder.is_last else working
    return [member.user for member in found.select_related("user").order_by("pk")]
