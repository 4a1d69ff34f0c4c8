"""The end of a record: two years after its answer it goes, unless the law holds it. That it was stays in the ledger."""

from uuid import UUID

from dateutil.relativedelta import relativedelta
from django.db import connection, transaction
from django.db.models import Exists, OuterRef
from django.db.models.functions import Coalesce

from consents.core import clock
from consents.ledger.rules import PORTAL, Actor
from consents.people import selectors as people
from consents.people.models import LegalHold
from consents.rights.models import RightsRequest
from consents.rights.rules.answers import KEPT_MONTHS, Appealed, State
from consents.rights.rules.retention import is_over
from consents.rights.services.recording import held, tell


def remove_when_due(*, limit: int = 500) -> int:
    """Remove records whose time is over; those that others go on from wait for them. Returns how many."""
    now = clock.now()
    ended_at = Coalesce("appeal_decided_at", "responded_at")
    rows = RightsRequest.objects.filter(state=State.ANSWERED, retain_until__lt=now.date(), followed_by=None)
    rows = rows.alias(ended_at=ended_at).filter(ended_at__lt=now - relativedelta(months=KEPT_MONTHS))
    on_hold = LegalHold.objects.filter(customer=OuterRef("customer"), lifted_at=None)
    rows = rows.exclude(appeal_outcome=Appealed.PENDING).exclude(Exists(on_hold)).order_by("retain_until")
    return sum(remove(request=id, by=PORTAL) for id in rows.values_list("pk", flat=True)[:limit])


@transaction.atomic
def remove(*, request: UUID, by: Actor) -> bool:
    """True when it is gone. The database removes nothing before its time, nor what the law holds."""
    row = held(request)
    held_by_law = row.customer_id is not None and people.holds(row.customer_id).exists()
    closed_at = row.appeal_decided_at or row.responded_at
    if closed_at is None or row.retain_until is None or held_by_law or row.appeal_outcome == Appealed.PENDING:
        return False
    if not is_over(closed_at, row.retain_until, clock.now()) or RightsRequest.objects.filter(follows=row).exists():
        return False
    tell(row, "removed", by, row.outcome, type=str(row.request_type), regime=str(row.regime))
    with connection.cursor() as cursor:
        cursor.execute("SELECT rights_remove(%s)", [row.pk])
    return True
