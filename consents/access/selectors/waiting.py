"""Count the requests that wait for the answer of somebody who is signed in: read with their session for every page."""

from collections import Counter
from collections.abc import Iterable
from uuid import UUID

from django.db.models import QuerySet

from consents.access.models import AccessRequest
from consents.access.selectors import select_pending
from consents.core.clock import DatabaseNow
from consents.core.gathering import select_column
from consents.people.identity import BESIDE, take_read
from consents.people.models import Acting
from consents.people.visitors import CustomerRequest

WAITING = "waiting"


def select_waiting_for_actings() -> QuerySet[AccessRequest, UUID]:
    """Select the customer of each request that waits for one of those whom the visitor may act for."""
    customers = select_column("actings", of=Acting, column="customer_id")
    return select_pending(DatabaseNow()).filter(customer__in=customers).values_list("customer_id", flat=True)


def read_waiting_beside_identity() -> None:
    BESIDE[WAITING] = select_waiting_for_actings


def count_waiting(request: CustomerRequest, customers: Iterable[UUID]) -> Counter[UUID]:
    """Count what waits by customer. A page that changed something before it is shown counts anew."""
    read = take_read(WAITING, request.user.pk) if request.method in ("GET", "HEAD") else None
    if read is None:
        waiting = select_pending(DatabaseNow()).filter(customer__in=list(customers))
        return Counter(waiting.values_list("customer_id", flat=True))
    return Counter(customer for (customer,) in read)
