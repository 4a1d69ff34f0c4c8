"""The log of openings, as a customer reads it."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, QuerySet

from consents.disclosures.models import Opening


def looks(customer: UUID) -> QuerySet[Opening]:
    """Every look at this customer's data, newest first, with what a page shows of it."""
    return (
        Opening.objects.filter(customer=customer)
        .select_related("staff__staff_member", "category", "purpose", "grant__request__version")
        .order_by("-opened_at")
    )


def last_days(customer: UUID, now: datetime, days: int = 7) -> tuple[int, int]:
    """(people, looks) in the last days."""
    counted = Opening.objects.filter(
        customer=customer, kind=Opening.Kind.GRANT, opened_at__gt=now - timedelta(days=days)
    ).aggregate(people=Count("staff", distinct=True), looks=Count("pk"))
    return counted["people"], counted["looks"]
