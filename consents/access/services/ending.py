"""How access ends before anybody asks again: stopped, withdrawn, by the company, or by time."""

from collections.abc import Collection, Iterable
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from consents.access import selectors
from consents.access.models import AccessRequest, Grant
from consents.access.rules import End, State
from consents.access.signals import grant_ended
from consents.catalogue import selectors as catalogue
from consents.catalogue.models import Purpose
from consents.choices.rules import MarkKind
from consents.core import clock
from consents.core.refusals import Unknown
from consents.ledger import services as ledger
from consents.ledger.rules import PORTAL, Actor
from consents.notifications import services as notifications
from consents.people.models import StaffMember
from consents.vault.models import PartErasure


@transaction.atomic
def stop(*, request: UUID, customer: UUID, by: Actor) -> AccessRequest:
    """The customer ends running access, at once. Repeating it changes nothing. Raises Unknown."""
    row = selectors.held(request, customer=customer)
    if row is None:
        raise Unknown
    end_grants(row, End.STOPPED, clock.now(), by)
    return row


def end_grants(row: AccessRequest, end: End, now: datetime, by: Actor, kinds: Collection[str] | None = None) -> None:
    """End what still runs of one request, or of it what opens these kinds of data; one entry, one message."""
    rows = selectors.live_grants(now).filter(request=row, **({} if kinds is None else {"category__code__in": kinds}))
    grants = list(rows.select_for_update(of=["self"]))
    if not grants:
        return
    close(row, grants, end, now, by)
    notifications.tell(kind="access_ended", key=f"access.ended:{row.id}", user=row.staff)


def close(row: AccessRequest, grants: list[Grant], end: End, ended_at: datetime, by: Actor) -> None:
    Grant.objects.filter(pk__in=[grant.pk for grant in grants]).update(ended_at=ended_at, end=end)
    ledger.append(
        event="grant.ended",
        by=by,
        customer=row.customer_id,
        object_type="access_request",
        object=row.id,
        purpose=row.purpose.code,
        outcome=end,
        details={"ended_at": ended_at.isoformat(), "grants": sorted(str(grant.pk) for grant in grants)},
    )
    grant_ended.send(sender=Grant, grants=grants, end=end, by=by)


@transaction.atomic(savepoint=False)
def end_for_purpose(*, purpose: Purpose, by: Actor, customer: UUID | None = None, **_: Any) -> None:
    """Consent for a purpose was withdrawn (one customer) or the purpose retired (all): grants and requests end.

    Called inside the transaction of that act, by signal.
    """
    if customer:
        end_each(selectors.open_for(customer, purpose.pk), State.DENIED, End.WITHDRAWN, by)
    else:
        end_all(AccessRequest.objects.filter(purpose=purpose), State.CANCELLED, End.COMPANY, by)


@transaction.atomic
def end_for_staff(*, member: StaffMember, by: Actor, **_: Any) -> None:
    """A membership of staff ended: so do their grants and unanswered requests. By signal, as above."""
    end_all(AccessRequest.objects.filter(staff=member.user), State.CANCELLED, End.COMPANY, by)


def hold_all(*, customer: UUID, **_: Any) -> None:
    """Lock what of a customer's waits or runs, requests before grants. By signal, inside an act that will end it."""
    now = clock.now()
    list(selectors.open_of(customer, now).order_by("pk").select_for_update(of=["self"]))
    list(selectors.live_grants(now).filter(customer=customer).order_by("pk").select_for_update(of=["self"]))


@transaction.atomic
def end_for_customer(*, customer: UUID, by: Actor, **_: Any) -> None:
    """A customer was erased: what they allowed ends and what was asked of them is called off. By signal, as above."""
    end_all(AccessRequest.objects.filter(customer_id=customer), State.CANCELLED, End.COMPANY, by)


@transaction.atomic
def end_for_mark(*, customer: UUID, kind: MarkKind, purpose: Purpose | None, by: Actor, **_: Any) -> None:
    """A customer's data rests, or they objected, or limited what is sensitive: what they allowed is stopped, what waits
    is denied. By signal, as above."""
    rows = AccessRequest.objects.filter(customer_id=customer)
    if kind == MarkKind.LIMIT:
        rows = rows.filter(categories__sensitive=True)
    if purpose:
        rows = rows.filter(purpose=purpose)
    elif kind == MarkKind.OBJECTION:
        rows = rows.filter(purpose__in=catalogue.may_be_objected_to().values_list("purpose", flat=True))
    end_all(rows, State.DENIED, End.STOPPED, by)


@transaction.atomic
def end_for_part(*, erasure: PartErasure, by: Actor, **_: Any) -> None:
    """Kinds of a customer's data were deleted, or are kept for the law alone: grants for them end, and what waits for
    any of them is called off, since a filed request never changes. By signal, as above."""
    kinds = [*erasure.deleted, *erasure.kept]
    rows = AccessRequest.objects.filter(customer_id=erasure.customer_id, requested__category__code__in=kinds)
    end_each(ids_of_open(rows, clock.now()), State.CANCELLED, End.COMPANY, by, kinds)


@transaction.atomic
def end_again(*, request: UUID, state: State, end: End, by: Actor) -> None:
    """After a restore: what the backup did not know to have ended. A request that waits once more moves to `state`,
    whatever of it runs once more ends. Nothing to do for one that the backup does not know at all."""
    row = selectors.held(request)
    now = clock.now()
    if row is not None and row.state_at(now) == State.PENDING:
        end_request(row, state, now, by)
    elif row is not None:
        end_grants(row, end, now, by)


def end_all(rows: QuerySet[AccessRequest], state: State, end: End, by: Actor) -> None:
    """End what waits and what runs, one customer after the other."""
    end_each(ids_of_open(rows, clock.now()), state, end, by)


def ids_of_open(rows: QuerySet[AccessRequest], now: datetime) -> QuerySet[AccessRequest, UUID]:
    open_ones = Q(pk__in=selectors.pending(now).values("pk")) | Q(grants__in=selectors.live_grants(now))
    return rows.filter(open_ones).distinct().order_by("customer_id", "pk").values_list("pk", flat=True)


def end_each(requests: Iterable[UUID], state: State, end: End, by: Actor, kinds: Collection[str] | None = None) -> None:
    """`kinds`: codes of the categories whose grants end; None for all."""
    for id in requests:
        row = selectors.held(id)
        # Asked again for each: an answer may have come while we waited for its customer.
        now = clock.now()
        if row is not None and row.state_at(now) == State.PENDING:
            end_request(row, state, now, by)
        elif row is not None:
            end_grants(row, end, now, by, kinds)


def end_request(row: AccessRequest, state: State, ended_at: datetime, by: Actor) -> None:
    row.state, row.ended_at = state, ended_at
    row.save(update_fields=["state", "ended_at"])
    ledger.append(
        event=f"access_request.{state}",
        by=by,
        customer=row.customer_id,
        object_type="access_request",
        object=row.id,
        purpose=row.purpose.code,
        outcome=state,
    )
    notifications.tell(kind="access_request_answered", key=f"access_request.answered:{row.id}", user=row.staff)


def expire_when_due(*, limit: int = 500) -> int:
    """Record requests whose answer-by moment has passed; judged at read long before. Returns how many."""
    due = AccessRequest.objects.filter(state=State.PENDING, answer_by__lte=clock.DatabaseNow())
    ids = list(due.order_by("answer_by").values_list("pk", flat=True)[:limit])
    return sum(expire(request=id, by=PORTAL) for id in ids)


@transaction.atomic
def expire(*, request: UUID, by: Actor) -> bool:
    row = selectors.held(request)
    if row is None or row.state != State.PENDING or row.state_at(clock.now()) != State.EXPIRED:
        return False
    end_request(row, State.EXPIRED, row.answer_by, by)
    return True


def end_when_due(*, limit: int = 500) -> int:
    """Record grants whose time is over. Returns how many requests they belong to."""
    due = Grant.objects.filter(ended_at=None, ends_at__lte=clock.DatabaseNow()).order_by("request_id")[:limit]
    ids = [id for id, _ in groupby(due.values_list("request_id", flat=True))]
    return sum(end_by_time(request=id, by=PORTAL) for id in ids)


@transaction.atomic
def end_by_time(*, request: UUID, by: Actor) -> bool:
    row = selectors.held(request)
    grants = list(
        Grant.objects.filter(request=request, ended_at=None, ends_at__lte=clock.DatabaseNow()).select_for_update()
    )
    if row is None or not grants:
        return False
    close(row, grants, End.TIME, grants[0].ends_at, by)
    return True
