"""Read what the customer's pages about requests show, each page in one statement (core.gathering)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import CharField, Count, Exists, Model, OuterRef, Q, QuerySet
from django.db.models.functions import Cast

from consents.access.models import AccessRequest, Assent, Block, Enquiry, Grant, RequestedCategory
from consents.access.rules.blocks import BlockKind
from consents.access.rules.causes import ENDS, EndCause
from consents.access.selectors import (
    IsBlocked,
    map_causes,
    select_live_grants,
    select_open_requests,
    select_requests_of,
)
from consents.access.selectors.telephone import map_recorders, select_spoken
from consents.catalogue import selectors as catalogue
from consents.catalogue.models import Category, Field, Notice
from consents.choices.selectors import select_pauses
from consents.core.attaching import attach_children, attach_linked_rows, attach_parents
from consents.core.clock import DatabaseNow
from consents.core.gathering import Gathered, Parts, define_gathering, select_column
from consents.core.refusals import Unknown
from consents.ledger.models import Entry
from consents.ledger.selectors import proofs
from consents.people.models import Acting, Customer, JointAssent
from consents.people.selectors import (
    list_still_holding,
    map_others,
    select_holdings,
    select_joint_assents,
    select_others,
)

EARLIER_ON_A_PAGE = 10
MOST_OPEN = 100
MOST_ENTRIES = 200
# What rooms above show on the first page, read in its statement: their query sets for a customer, by name.
BESIDE_HOME: dict[str, Callable[[Any], QuerySet[Any, Any]]] = {}


@dataclass(frozen=True)
class HomeReading:
    """Holds what the first page shows.

    `open`: waiting or running, newest first; `earlier`: the first page of the others, and `earlier_number` of them all;
    `causes`: what ended these; `others`: everybody else who acts for the customer; `holders`: who of them holds the
    account; `recorders`: who recorded answers by telephone; `joint`: the matters in which another holder waits for this
    one's yes; `is_open_unasked`: whether access runs that no answer allowed. The customer may not know of it yet: ask
    before it is shown. `is_nobody_let`: whether the customer lets nobody at all ask; `is_paused`: whether the use of
    their data is. `beside`: the rows of BESIDE_HOME.
    """

    now: datetime
    open: list[AccessRequest]
    earlier: list[AccessRequest]
    earlier_number: int
    causes: Mapping[UUID, EndCause]
    others: Mapping[str, str]
    holders: list[Acting]
    recorders: Mapping[UUID, str]
    is_open_unasked: bool
    joint: set[str]
    is_nobody_let: bool
    is_paused: bool
    beside: Mapping[str, list[Any]]


@define_gathering(customer=UUID, viewer=UUID)
def home(customer: Any, viewer: Any) -> Parts:
    open_requests = select_open_requests(customer, DatabaseNow()).order_by("-filed_at", "pk")[:MOST_OPEN]
    earlier = (
        select_requests_of(customer).exclude(pk__in=select_column("open", of=AccessRequest)).order_by("-filed_at", "pk")
    )
    shown = select_column("open", "earlier", of=AccessRequest)
    return {
        "open": open_requests.select_related("version", "staff"),
        "notices": Notice.objects.filter(
            version__in=select_column("open", of=AccessRequest, column="version_id")
        ).order_by(),
        "earlier": earlier[:EARLIER_ON_A_PAGE],
        "number": earlier.order_by().values("customer").annotate(number=Count("pk")).values_list("number"),
        "requested": order_by_category(RequestedCategory.objects.all()).filter(access_request__in=shown),
        "grants": order_by_category(Grant.objects.all()).filter(access_request__in=shown),
        "ends": Entry.objects.filter(
            object__in=select_column("earlier", of=AccessRequest, cast="::text"), event__in=ENDS
        ).order_by("id"),
        "assents": Assent.objects.filter(access_request__in=select_column("open", of=AccessRequest)).order_by(),
        "others": select_others(customer, viewer),
        "unasked": select_live_grants(DatabaseNow()).filter(customer=customer, exemption__isnull=False)[:1],
        "spoken": select_spoken(shown),
        "joint": select_waiting_agreements(customer, viewer),
        "nobody": Block.objects.filter(customer=customer, kind=BlockKind.EVERYBODY, lifted_at=None)[:1],
        "paused": select_pauses(customer)[:1],
        "categories": Category.objects.filter(
            Q(pk__in=select_column("requested", of=RequestedCategory, column="category_id"))
            | Q(pk__in=select_column("grants", of=Grant, column="category_id"))
        ).order_by(),
        **{name: build(customer) for name, build in BESIDE_HOME.items()},
    }


@define_gathering(customer=UUID, viewer=UUID, id=UUID, number=str)
def request_page(customer: Any, viewer: Any, id: Any, number: Any) -> Parts:
    """`number`: the id once more, as the ledger writes it."""
    itself, history = select_column("requests", of=AccessRequest), Entry.objects.filter(object=number)
    version = select_column("requests", of=AccessRequest, column="version_id")
    requests = select_requests_of(customer).filter(pk=id)
    return {
        "requests": requests.select_related("version__purpose", "purpose", "staff__staff_member"),
        **gather_request_parts(),
        "recipients": catalogue.select_recipient_links().filter(purposeversion__in=version),
        "grants": select_granted().filter(access_request__in=itself),
        "fields": Field.objects.filter(
            category__in=select_column("requested", of=RequestedCategory, column="category_id")
        ),
        "published": catalogue.select_published_categories(),
        "enquiries": Enquiry.objects.filter(access_request__in=itself),
        "assents": Assent.objects.filter(access_request__in=itself).order_by("given_at", "pk"),
        "entries": history.order_by("-id")[:MOST_ENTRIES],
        "sealed": proofs.select_sealed_entries(select_column("entries", of=Entry)),
        "ends": history.filter(event__in=ENDS).order_by("id"),
        "others": select_others(customer, viewer),
        "spoken": select_spoken(itself),
        "blocked": requests.filter(IsBlocked("customer_id", "staff_id")).values_list("pk"),
    }


@dataclass(frozen=True)
class RequestReading:
    """One request as its page shows it.

    `entries`: its history, oldest first; `sealed`: the ids of those with a proof; `published`: every kind of data;
    `recorder`: who recorded an answer by telephone, else empty; `holders`: the others who hold the account;
    `is_blocked`: a block of who asked stands.
    """

    now: datetime
    access_request: AccessRequest
    entries: list[Entry]
    cause: EndCause | None
    published: list[Category]
    others: Mapping[str, str]
    recorder: str
    holders: list[Acting]
    is_blocked: bool
    sealed: frozenset[int]


def read_request(customer: UUID, id: UUID, viewer: UUID) -> RequestReading:
    """Read a request of this customer. Raises Unknown if it is not theirs."""
    read = request_page.read(customer=customer, viewer=viewer, id=id, number=str(id))
    access_request = get_request_read(read, "grants", "enquiries", "assents")
    attach_linked_rows([access_request.version], "recipients", read["recipients"])
    attach_children([requested.category for requested in read["requested"]], "fields", read["fields"])
    return RequestReading(
        now=read.now,
        access_request=access_request,
        entries=read["entries"][::-1],
        cause=map_causes(read["ends"]).get(id),
        published=read["published"],
        others=map_others(read["others"]),
        recorder=map_recorders(read["spoken"]).get(id, ""),
        holders=list_still_holding(read["others"]),
        is_blocked=bool(read["blocked"]),
        sealed=frozenset(entry for (entry,) in read["sealed"]),
    )


@define_gathering(customer=UUID, id=UUID)
def one_request(customer: Any, id: Any) -> Parts:
    itself = select_column("requests", of=AccessRequest)
    requests = select_requests_of(customer).filter(pk=id)
    return {
        "requests": requests.select_related("version__purpose", "purpose", "staff__staff_member"),
        **gather_request_parts(),
        "grants": select_granted().filter(access_request__in=itself),
        "assents": Assent.objects.filter(access_request__in=itself).order_by("given_at", "pk"),
        "holders": select_holdings().filter(customer=customer).select_related("user").order_by("-capacity", "id"),
    }


def gather_request_parts() -> Parts:
    """Gather beside `requests` what belongs to each."""
    version = select_column("requests", of=AccessRequest, column="version_id")
    return {
        "notices": Notice.objects.filter(version__in=version).order_by(),
        "requested": select_requested().filter(access_request__in=select_column("requests", of=AccessRequest)),
    }


def get_request_read(read: Gathered, *names: str) -> AccessRequest:
    """Return the request that was read, with `gather_request_parts` and the rows of these relations handed out to it.

    Raises Unknown without one: it is missing, or not this customer's.
    """
    if not read["requests"]:
        raise Unknown
    access_request: AccessRequest = read["requests"][0]
    for name in ("requested", *names):
        attach_children([access_request], name, read[name])
    attach_children([access_request.version], "notices", read["notices"])
    return access_request


def read_one_request(customer: UUID, id: UUID) -> tuple[AccessRequest, list[Acting]]:
    """Read a request of this customer, and who holds the account, the customer first. Raises Unknown if it is not
    theirs."""
    read = one_request.read(customer=customer, id=id)
    return get_request_read(read, "grants", "assents"), read["holders"]


def select_requested() -> QuerySet[RequestedCategory]:
    return order_by_category(RequestedCategory.objects.select_related("category"))


def select_granted() -> QuerySet[Grant]:
    return order_by_category(Grant.objects.select_related("category"))


def order_by_category[T: Model](rows: QuerySet[T]) -> QuerySet[T]:
    return rows.order_by("category__order", "category__code")


def select_waiting_agreements(customer: Any, viewer: Any) -> QuerySet[JointAssent]:
    """Select what another holder has agreed to and this one has not, as far as it can still come about."""
    own = JointAssent.objects.filter(
        customer=customer, matter=OuterRef("matter"), object=OuterRef("object"), given_by=viewer, ended_at=None
    )
    standing = catalogue.select_standing().annotate(key=Cast("pk", CharField())).filter(key=OuterRef("object"))
    can_begin = Q(matter=JointAssent.Matter.RIGHT) | Exists(standing)
    by_holder = select_holdings().filter(
        customer=customer, user=OuterRef("given_by"), customer__yes_of=Customer.YesOf.ALL
    )
    waiting = select_joint_assents(customer).filter(can_begin, Exists(by_holder))
    return waiting.exclude(given_by=viewer).exclude(Exists(own))


def read_home(customer: UUID, viewer: UUID) -> HomeReading:
    read = home.read(customer=customer, viewer=viewer)
    requests = read["open"] + read["earlier"]
    attach_children([access_request.version for access_request in read["open"]], "notices", read["notices"])
    attach_children(requests, "requested", read["requested"])
    attach_children(requests, "grants", read["grants"])
    attach_children(read["open"], "assents", read["assents"])
    attach_parents([*read["requested"], *read["grants"]], "category", read["categories"])
    return HomeReading(
        now=read.now,
        open=read["open"],
        earlier=read["earlier"],
        earlier_number=sum(number for (number,) in read["number"]),
        causes=map_causes(read["ends"]),
        others=map_others(read["others"]),
        holders=list_still_holding(read["others"]),
        recorders=map_recorders(read["spoken"]),
        is_open_unasked=bool(read["unasked"]),
        joint={str(assent.matter) for assent in read["joint"]},
        is_nobody_let=bool(read["nobody"]),
        is_paused=bool(read["paused"]),
        beside={name: read[name] for name in BESIDE_HOME},
    )
