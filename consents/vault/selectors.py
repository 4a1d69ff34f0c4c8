"""What erasures of part left of whose data. Reads nothing of the data itself."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from consents.vault.models import PartErasure
from consents.vault.rules import Left


def deleted_kinds(customers: Collection[UUID]) -> dict[UUID, set[str]]:
    """Codes of the categories that were deleted for good, by customer; nobody else is in it."""
    found: dict[UUID, set[str]] = defaultdict(set)
    done = PartErasure.objects.filter(customer__in=customers, done_at__isnull=False)
    for customer, deleted in done.values_list("customer_id", "deleted"):
        found[customer] |= set(deleted)
    return found


def left_of(customer: UUID, at: datetime | None = None) -> dict[str, Left]:
    """By code of the category, now or as it was at a moment; of those that are not in it all is left."""
    kept, deleted = set[str](), set[str]()
    done = PartErasure.objects.filter(customer=customer, done_at__isnull=False)
    for erasure in done.filter(done_at__lte=at) if at else done:
        kept |= set(erasure.kept)
        deleted |= set(erasure.deleted)
    return dict.fromkeys(kept, Left.KEPT) | dict.fromkeys(deleted, Left.NOTHING)


def was_part_erased(customer: UUID, *, since: datetime) -> bool:
    return PartErasure.objects.filter(customer=customer, done_at__gte=since).exists()


def proposed_for(request: UUID) -> PartErasure | None:
    """What waits for a second officer."""
    return PartErasure.objects.filter(request=request, done_at=None, cancelled_at=None).first()


def done_for(request: UUID) -> PartErasure | None:
    return PartErasure.objects.filter(request=request, done_at__isnull=False).first()
