"""The log of openings, as a customer reads it."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, QuerySet

from consents.catalogue.models import Category
from consents.disclosures.models import Opening


def looks(customer: UUID, *, since: datetime | None = None, category: str = "") -> QuerySet[Opening]:
    """Looks at this customer's data, newest first, with what a page shows of each."""
    rows = Opening.objects.filter(customer=customer)
    if since:
        rows = rows.filter(opened_at__gt=since)
    if category:
        rows = rows.filter(category__code=category)
    return (
        rows.select_related("category", "grant__request__version")
        .prefetch_related("grant__request__version__notices")
        .order_by("-opened_at", "pk")
    )


def categories_seen(customer: UUID) -> list[tuple[str, str]]:
    """(code, title) of what was ever opened."""
    seen = Opening.objects.filter(customer=customer, category__isnull=False)
    categories = Category.objects.filter(pk__in=seen.values("category"))
    return sorted(((one.code, one.title) for one in categories), key=lambda one: one[1])


def last_days(customer: UUID, now: datetime, days: int = 7) -> tuple[int, int]:
    """(people, looks) in the last days."""
    counted = Opening.objects.filter(
        customer=customer, kind=Opening.Kind.GRANT, opened_at__gt=now - timedelta(days=days)
    ).aggregate(people=Count("staff", distinct=True), looks=Count("pk"))
    return counted["people"], counted["looks"]
