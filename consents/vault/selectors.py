"""Read what partial erasures left of customers' data, never the data itself."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from consents.vault.models import PartErasure
from consents.vault.rules import Remainder

# Thousands of customers go as one array: a parameter for each costs more than the search.
FIND_DELETED = """
SELECT e.customer_id, d.code
FROM vault_parterasure AS e CROSS JOIN LATERAL jsonb_array_elements_text(e.deleted) AS d (code)
WHERE e.customer_id = ANY(%b::uuid[]) AND e.done_at IS NOT NULL
"""


def get_deleted_categories(customers: Collection[UUID]) -> dict[UUID, set[str]]:
    """Return the codes of the categories deleted for good, by customer; customers without any are left out."""
    by_customer: dict[UUID, set[str]] = defaultdict(set)
    if not customers:
        return by_customer
    with connection.cursor() as cursor:
        cursor.execute(FIND_DELETED, [list(customers)])
        for customer, code in cursor.fetchall():
            by_customer[customer].add(code)
    return by_customer


def get_remainders(customer: UUID, at: datetime | None = None) -> dict[str, Remainder]:
    """Return what remains by category code, now or at a moment; categories left out remain whole."""
    done = select_done_erasures(customer)
    return compute_remainders(done.filter(done_at__lte=at) if at else done)


def select_done_erasures(customer: Any) -> QuerySet[PartErasure]:
    return PartErasure.objects.filter(customer=customer, done_at__isnull=False)


def compute_remainders(erasures: Iterable[PartErasure]) -> dict[str, Remainder]:
    """Return what these erasures left, by category code."""
    kept, deleted = set[str](), set[str]()
    for erasure in erasures:
        kept |= set(erasure.kept)
        deleted |= set(erasure.deleted)
    return dict.fromkeys(kept, Remainder.KEPT) | dict.fromkeys(deleted, Remainder.NOTHING)


def was_partly_erased(customer: UUID, *, since: datetime) -> bool:
    return PartErasure.objects.filter(customer=customer, done_at__gte=since).exists()


def get_proposed_erasure(rights_request: UUID) -> PartErasure | None:
    """Return the partial erasure of this request that waits for a second officer."""
    return PartErasure.objects.filter(request=rights_request, done_at=None, cancelled_at=None).first()


def get_done_erasure(rights_request: UUID) -> PartErasure | None:
    return PartErasure.objects.filter(request=rights_request, done_at__isnull=False).first()
