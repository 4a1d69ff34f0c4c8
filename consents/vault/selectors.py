"""Read what partial erasures left of customers' data, never the data itself."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from consents.vault.models import PartErasure
from consents.vault.rules import Remainder


def get_deleted_categories(customers: Collection[UUID]) -> dict[UUID, set[str]]:
    """Return the codes of the categories deleted for good, by customer; customers without any are left out."""
    by_customer: dict[UUID, set[str]] = defaultdict(set)
    done = PartErasure.objects.filter(customer__in=customers, done_at__isnull=False)
    for customer, deleted in done.values_list("customer_id", "deleted"):
        by_customer[customer] |= set(deleted)
    return by_customer


def get_remainders(customer: UUID, at: datetime | None = None) -> dict[str, Remainder]:
    """Return what remains by category code, now or at a moment; categories left out remain whole."""
    kept, deleted = set[str](), set[str]()
    done = PartErasure.objects.filter(customer=customer, done_at__isnull=False)
    for erasure in done.filter(done_at__lte=at) if at else done:
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
