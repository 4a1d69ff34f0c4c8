"""Days that passed: late is put on record for ever."""

from uuid import UUID

from django.db import transaction
from django.db.models import F, Q

from consents.core import clock
from consents.core.one_by_one import run_for_due
from consents.ledger.rules import PORTAL, Actor, format_ledger_moment
from consents.rights.models import MissedDeadline, RightsRequest
from consents.rights.rules.answers import Outcome
from consents.rights.services.recording import append_rights_entry, lock_rights_request


def record_late_when_due() -> int:
    """Record requests that were not answered by their day, answered since or not. Returns how many."""
    passed = Q(answer=None, answer_by__lt=clock.DatabaseNow()) | Q(answer__responded_at__gt=F("answer_by"))
    rows = RightsRequest.objects.filter(passed, waiting_since=None, misseddeadline=None)
    due = rows.exclude(answer__outcome=Outcome.WITHDRAWN).order_by("answer_by").values_list("pk", flat=True)
    return run_for_due(due, lambda rights_request: record_late_request(rights_request=rights_request, by=PORTAL))


@transaction.atomic
def record_late_request(*, rights_request: UUID, by: Actor) -> bool:
    """Record a late request; return True if it was late and that was not on record yet."""
    locked = lock_rights_request(rights_request)
    if not locked.is_late_at(clock.now()) or MissedDeadline.objects.filter(rights_request=locked).exists():
        return False
    MissedDeadline.record(rights_request=locked, due_at=locked.answer_by)
    append_rights_entry(locked, "late", by, due_at=format_ledger_moment(locked.answer_by))
    return True
