"""The end of a record: two years after its answer it goes, unless the law holds it. That it was stays in the ledger."""

from uuid import UUID

from dateutil.relativedelta import relativedelta
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Coalesce

from consents.core import clock
from consents.core.one_by_one import run_for_each
from consents.law.retention import KEPT_MONTHS, is_past_retention
from consents.ledger.rules import PORTAL, Actor
from consents.people import selectors as people
from consents.people.models import LegalHold
from consents.rights.models import RightsRequest
from consents.rights.rules.answers import Appealed
from consents.rights.services.recording import append_rights_entry, lock_rights_request


def remove_requests_when_due(*, limit: int = 500) -> int:
    """Remove records whose time is over; those that others go on from wait for them. Returns how many."""
    now = clock.now()
    ended_at = Coalesce("appealdecision__decided_at", "answer__responded_at")
    rows = RightsRequest.objects.filter(answer__retain_until__lt=now.date(), followed_by=None)
    rows = rows.alias(ended_at=ended_at).filter(ended_at__lt=now - relativedelta(months=KEPT_MONTHS))
    on_hold = LegalHold.objects.filter(customer=OuterRef("customer"), lifted_at=None)
    decided = Q(appeal=None) | Q(appealdecision__isnull=False)
    rows = rows.filter(decided).exclude(Exists(on_hold)).order_by("answer__retain_until")
    ids = list(rows.values_list("pk", flat=True)[:limit])
    return run_for_each(ids, lambda rights_request: remove_request(rights_request=rights_request, by=PORTAL))


@transaction.atomic
def remove_request(*, rights_request: UUID, by: Actor) -> bool:
    """Remove one request; return True when it is gone. The database keeps what is too new or on legal hold."""
    locked = lock_rights_request(rights_request)
    held_by_law = locked.customer_id is not None and people.select_legal_holds(locked.customer_id).exists()
    closed_at = locked.appeal_decided_at or locked.responded_at
    if closed_at is None or locked.retain_until is None or held_by_law or locked.appeal_outcome == Appealed.PENDING:
        return False
    if (
        not is_past_retention(closed_at, locked.retain_until, clock.now())
        or RightsRequest.objects.filter(follows=locked).exists()
    ):
        return False
    append_rights_entry(locked, "removed", by, locked.outcome, type=str(locked.request_type), regime=str(locked.regime))
    with connection.cursor() as cursor:
        cursor.execute("SELECT portal.rights_remove(%s)", [locked.pk])
    return True
