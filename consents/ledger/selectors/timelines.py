"""What happened to one thing, or was done by one person."""

from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from consents.ledger.models import Entry, Restoration
from consents.ledger.rules import Actor


def entries_of(actor: Actor, event: str, since: datetime) -> int:
    """How often this actor did this since then."""
    return Entry.objects.filter(actor=actor.id, event=event, occurred_at__gt=since).count()


def newest(object: UUID | str | int, most: int = 200) -> list[Entry]:
    """The newest of what happened to one thing, oldest first."""
    return list(Entry.objects.filter(object=str(object)).order_by("-id")[:most])[::-1]


def timeline(object: UUID | str | int) -> QuerySet[Entry]:
    """What happened to one thing, oldest first."""
    return Entry.objects.filter(object=str(object)).order_by("id")


def evidence_of(customer: UUID) -> QuerySet[Entry, UUID | None]:
    """Ids of the evidence that the customer's own acts left, signed in or not, and those of who acts for them."""
    own = Entry.objects.filter(customer=customer, actor_kind__in=["customer", "representative", "visitor"])
    return own.filter(evidence__isnull=False).values_list("evidence", flat=True)


def is_being_restored() -> bool:
    """True from the moment a backup was loaded until the restoration is opened."""
    return Restoration.objects.filter(opened_at=None).exists()
