"""The log of openings, as a customer reads it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import connection
from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncMonth

from consents.access.models import AccessRequest
from consents.catalogue.models import Category
from consents.disclosures.models import LOOKS_OF_STAFF, Opening
from consents.exemptions import selectors as exemptions
from consents.exemptions.models import Exemption
from consents.ledger.models import Entry
from consents.people.models import StaffMember


@dataclass(frozen=True)
class LookQuery:
    """Narrows the log; empty: everything. `until` is not among it. `person`: the id of a member of staff."""

    since: datetime | None = None
    until: datetime | None = None
    category: str = ""
    person: str = ""
    words: str = ""

    @property
    def is_narrow(self) -> bool:
        return bool(self.category or self.person or self.words)


def select_looks(customer: UUID, query: LookQuery = LookQuery()) -> QuerySet[Opening]:
    """Select the looks at this customer's data, newest first, with what a page shows of each.

    Without those that a law forbids to tell the customer of; they appear here by themselves when that ends.
    """
    conditions = {
        "opened_at__gte": query.since,
        "opened_at__lt": query.until,
        "category__code": query.category,
        "staff": query.person,
    }
    openings = select_told(customer).filter(**{name: value for name, value in conditions.items() if value})
    if query.words:
        openings = openings.filter(select_by_words(customer, query.words))
    return (
        openings.select_related(
            "category",
            "grant__access_request__version",
            "grant__access_request__answer__answered_by",
            "staff__staff_member__user",
        )
        .prefetch_related("grant__access_request__version__notices", "category__fields")
        .order_by("-opened_at", "pk")
    )


def select_by_words(customer: UUID, words: str) -> Q:
    """Match what a line says of who looked and why: name, team, case, sentence, purpose."""
    matches = Q()
    for field in ("asked_name", "asked_team", "case_number", "sentence", "version__notices__name"):
        matches |= Q(**{f"{field}__icontains": words})
    exempted = Exemption.objects.filter(matches, customer=customer).values("pk")
    requests = AccessRequest.objects.filter(matches, customer=customer).values("pk")
    return Q(grant__access_request__in=requests) | Q(grant__exemption__in=exempted)


def select_told(customer: UUID) -> QuerySet[Opening]:
    openings = Opening.objects.filter(customer=customer)
    withheld = exemptions.list_withheld_ids(customer)
    return openings.exclude(grant__exemption__in=withheld) if withheld else openings


def list_seen_categories(customer: UUID) -> list[tuple[str, str]]:
    """Return (code, title) of each category that was ever opened."""
    seen = select_told(customer).filter(category__isnull=False)
    categories = Category.objects.filter(pk__in=seen.values("category"))
    return sorted(((category.code, category.title) for category in categories), key=lambda category: category[1])


def list_seen_people(customer: UUID) -> list[tuple[str, str]]:
    """Return (id, name and team) of each member of staff who ever looked."""
    looks = select_told(customer).filter(kind__in=LOOKS_OF_STAFF)
    members = StaffMember.objects.filter(pk__in=looks.values("staff")).select_related("user")
    return sorted(((str(member.pk), str(member)) for member in members), key=lambda person: person[1])


def count_by_month(openings: QuerySet[Opening], months: int) -> list[tuple[date, int]]:
    """Count the looks of staff in each of the last months in which there were any, oldest first. One query."""
    looks = openings.order_by().filter(kind__in=LOOKS_OF_STAFF)
    counted = looks.annotate(month=TruncMonth("opened_at")).values("month").annotate(looks=Count("pk", distinct=True))
    newest = counted.order_by("-month").values_list("month", "looks")[:months]
    return [(month.date(), number) for month, number in newest][::-1]


def list_log_readings(customer: UUID, most: int = 10) -> list[tuple[datetime, StaffMember | None]]:
    """List when officers last read this customer's history, newest first, and who it was."""
    entries = Entry.objects.filter(object=str(customer), customer=customer, event="history.opened")
    read = list(entries.order_by("-occurred_at").values_list("occurred_at", "actor")[:most])
    members = {str(member.pk): member for member in select_members({UUID(actor) for _at, actor in read})}
    return [(at, members.get(actor)) for at, actor in read]


def select_members(ids: Collection[UUID]) -> QuerySet[StaffMember]:
    return StaffMember.objects.filter(pk__in=ids).select_related("user")


def count_looks(openings: QuerySet[Opening]) -> tuple[int, int]:
    """Return (people, looks) of staff among these openings."""
    counted = (
        openings.order_by()
        .filter(kind__in=LOOKS_OF_STAFF)
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
