"""Read what happened to one object, or was done by one actor."""

from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from consents.ledger.models import Entry, Restoration
from consents.ledger.rules import Actor


def count_entries(actor: Actor, event: str, since: datetime) -> int:
    """Count how often this actor did this since then."""
    return Entry.objects.filter(actor=actor.id, event=event, occurred_at__gt=since).count()


def list_newest_entries(object: UUID | str | int, most: int = 200) -> list[Entry]:
    """Return the newest entries about one object, oldest first."""
    return list(Entry.objects.filter(object=str(object)).order_by("-id")[:most])[::-1]


def list_entries(object: UUID | str | int) -> QuerySet[Entry]:
    """Return the entries about one object, oldest first."""
    return Entry.objects.filter(object=str(object)).order_by("id")


def select_evidence_ids(customer: UUID) -> QuerySet[Entry, UUID | None]:
    """Select the ids of evidence left by the customer, signed in or not, and by those who act for them."""
    own = Entry.objects.filter(customer=customer, actor_kind__in=["customer", "representative", "visitor"])
    return own.filter(evidence__isnull=False).values_list("evidence", flat=True)


def is_being_restored() -> bool:
    """Return True from the moment a backup was loaded until the restoration is opened."""
    return Restoration.objects.filter(opened_at=None).exists()
