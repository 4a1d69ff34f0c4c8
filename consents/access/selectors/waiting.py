"""Count the requests that wait for the answer of somebody who is signed in: read with their session for every page."""

from collections import Counter
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from consents.access.models import AccessRequest, Assent
from consents.access.selectors import select_pending
from consents.core.clock import DatabaseNow
from consents.core.gathering import Parts, define_gathering, select_column
from consents.people.identity import BESIDE, take_read
from consents.people.models import Acting, Customer
from consents.people.selectors import select_actings, select_holdings
from consents.people.visitors import CustomerRequest

WAITING = "waiting"


def select_waiting_for_actings() -> QuerySet[AccessRequest, UUID]:
    """Select the customer of each request that waits for the visitor, for one of those they may act for."""
    customers = select_column("actings", of=Acting, column="customer_id")
    waiting = select_unanswered_by(select_column("actings", of=Acting, column="user_id"))
    return waiting.filter(customer__in=customers).values_list("customer_id", flat=True)


def select_unanswered_by(users: Any) -> QuerySet[AccessRequest]:
    """Select what is pending, without what waits for the other holders of an account alone."""
    given = Assent.objects.filter(access_request=OuterRef("pk"), given_by__in=users)
    of_other = Assent.objects.filter(access_request=OuterRef(OuterRef("pk")), given_by=OuterRef("user"))
    others = select_holdings().filter(customer=OuterRef("customer"), customer__yes_of=Customer.YesOf.ALL)
    missing = others.exclude(user__in=users).exclude(Exists(of_other))
    return select_pending(DatabaseNow()).exclude(Exists(given), Exists(missing))


def read_waiting_beside_identity() -> None:
    BESIDE[WAITING] = select_waiting_for_actings


@define_gathering(user=UUID)
def gather_waiting(user: Any) -> Parts:
    return {"actings": select_actings(user), WAITING: select_waiting_for_actings()}


def count_waiting(request: CustomerRequest) -> Counter[UUID]:
    """Count what waits by customer. A page that changed something before it is shown counts anew."""
    read = take_read(WAITING, request.user.pk) if request.method in ("GET", "HEAD") else None
    if read is None:
        read = gather_waiting.read(user=request.user.pk)[WAITING]
    return Counter(customer for (customer,) in read)
