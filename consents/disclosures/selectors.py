"""The log of openings, as a customer reads it."""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from itertools import batched
from operator import itemgetter
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncMonth
from django.utils.translation import ngettext

from consents.access.models import AccessRequest
from consents.catalogue.models import Category
from consents.core import clock
from consents.core.charts import format_number
from consents.disclosures.models import LOOKS_OF_STAFF, Opening
from consents.disclosures.reports import selectors
from consents.exemptions import selectors as exemptions
from consents.exemptions.models import Exemption
from consents.ledger.models import Entry
from consents.people.models import StaffMember

MOST_READINGS = 10
MOST_UNASKED = 50
LOOKS_ON_A_PAGE = 25
LOOKS_IN_A_PART = 1000  # of a download
MONTHS_SHOWN = 12


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
            "report",
        )
        .prefetch_related("grant__access_request__version__notices", "category__fields")
        .order_by("-opened_at", "pk")
    )


class LookAlike(NamedTuple):
    """Holds what is the same for many looks: under which grant, by whom and at what."""

    kind: str
    staff: UUID | None
    category: int | None
    grant: UUID | None
    field: str


def get_alike(look: Opening) -> LookAlike:
    return LookAlike(look.kind, look.staff_id, look.category_id, look.grant_id, look.field)


def map_own_readers(openings: Collection[UUID]) -> dict[UUID, str]:
    """Map each own copy to the user for whom it was read, by the ledger; one that the portal made is left out."""
    entries = Entry.objects.filter(event="vault.own_copy", object__in=[str(opening) for opening in openings])
    entries = entries.filter(actor_kind__in=["customer", "representative"])
    return {UUID(opening): actor for opening, actor in entries.values_list("object", "actor")}


class ListedLook(NamedTuple):
    id: UUID
    at: datetime
    alike: LookAlike


def describe_in_parts[Words](
    looks: QuerySet[Opening], describe: Callable[[Opening, dict[UUID, Exemption]], Words]
) -> Iterator[list[tuple[datetime, Words]]]:
    """Read any number of looks with flat memory: the moment of each, and what is said of it besides.

    That is the same for each look under one grant at one kind of data, and is put into words once. Five queries at most
    for a part.
    """
    worded: dict[LookAlike, Words] = {}
    for part in read_in_parts(looks):
        examples = {look.alike: look.id for look in part}
        worded = {alike: worded[alike] for alike in examples if alike in worded}
        unworded = {alike: id for alike, id in examples.items() if alike not in worded}
        shown = {look.pk: look for look in looks.filter(pk__in=unworded.values())} if unworded else {}
        exempted = exemptions.map_exemptions(look.grant for look in shown.values() if look.grant)
        worded |= {alike: describe(shown[id], exempted) for alike, id in unworded.items()}
        yield [(look.at, worded[look.alike]) for look in part]


def read_in_parts(looks: QuerySet[Opening]) -> Iterator[list[ListedLook]]:
    columns = looks.prefetch_related(None).values_list("pk", "opened_at", *LookAlike._fields)
    for part in batched(columns.iterator(chunk_size=LOOKS_IN_A_PART), LOOKS_IN_A_PART):
        yield [ListedLook(id, at, LookAlike(*alike)) for id, at, *alike in part]


def select_by_words(customer: UUID, words: str) -> Q:
    """Match what a line says of who looked and why: name, team, case, sentence, purpose."""
    matches = Q()
    for field in ("asked_name", "asked_team", "case_number", "sentence", "version__notices__name"):
        matches |= Q(**{f"{field}__icontains": words})
    exempted = Exemption.objects.filter(matches, customer=customer).values("pk")
    requests = AccessRequest.objects.filter(matches, customer=customer).values("pk")
    return Q(grant__access_request__in=requests) | Q(grant__exemption__in=exempted)


def select_told(customer: UUID, withheld: Collection[UUID] | None) -> QuerySet[Opening]:
    openings = Opening.objects.filter(customer=customer)
    withheld = exemptions.list_withheld_ids(customer) if withheld is None else withheld
    return openings.exclude(grant__exemption__in=withheld) if withheld else openings


class LookCount(NamedTuple):
    """`people`, `looks`: of staff; `listed`: with the customer's own."""

    people: int
    looks: int
    listed: int


BY_STAFF = Q(kind__in=LOOKS_OF_STAFF)
COUNTED = {
    "people": Count("staff", distinct=True, filter=BY_STAFF),
    "looks": Count("pk", filter=BY_STAFF),
    "listed": Count("pk"),
}


@dataclass(frozen=True)
class LookSurroundings:
    """Holds what stands around the list of a customer's looks.

    `withheld`: exemptions of which a law forbids to tell for now; `categories`: (code, title) of each that was ever
    opened; `people`: (id, name and team) of each member of staff who ever looked; `readings`: when officers last read
    the history, newest first, and who it was; `unasked`: access without the customer's answer, whether or not somebody
    looked.
    """

    now: datetime
    withheld: list[UUID]
    categories: list[tuple[str, str]]
    people: list[tuple[str, str]]
    readings: list[tuple[datetime, StaffMember | None]]
    unasked: list[Exemption]


def read_look_surroundings(customer: UUID) -> LookSurroundings:
    now = clock.now()
    withheld = list(exemptions.select_withheld_exemptions(customer).values_list("pk", flat=True))
    told = select_told(customer, withheld)
    categories = Category.objects.filter(pk__in=told.filter(category__isnull=False).values("category"))
    by_staff = told.filter(kind__in=LOOKS_OF_STAFF)
    people = StaffMember.objects.filter(pk__in=by_staff.values("staff")).select_related("user")
    opened = Entry.objects.filter(object=str(customer), customer=customer, event="history.opened")
    readings = opened.order_by("-occurred_at")[:MOST_READINGS]
    members = StaffMember.objects.filter(pk__in={entry.actor for entry in readings}).select_related("user")
    readers = {str(member.pk): member for member in members}
    return LookSurroundings(
        now,
        withheld,
        sorted(((category.code, category.title) for category in categories), key=itemgetter(1)),
        sorted(((str(member.pk), str(member)) for member in people), key=itemgetter(1)),
        [(entry.occurred_at, readers.get(entry.actor)) for entry in readings],
        list(exemptions.select_told_exemptions(customer)[:MOST_UNASKED]),
    )


@dataclass(frozen=True)
class CountedDays:
    """Report on how many days of the last year a customer's data was counted for statistics, and the last of them."""

    days: int
    last: date | None


class NewestLooks(NamedTuple):
    """The first page of the whole log: its looks, how many there are, and of staff in each of the last months; and when
    the customer was counted for statistics.
    """

    around: LookSurroundings
    looks: list[Opening]
    counted: LookCount
    months: list[tuple[date, int]]
    days: CountedDays


def read_newest_looks(customer: UUID, zone: str) -> NewestLooks:
    """Read the first page of the log and what is shown around it."""
    around = read_look_surroundings(customer)
    looks = select_looks(customer, withheld=around.withheld)
    months = list_months(select_months(looks, MONTHS_SHOWN, ZoneInfo(zone)))
    return NewestLooks(
        around, list(looks[:LOOKS_ON_A_PAGE]), count_looks(looks), months, find_counted_days(customer, zone)
    )


def select_months(openings: QuerySet[Opening], months: int, zone: tzinfo | None = None) -> QuerySet[Opening, Any]:
    """Count the looks of staff in each of the last months in which there were any, newest first."""
    looks = openings.order_by().filter(kind__in=LOOKS_OF_STAFF).annotate(month=TruncMonth("opened_at", tzinfo=zone))
    counted = looks.values("month").annotate(looks=Count("pk", distinct=True))
    return counted.order_by("-month").values_list("month", "looks")[:months]


def list_months(newest: Iterable[tuple[datetime, int]]) -> list[tuple[date, int]]:
    return [(month.date(), number) for month, number in newest][::-1]


def count_looks(openings: QuerySet[Opening]) -> LookCount:
    return LookCount(**openings.order_by().aggregate(**COUNTED))


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


def find_counted_days(customer: UUID, zone: str) -> CountedDays:
    with connection.cursor() as cursor:
        cursor.execute(DAYS_COUNTED, [zone, customer])
        return CountedDays(*cursor.fetchone())


def preview_undecided_reports(customer: UUID, **_: Any) -> list[str]:
    """Say how many reports of looks nobody can read or decide any more."""
    n = selectors.select_undecided_reports().filter(customer=customer).count()
    sentence = ngettext(
        "%(n)s report of a look is still open. Decide it first: nobody can afterwards.",
        "%(n)s reports of looks are still open. Decide them first: nobody can afterwards.",
        n,
    )
    return [sentence % {"n": format_number(n)}] if n else []
