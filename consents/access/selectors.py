"""Reading requests and grants."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import (
    Case,
    DateTimeField,
    Exists,
    F,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
    prefetch_related_objects,
)

from consents.access.models import AccessRequest, Answer, Grant, RequestedCategory
from consents.access.rules import End, Past, State
from consents.core.clock import DatabaseNow
from consents.ledger import services as ledger


def held(request: UUID, **owner: Any) -> AccessRequest | None:
    """One request, with its customer's other acts held off until this transaction ends. None when not theirs."""
    customer = AccessRequest.objects.filter(pk=request, **owner).values_list("customer_id", flat=True).first()
    if customer is None:
        return None
    ledger.hold(customer)
    return AccessRequest.objects.select_for_update(of=["self"]).select_related("purpose", "staff").get(pk=request)


def pending(now: datetime | DatabaseNow) -> QuerySet[AccessRequest]:
    """Unanswered and not yet past their answer-by moment."""
    return AccessRequest.objects.filter(state=State.PENDING, answer_by__gt=now)


def live_grants(now: datetime) -> QuerySet[Grant]:
    return Grant.objects.filter(starts_at__lte=now, ends_at__gt=now).filter(Q(ended_at=None) | Q(ended_at__gt=now))


def with_grants(rows: QuerySet[AccessRequest]) -> QuerySet[AccessRequest]:
    """Ready for a line each that says what became of it."""
    return rows.prefetch_related("grants")


def fetch_fields(row: AccessRequest) -> None:
    """The fields of every category it asks for, in one query. Expects with_categories."""
    prefetch_related_objects([row], "requested__category__fields")


def with_categories(rows: QuerySet[AccessRequest]) -> QuerySet[AccessRequest]:
    """Ready for a page: three queries whatever the number of rows."""
    requested = RequestedCategory.objects.select_related("category").order_by(
        "category__sensitive", "category__order", "category__code"
    )
    return rows.select_related("version__purpose", "purpose").prefetch_related(
        "version__notices",
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


def wait_lifted_since(customer: UUID, purpose: int, since: datetime) -> bool:
    rows = AccessRequest.objects.filter(customer_id=customer, purpose_id=purpose, may_ask_again_at__gte=since)
    return rows.exists()


def of_customer(customer: UUID) -> QuerySet[AccessRequest]:
    return AccessRequest.objects.filter(customer_id=customer)


def open_of(customer: UUID, now: datetime) -> QuerySet[AccessRequest]:
    """What of a customer's requests waits for an answer or still runs."""
    waiting = Q(state=State.PENDING, answer_by__gt=now)
    return of_customer(customer).filter(waiting | Q(Exists(live_grants(now).filter(request=OuterRef("pk")))))


# `open_of` for one purpose. Every no asks it, so nothing here is built anew each time.
OPEN_FOR = """
SELECT r.id FROM access_accessrequest AS r
WHERE r.customer_id = %s AND r.purpose_id = %s
  AND (r.state = 'pending' AND r.answer_by > portal_now()
       OR EXISTS (SELECT FROM access_grant AS g
                  WHERE g.request_id = r.id AND g.starts_at <= portal_now() AND g.ends_at > portal_now()
                    AND (g.ended_at IS NULL OR g.ended_at > portal_now())))
ORDER BY r.id
"""


def open_for(customer: UUID, purpose: int) -> list[UUID]:
    """Ids of a customer's requests for one purpose that wait for an answer or still run, in the order to lock them."""
    with connection.cursor() as cursor:
        cursor.execute(OPEN_FOR, [customer, purpose])
        return [id for (id,) in cursor.fetchall()]


def as_now(rows: QuerySet[AccessRequest]) -> QuerySet[AccessRequest]:
    """Each row with `state_now` (an unanswered request past its moment is expired, recorded or not) and
    `running_until` (None when nothing runs), judged by the database's clock."""
    now = DatabaseNow()
    running = Grant.objects.filter(request=OuterRef("pk"), starts_at__lte=now, ends_at__gt=now)
    running = running.filter(Q(ended_at=None) | Q(ended_at__gt=now)).order_by("-ends_at")
    late = Q(state=State.PENDING, answer_by__lte=now)
    return rows.annotate(
        state_now=Case(When(late, then=Value(State.EXPIRED.value)), default="state"),
        running_until=Subquery(running.values("ends_at")[:1]),
    )


def soonest_first(rows: QuerySet[AccessRequest]) -> QuerySet[AccessRequest]:
    """What waits, by its answer-by moment; then the rest, newest first. Expects as_now."""
    waits = Case(When(state_now=State.PENDING.value, then="answer_by"), default=None, output_field=DateTimeField())
    return rows.annotate(waits_until=waits).order_by(F("waits_until").asc(nulls_last=True), "-filed_at", "pk")


def answered_since(member: UUID, since: datetime) -> int:
    """How many of a member's requests customers answered after a moment."""
    return Answer.objects.filter(request__staff=member, answered_at__gt=since).count()
