"""End requests and grants: stopped, withdrawn, ended by the company, or by time."""

from collections.abc import Collection, Iterable
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from consents.access import selectors
from consents.access.models import AccessRequest, Grant, ProposedRequest
from consents.access.rules import RequestState
from consents.access.rules.causes import WORDS, EndCause, build_cause_details
from consents.access.selectors import locking
from consents.access.services.answering import build_grants_end, build_request_end
from consents.access.services.ending_proposals import end_proposals, lock_customers
from consents.access.services.telling import append_request_entry, notify_holders_of_end
from consents.catalogue import selectors as catalogue
from consents.catalogue.models import Purpose
from consents.choices.rules import MarkKind, Status
from consents.choices.services.marking import OWN_ACTORS
from consents.core import clock
from consents.core.working_ahead import MOST_DUE, run_for_due, run_for_each
from consents.ledger.rules import PORTAL, Actor
from consents.ledger.services import appending
from consents.notifications.services import queueing
from consents.notifications.services.queueing import confirm_act, list_translations
from consents.people.models import StaffMember, User
from consents.vault.models import PartErasure

STOPPED = _("Access of %(team)s to your data was stopped. They can no longer see it for this request.")
NO_ANSWER = _("The customer did not answer in time.")
CAUSE_OF_STATUS = {
    Status.WITHDRAWN: EndCause.WITHDRAWN,
    Status.REFUSED: EndCause.REFUSED,
    Status.INVALIDATED: EndCause.INVALIDATED,
}


@transaction.atomic
def stop_access(*, access_request: UUID, customer: UUID, by: Actor) -> AccessRequest:
    """End running access at once, for the customer. Repeating it changes nothing. Raises Unknown."""
    stopped = locking.lock_request(access_request, customer=customer)
    if end_grants(stopped, EndCause.STOPPED, clock.now(), by):
        key, team = f"access.stopped:{stopped.id}", stopped.asked_team
        confirm_act(customer=customer, act=STOPPED, key=key, actor=by, team=team)
    return stopped


def end_grants(
    access_request: AccessRequest, cause: EndCause, now: datetime, by: Actor, kinds: Collection[str] | None = None
) -> bool:
    """End the running grants of one request (`kinds`: of these categories only); return whether any ran."""
    grants = locking.lock_live_grants(access_request, now, kinds)
    if not grants:
        return False
    record_grant_end(grants, access_request.purpose, cause, now, by)
    notify_requester_of_end("access_ended", f"access.ended:{access_request.id}", access_request.staff, cause)
    return True


def notify_requester_of_end(kind: str, key: str, requester: User, cause: EndCause | None, **context: Any) -> None:
    """Email the requester why it ended. `cause`: None where the customer did not answer.

    Whose place here has ended or changed reads it of everything at once, in the email that tells them so.
    """
    if cause != EndCause.STAFF_ENDED:
        why = list_translations(WORDS[cause].staff if cause else NO_ANSWER)
        queueing.notify(kind=kind, key=key, user=requester, why=why, **context)


def record_grant_end(grants: list[Grant], purpose: Purpose, cause: EndCause, ended_at: datetime, by: Actor) -> None:
    """Record the end of grants of one request, or of one exemption, with one entry."""
    end = WORDS[cause].end
    appending.append_entry(
        event="grant.ended",
        by=by,
        customer=grants[0].customer_id,
        object_type="exemption" if grants[0].exemption else "access_request",
        object=grants[0].told_of,
        purpose=purpose.code,
        outcome=end,
        details={"ended_at": ended_at.isoformat(), "grants": sorted(str(grant.pk) for grant in grants)}
        | build_cause_details(cause),
        beside=build_grants_end(grants, end, ended_at),
    )


@transaction.atomic(savepoint=False)
def end_for_purpose(
    *, purpose: Purpose, by: Actor, customer: UUID | None = None, status: Status = Status.WITHDRAWN, **_: Any
) -> None:
    """End grants and requests of a purpose: one customer's consent is now of that status, or it was retired for all.

    Called inside the transaction of that act, by signal.
    """
    if customer:
        now = clock.now()
        requests = selectors.select_open_requests(customer, now).filter(purpose=purpose).order_by("pk")
        for locked in list(requests.select_related("purpose", "staff").select_for_update(of=["self"])):
            end_locked_request(locked, CAUSE_OF_STATUS[status], now, by)
    else:
        requests = AccessRequest.objects.filter(purpose=purpose)
        proposals = ProposedRequest.objects.filter(version__purpose=purpose)
        lock_customers(requests, proposals, Grant.objects.filter(purpose=purpose))
        end_requests(requests, EndCause.RETIRED, by)
        end_proposals(proposals, EndCause.RETIRED, by)


@transaction.atomic
def end_for_staff(*, member: StaffMember, by: Actor, **_: Any) -> None:
    """End the grants and unanswered requests of someone who left the staff, or moved there. By signal, as above."""
    requests = AccessRequest.objects.filter(staff=member.user)
    proposals = ProposedRequest.objects.filter(staff=member.user)
    lock_customers(requests, proposals, Grant.objects.filter(staff=member.user))
    end_requests(requests, EndCause.STAFF_ENDED, by)
    end_proposals(proposals, EndCause.STAFF_ENDED, by)


def lock_open_access(*, customer: UUID, **_: Any) -> None:
    """Lock a customer's open requests, then their live grants. By signal, inside an act that will end them."""
    now = clock.now()
    list(selectors.select_open_requests(customer, now).order_by("pk").select_for_update(of=["self"]))
    list(selectors.select_live_grants(now).filter(customer=customer).order_by("pk").select_for_update(of=["self"]))


@transaction.atomic
def end_for_customer(*, customer: UUID, by: Actor, **_: Any) -> None:
    """End the grants and requests of a customer who was erased. By signal, as above."""
    end_requests(AccessRequest.objects.filter(customer_id=customer), EndCause.ERASED, by)
    end_proposals(ProposedRequest.objects.filter(customer_id=customer), EndCause.ERASED, by)


@transaction.atomic
def end_for_mark(*, customer: UUID, kind: MarkKind, purpose: Purpose | None, by: Actor, **_: Any) -> None:
    """Stop grants and deny requests when data is paused, objected to or limited. By signal, as above."""
    requests = AccessRequest.objects.filter(customer_id=customer)
    if kind == MarkKind.LIMIT:
        requests = requests.filter(categories__sensitive=True)
    end_requests(narrow_to_mark(requests, kind, purpose), find_mark_cause(kind, by), by)


def narrow_to_mark(rows: QuerySet[Any], kind: MarkKind, purpose: Purpose | None) -> QuerySet[Any]:
    """Narrow rows to the purposes that a mark covers: its own; without one all, or all that can be objected to."""
    if purpose:
        return rows.filter(purpose=purpose)
    objectable = catalogue.select_objectable().values_list("purpose", flat=True)
    return rows.filter(purpose__in=objectable) if kind == MarkKind.OBJECTION else rows


def find_mark_cause(kind: MarkKind, by: Actor) -> EndCause:
    """Return the cause: a pause that the customer did not place in person is the company's act."""
    if kind == MarkKind.RESTRICTION:
        return EndCause.RESTRICTED if by.kind in OWN_ACTORS else EndCause.PAUSED
    return EndCause.LIMITED if kind == MarkKind.LIMIT else EndCause.OBJECTED


@transaction.atomic
def end_for_part(*, erasure: PartErasure, by: Actor, **_: Any) -> None:
    """End grants for categories deleted or kept by law alone, and requests for any of them. By signal, as above."""
    kinds = [*erasure.deleted, *erasure.kept]
    requests = AccessRequest.objects.filter(customer_id=erasure.customer_id, requested__category__code__in=kinds)
    end_requests_by_id(select_open_ids(requests, clock.now()), EndCause.PART_ERASED, by, kinds)


@transaction.atomic
def restore_end(*, access_request: UUID, cause: EndCause, by: Actor) -> None:
    """End again, after a restore, what had ended since the backup; nothing of a request that the backup has not."""
    if AccessRequest.objects.filter(pk=access_request).exists():
        end_requests_by_id([access_request], cause, by)


def end_requests(requests: QuerySet[AccessRequest], cause: EndCause, by: Actor) -> None:
    """End pending requests and running grants, one customer after the other."""
    end_requests_by_id(select_open_ids(requests, clock.now()), cause, by)


def select_open_ids(requests: QuerySet[AccessRequest], now: datetime) -> QuerySet[AccessRequest, UUID]:
    is_open = Q(pk__in=selectors.select_pending(now).values("pk")) | Q(grants__in=selectors.select_live_grants(now))
    return requests.filter(is_open).distinct().order_by("customer_id", "pk").values_list("pk", flat=True)


def end_requests_by_id(
    requests: Iterable[UUID], cause: EndCause, by: Actor, kinds: Collection[str] | None = None
) -> None:
    """End these requests and their grants. `kinds`: of these categories only, by code."""
    for id in requests:
        locked = locking.lock_request(id)
        # The moment is read once the lock is held: an answer may have come while we waited for it.
        end_locked_request(locked, cause, clock.now(), by, kinds)


def end_locked_request(
    locked: AccessRequest, cause: EndCause, now: datetime, by: Actor, kinds: Collection[str] | None = None
) -> None:
    if locked.state_at(now) == RequestState.PENDING:
        end_request(locked, WORDS[cause].state, now, by, cause)
    else:
        end_grants(locked, cause, now, by, kinds)


def end_request(
    access_request: AccessRequest, state: RequestState, ended_at: datetime, by: Actor, cause: EndCause | None = None
) -> None:
    """End one request. `cause`: what ended it before its moment; None when that moment passed."""
    append_request_entry(
        access_request,
        event=f"access_request.{state}",
        by=by,
        outcome=state,
        details=build_cause_details(cause) if cause else {},
        change=build_request_end(access_request, state, ended_at),
    )
    key = f"access_request.answered:{access_request.id}"
    notify_requester_of_end("access_request_answered", key, access_request.staff, cause)
    notify_holders_of_end(access_request, cause)


def expire_due_requests() -> int:
    """Record requests whose answer-by moment has passed; judged at read long before. Returns how many."""
    due = AccessRequest.objects.filter(state=RequestState.PENDING, answer_by__lte=clock.DatabaseNow())
    ids = due.order_by("answer_by").values_list("pk", flat=True)
    return run_for_due(ids, lambda access_request: expire_request(access_request=access_request, by=PORTAL))


@transaction.atomic
def expire_request(*, access_request: UUID, by: Actor) -> bool:
    locked = locking.lock_request(access_request)
    if locked.state != RequestState.PENDING or locked.state_at(clock.now()) != RequestState.EXPIRED:
        return False
    end_request(locked, RequestState.EXPIRED, locked.answer_by, by)
    return True


def end_due_grants() -> int:
    """Record grants whose time is over. Returns how many requests they belong to."""
    due = Grant.objects.filter(ended_at=None, ends_at__lte=clock.DatabaseNow(), exemption=None)
    due = due.order_by("access_request_id")[:MOST_DUE]
    ids = [id for id, _ in groupby(due.values_list("access_request_id", flat=True))]
    return run_for_each(ids, lambda access_request: end_grants_by_time(access_request=access_request, by=PORTAL))


@transaction.atomic
def end_grants_by_time(*, access_request: UUID, by: Actor) -> bool:
    locked = locking.lock_request(access_request)
    due = Grant.objects.filter(access_request=access_request, ended_at=None, ends_at__lte=clock.DatabaseNow())
    grants = list(due.select_for_update())
    if not grants:
        return False
    record_grant_end(grants, locked.purpose, EndCause.TIME, grants[0].ends_at, by)
    return True
