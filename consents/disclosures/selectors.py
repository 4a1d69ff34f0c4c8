"""The log of openings, as a customer reads it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from operator import itemgetter
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncMonth

from consents.access.models import AccessRequest
from consents.catalogue.models import Category
from consents.core.gathering import Parts, define_gathering, select_column
from consents.disclosures.models import LOOKS_OF_STAFF, Opening
from consents.exemptions import selectors as exemptions
from consents.exemptions.models import Exemption
from consents.ledger.models import Entry
from consents.people.models import StaffMember

MOST_READINGS = 10


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


def select_looks(
    customer: UUID, query: LookQuery = LookQuery(), withheld: Collection[UUID] | None = None
) -> QuerySet[Opening]:
    """Select the looks at this customer's data, newest first, with what a page shows of each.

    Without those that a law forbids to tell the customer of; they appear here by themselves when that ends. `withheld`:
    the exemptions of those, where they have been read.
    """
    conditions = {
        "opened_at__gte": query.since,
        "opened_at__lt": query.until,
        "category__code": query.category,
        "staff": query.person,
    }
    openings = select_told(customer, withheld).filter(**{name: value for name, value in conditions.items() if value})
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


def select_told(customer: UUID, withheld: Collection[UUID] | None = None) -> QuerySet[Opening]:
    openings = Opening.objects.filter(customer=customer)
    withheld = exemptions.list_withheld_ids(customer) if withheld is None else withheld
    return openings.exclude(grant__exemption__in=withheld) if withheld else openings


@define_gathering(customer=UUID, object=str)
def around_looks(customer: Any, object: Any) -> Parts:
    looks = Opening.objects.filter(customer=customer)
    told = looks.exclude(grant__exemption__in=exemptions.select_withheld_exemptions(customer).values("pk"))
    by_staff = told.filter(kind__in=LOOKS_OF_STAFF)
    readings = Entry.objects.filter(object=object, customer=customer, event="history.opened")
    return {
        "withheld": exemptions.select_withheld_exemptions(customer).values_list("pk"),
        "categories": Category.objects.filter(pk__in=told.filter(category__isnull=False).values("category")),
        "people": StaffMember.objects.filter(pk__in=by_staff.values("staff")).select_related("user"),
        "readings": readings.order_by("-occurred_at")[:MOST_READINGS],
        "readers": StaffMember.objects.filter(
            pk__in=select_column("readings", of=Entry, column="actor", cast="::uuid")
        ).select_related("user"),
    }


@dataclass(frozen=True)
class LookSurroundings:
    """Holds what stands around the list of a customer's looks.

    `withheld`: exemptions of which a law forbids to tell for now; `categories`: (code, title) of each that was ever
    opened; `people`: (id, name and team) of each member of staff who ever looked; `readings`: when officers last read
    the history, newest first, and who it was.
    """

    now: datetime
    withheld: list[UUID]
    categories: list[tuple[str, str]]
    people: list[tuple[str, str]]
    readings: list[tuple[datetime, StaffMember | None]]


def read_look_surroundings(customer: UUID) -> LookSurroundings:
    """Read them in one statement."""
    read = around_looks.read(customer=customer, object=str(customer))
    readers = {str(member.pk): member for member in read["readers"]}
    return LookSurroundings(
        read.now,
        [pk for (pk,) in read["withheld"]],
        sorted(((category.code, category.title) for category in read["categories"]), key=itemgetter(1)),
        sorted(((str(member.pk), str(member)) for member in read["people"]), key=itemgetter(1)),
        [(entry.occurred_at, readers.get(entry.actor)) for entry in read["readings"]],
    )


def count_by_month(openings: QuerySet[Opening], months: int) -> list[tuple[date, int]]:
    """Count the looks of staff in each of the last months in which there were any, oldest first. One query."""
    looks = openings.order_by().filter(kind__in=LOOKS_OF_STAFF)
    counted = looks.annotate(month=TruncMonth("opened_at")).values("month").annotate(looks=Count("pk", distinct=True))
    newest = counted.order_by("-month").values_list("month", "looks")[:months]
    return [(month.date(), number) for month, number in newest][::-1]


class LookCount(NamedTuple):
    """`people`, `looks`: of staff; `listed`: with the customer's own."""

    people: int
    looks: int
    listed: int


def count_looks(openings: QuerySet[Opening]) -> LookCount:
    by_staff = Q(kind__in=LOOKS_OF_STAFF)
    counted = openings.order_by().aggregate(
        people=Count("staff", distinct=True, filter=by_staff), looks=Count("pk", filter=by_staff), listed=Count("pk")
    )
    return LookCount(**counted)


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
