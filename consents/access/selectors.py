"""Reading requests and grants."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet

from consents.access.models import AccessRequest, Grant, RequestedCategory
from consents.access.rules import End, Past, State
from consents.ledger import services as ledger


def held(request: UUID, **owner: Any) -> AccessRequest | None:
    """One request, its customer's other acts held off until this transaction ends. None when not there or not theirs."""
    customer = AccessRequest.objects.filter(pk=request, **owner).values_list("customer_id", flat=True).first()
    if customer is None:
        return None
    ledger.hold(customer)
    return AccessRequest.objects.select_for_update(of=["self"]).select_related("purpose", "staff").get(pk=request)


def pending(now: datetime) -> QuerySet[AccessRequest]:
    """Unanswered and not yet past their answer-by moment."""
    return AccessRequest.objects.filter(state=State.PENDING, answer_by__gt=now)


def live_grants(now: datetime) -> QuerySet[Grant]:
    return Grant.objects.filter(starts_at__lte=now, ends_at__gt=now).filter(Q(ended_at=None) | Q(ended_at__gt=now))


def with_categories(rows: QuerySet[AccessRequest]) -> QuerySet[AccessRequest]:
    """Ready for a page: two queries whatever the number of rows."""
    requested = RequestedCategory.objects.select_related("category").order_by(
        "category__sensitive", "category__order", "category__title"
    )
    return rows.select_related("version__purpose", "purpose").prefetch_related(
        Prefetch("requested", queryset=requested),
        Prefetch("grants", queryset=Grant.objects.select_related("category").order_by("category__order")),
    )


def earlier_asks(customer: UUID, purpose: int) -> Iterable[Past]:
    """What was asked of a customer for a purpose before, newest first, by anybody."""
    rows = (
        AccessRequest.objects.filter(customer_id=customer, purpose_id=purpose)
        .exclude(state=State.CANCELLED)
        .order_by("-filed_at")[:200]
    )
    categories = defaultdict(set)
    for request, category in RequestedCategory.objects.filter(request__in=[row.pk for row in rows]).values_list(
        "request_id", "category_id"
    ):
        categories[request].add(category)
    stopped = dict(
        Grant.objects.filter(request__in=[row.pk for row in rows], end__in=[End.STOPPED, End.WITHDRAWN])
        .order_by("ended_at")
        .values_list("request_id", "ended_at")
    )
    for row in rows:
        yield Past(
            state=State(row.state),
            answer_by=row.answer_by,
            ended_at=row.ended_at,
            stopped_at=stopped.get(row.pk),
            categories=frozenset(categories[row.pk]),
            may_ask_again=row.may_ask_again_at is not None,
        )


def of_customer(customer: UUID) -> QuerySet[AccessRequest]:
    return AccessRequest.objects.filter(customer_id=customer)
