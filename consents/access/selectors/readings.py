"""Read what the customer's pages about requests show, each page in one statement (core.gathering)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from consents.access.models import AccessRequest, Grant, RequestedCategory
from consents.access.rules.causes import ENDS, EndCause
from consents.access.selectors import map_causes, select_open_requests, select_requests_of
from consents.catalogue.models import Notice
from consents.core.clock import DatabaseNow
from consents.core.gathering import Parts, attach, gathering, select_column
from consents.ledger.models import Entry
from consents.people.selectors import map_others, select_others

EARLIER_ON_A_PAGE = 10
MOST_OPEN = 100


@dataclass(frozen=True)
class HomeReading:
    """What the first page shows. `open`: waiting or running, newest first; `earlier`: the newest of the others, one more
    than the page shows where there are more; `causes`: what ended these; `others`: everybody else who acts for the
    customer."""

    now: datetime
    open: list[AccessRequest]
    earlier: list[AccessRequest]
    causes: Mapping[UUID, EndCause]
    others: Mapping[str, str]


@gathering(customer=UUID, viewer=UUID)
def home(customer: Any, viewer: Any) -> Parts:
    open_requests = select_open_requests(customer, DatabaseNow()).order_by("-filed_at", "pk")[:MOST_OPEN]
    earlier = select_requests_of(customer).exclude(pk__in=select_column("open", of=AccessRequest)).order_by("-filed_at", "pk")
    shown = select_column("open", "earlier", of=AccessRequest)
    return {
        "open": open_requests.select_related("version", "staff"),
        "notices": Notice.objects.filter(version__in=select_column("open", of=AccessRequest, column="version_id")).order_by(),
        "earlier": earlier[: EARLIER_ON_A_PAGE + 1],
        "requested": select_requested().filter(access_request__in=shown),
        "grants": select_granted().filter(access_request__in=shown),
        "ends": Entry.objects.filter(object__in=select_column("earlier", of=AccessRequest, cast="::text"), event__in=ENDS).order_by("id"),
        "others": select_others(customer, viewer),
    }


def select_requested() -> QuerySet[RequestedCategory]:
    ordered = RequestedCategory.objects.select_related("category")
    return ordered.order_by("category__order", "category__code")


def select_granted() -> QuerySet[Grant]:
    return Grant.objects.select_related("category").order_by("category__order", "category__code")


def read_home(customer: UUID, viewer: UUID) -> HomeReading:
    read = home.read(customer=customer, viewer=viewer)
    requests = read["open"] + read["earlier"]
    attach([access_request.version for access_request in read["open"]], "notices", read["notices"])
    attach(requests, "requested", read["requested"])
    attach(requests, "grants", read["grants"])
    return HomeReading(read.now, read["open"], read["earlier"], map_causes(read["ends"]), map_others(read["others"]))
