"""Requests as their customer sees them."""

from uuid import UUID

from django.db.models import QuerySet

from consents.rights.models import RightsRequest
from consents.rights.rules.numbers import same_number

MOST_SHOWN = 50


def of_customer(customer: UUID) -> list[RightsRequest]:
    """Newest first; what is still open before what is answered long ago would only hide what was asked last."""
    return list(RightsRequest.objects.filter(customer=customer).order_by("-received_at")[:MOST_SHOWN])


def own(customer: UUID, number: str) -> RightsRequest | None:
    """Theirs by its number, however it was typed; None otherwise."""
    rows = with_people(RightsRequest.objects.filter(customer=customer, number=same_number(number)))
    return rows.first()


def with_people(rows: QuerySet[RightsRequest]) -> QuerySet[RightsRequest]:
    return rows.select_related("customer", "follows").prefetch_related("followed_by")
