"""The end of a record: two years after its answer it goes, unless the law holds it. That it was stays in the ledger."""

from uuid import UUID

from dateutil.relativedelta import relativedelta
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from consents.core import clock
from consents.core.one_by_one import run_for_due
from consents.law.clocks import KEPT_MONTHS
from consents.ledger.rules import PORTAL, Actor
from consents.people.models import LegalHold
from consents.rights.models import RightsRequest
from consents.rights.services.recording import append_rights_entry, lock_rights_request


def remove_requests_when_due() -> int:
    """Remove records whose time is over. Returns how many."""
    due = select_requests_to_remove().values_list("pk", flat=True)
    return run_for_due(due, lambda rights_request: remove_request(rights_request=rights_request, by=PORTAL))


def select_requests_to_remove() -> QuerySet[RightsRequest]:
    """Select what is past the day on record and 24 months from the last decision, which may be that of an appeal. What
    is on legal hold stays, and what others go on from waits for them."""
    now = clock.now()
    ended_at = Coalesce("appealdecision__decided_at", "answer__responded_at")
    rows = RightsRequest.objects.filter(answer__retain_until__lt=now.date(), followed_by=None)
    rows = rows.alias(ended_at=ended_at).filter(ended_at__lt=now - relativedelta(months=KEPT_MONTHS))
    on_hold = LegalHold.objects.filter(customer=OuterRef("customer"), lifted_at=None)
    decided = Q(appeal=None) | Q(appealdecision__isnull=False)
    return rows.filter(decided).exclude(Exists(on_hold)).order_by("answer__retain_until")


@transaction.atomic
def remove_request(*, rights_request: UUID, by: Actor) -> bool:
    """Remove one request; return True when it is gone. The database keeps what is too new or on legal hold."""
    locked = lock_rights_request(rights_request)
    if not select_requests_to_remove().filter(pk=locked.pk).exists():
        return False
    append_rights_entry(locked, "removed", by, locked.outcome, type=str(locked.request_type), regime=str(locked.regime))
    with connection.cursor() as cursor:
        cursor.execute("SELECT portal.rights_remove(%s)", [locked.pk])
    return True
