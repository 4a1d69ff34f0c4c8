"""Lock a request or its grants for an act."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import Prefetch, QuerySet

from consents.access.models import AccessRequest, Grant, RequestedCategory
from consents.access.selectors import select_live_grants
from consents.core.refusals import get_or_refuse
from consents.ledger.services import appending
from consents.people.models import User


def lock_request(access_request: UUID, *, customer: UUID | None = None, staff: User | None = None) -> AccessRequest:
    """Lock one request and its customer until the transaction ends. Raises Unknown if it is not this customer's, or not
    of this member of staff.
    """
    whose = customer or get_customer_of_request(access_request, staff)
    return get_or_refuse(lock_requests_of(whose).filter(pk=access_request))


def lock_request_to_answer(access_request: UUID, customer: UUID) -> AccessRequest:
    """Lock a request of this customer as `lock_request` does, with what the entry of its answer names."""
    locked = lock_requests_of(customer).filter(pk=access_request).select_related("version")
    requested = Prefetch("requested", RequestedCategory.objects.select_related("category"))
    return get_or_refuse(locked.prefetch_related("version__notices", requested))


def get_customer_of_request(access_request: UUID, staff: User | None = None) -> UUID:
    """Raises Unknown for no request, or one of another member of staff."""
    requests = AccessRequest.objects.filter(pk=access_request, **({"staff": staff} if staff else {}))
    return get_or_refuse(requests.values_list("customer_id", flat=True))


def lock_requests_of(customer: UUID) -> QuerySet[AccessRequest]:
    """Lock the customer, and select their requests so that each is locked when it is read."""
    appending.lock_people(customer)
    requests = AccessRequest.objects.filter(customer_id=customer).select_related("purpose", "staff")
    return requests.select_for_update(of=["self"])


def lock_live_grants(access_request: UUID, now: datetime, kinds: Collection[str] | None) -> list[Grant]:
    """Lock the grants of one request that run, and return those of these categories (by code), or all."""
    live_grants = select_live_grants(now).filter(access_request=access_request).select_related("category")
    locked = live_grants.select_for_update(of=["self"])
    return [grant for grant in locked if kinds is None or grant.category.code in kinds]
