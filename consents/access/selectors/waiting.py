"""Count the requests that wait for the answer of somebody who is signed in."""

from collections import Counter
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from consents.access.models import AccessRequest, Assent
from consents.access.selectors import select_pending
from consents.core.clock import DatabaseNow
from consents.people.models import Customer
from consents.people.selectors import select_holdings
from consents.people.visitors import CustomerRequest


def select_unanswered_by(user: UUID) -> QuerySet[AccessRequest]:
    """Select what is pending, without what waits for the other holders of an account alone."""
    given = Assent.objects.filter(access_request=OuterRef("pk"), given_by=user)
    of_other = Assent.objects.filter(access_request=OuterRef(OuterRef("pk")), given_by=OuterRef("user"))
    others = select_holdings().filter(customer=OuterRef("customer"), customer__yes_of=Customer.YesOf.ALL)
    missing = others.exclude(user=user).exclude(Exists(of_other))
    return select_pending(DatabaseNow()).exclude(Exists(given), Exists(missing))


def count_waiting(request: CustomerRequest) -> Counter[UUID]:
    """Count what waits for the visitor, by customer for whom they may act."""
    customers = [acting.customer_id for acting in request.visitor.actings]
    waiting = select_unanswered_by(request.user.pk).filter(customer__in=customers)
    return Counter(waiting.values_list("customer_id", flat=True))
