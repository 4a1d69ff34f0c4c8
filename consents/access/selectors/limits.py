"""Read in one statement what a new request is judged by: how many run, wait and were cancelled."""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Count, QuerySet

from consents.access.models import AccessRequest
from consents.access.rules import CANCELLED_WITHIN, RequestState
from consents.access.selectors import select_live_grants, select_pending
from consents.core.gathering import Parts, define_gathering


class CountedRequests(NamedTuple):
    """Hold what counts against a new request; `running`: categories that its requester may look at now."""

    running: set[int]
    pending_of_staff: int
    pending_of_customer: int
    cancelled: int


@define_gathering(staff=UUID, customer=UUID, purpose=int, now=datetime, since=datetime)
def gather_counted_requests(staff: Any, customer: Any, purpose: Any, now: Any, since: Any) -> Parts:
    live = select_live_grants(now).filter(staff=staff, customer=customer, purpose=purpose)
    cancelled = AccessRequest.objects.filter(staff=staff, customer=customer, state=RequestState.CANCELLED)
    return {
        "running": live.values_list("category"),
        "pending_of_staff": count_in_state(select_pending(now).filter(staff=staff)),
        "pending_of_customer": count_in_state(select_pending(now).filter(customer=customer)),
        "cancelled": count_in_state(cancelled.filter(filed_at__gt=since)),
    }


def count_in_state(requests: QuerySet[AccessRequest]) -> QuerySet[AccessRequest, Any]:
    """Count requests that are all in one state: a row with their number, or none."""
    return requests.order_by().values("state").annotate(number=Count("pk")).values_list("number")


def read_counted_requests(staff: UUID, customer: UUID, purpose: int, now: datetime) -> CountedRequests:
    since = now - CANCELLED_WITHIN
    read = gather_counted_requests.read(staff=staff, customer=customer, purpose=purpose, now=now, since=since)
    running = {category for (category,) in read["running"]}
    names = ("pending_of_staff", "pending_of_customer", "cancelled")
    return CountedRequests(running, *(sum(number for (number,) in read[name]) for name in names))
