"""The log of openings, as a customer reads it."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import connection
from django.db.models import Count, QuerySet

from consents.catalogue.models import Category
from consents.disclosures.models import Opening
from consents.exemptions import selectors as exemptions


def select_looks(customer: UUID, *, since: datetime | None = None, category: str = "") -> QuerySet[Opening]:
    """Select the looks at this customer's data, newest first, with what a page shows of each.

    Without those that a law forbids to tell the customer of; they appear here by themselves when that ends.
    """
    openings = select_told(customer)
    if since:
        openings = openings.filter(opened_at__gte=since)
    if category:
        openings = openings.filter(category__code=category)
    return (
        openings.select_related("category", "grant__access_request__version")
        .prefetch_related("grant__access_request__version__notices")
        .order_by("-opened_at", "pk")
    )


def select_told(customer: UUID) -> QuerySet[Opening]:
    openings = Opening.objects.filter(customer=customer)
    withheld = exemptions.list_withheld_ids(customer)
    return openings.exclude(grant__exemption__in=withheld) if withheld else openings


def list_seen_categories(customer: UUID) -> list[tuple[str, str]]:
    """Return (code, title) of each category that was ever opened."""
    seen = select_told(customer).filter(category__isnull=False)
    categories = Category.objects.filter(pk__in=seen.values("category"))
    return sorted(((category.code, category.title) for category in categories), key=lambda category: category[1])


def count_looks(openings: QuerySet[Opening]) -> tuple[int, int]:
    """Return (people, looks) of staff among these openings."""
    counted = (
        openings.order_by()
        .filter(kind=Opening.Kind.GRANT)
        .aggregate(people=Count("staff", distinct=True), looks=Count("pk"))
    )
    return counted["people"], counted["looks"]


# Openings for statistics name no customer: counted were those whose last answer by then, in the ledger, was a yes.
DAYS_COUNTED = """
SELECT count(DISTINCT day), max(day) FROM (
    SELECT (o.opened_at AT TIME ZONE %s)::date AS day, (
        SELECT e.event FROM ledger_entry AS e
        WHERE e.object = c.id::text AND e.event LIKE 'consent.%%' AND e.occurred_at <= o.opened_at
        ORDER BY e.occurred_at DESC, e.id DESC LIMIT 1) AS last
    FROM disclosures_opening AS o
    JOIN choices_choice AS c ON c.customer_id = %s AND c.purpose_id = o.purpose_id
    WHERE o.kind = 'statistics' AND o.opened_at > portal.now() - interval '1 year') AS counted
WHERE last IN ('consent.given', 'consent.renewed')
"""


@dataclass(frozen=True)
class CountedDays:
    """Report on how many days of the last year a customer's data was counted for statistics, and the last of them."""

    days: int
    last: date | None


def find_counted_days(customer: UUID, zone: str) -> CountedDays:
    with connection.cursor() as cursor:
        cursor.execute(DAYS_COUNTED, [zone, customer])
        return CountedDays(*cursor.fetchone())
