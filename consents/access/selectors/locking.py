"""Lock a request or its grants for an act, and read in the same statement what the act is judged by."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from consents.access.models import AccessRequest, Answer, Assent, Grant
from consents.access.selectors import select_live_grants, select_open_requests, select_requests_of
from consents.access.selectors.readings import gather_request_parts, get_request_read
from consents.core.clock import DatabaseNow
from consents.core.gathering import Gathered, Gathering, Parts, define_gathering, select_column
from consents.core.refusals import Unknown, get_or_refuse
from consents.ledger.services import appending
from consents.notifications.services.confirming import gather_recipient
from consents.people.models import User
from consents.people.selectors import leave_out_holder, select_holders_who_all_decide


@dataclass(frozen=True)
class LockedRequest:
    """A request that no one else can answer until the transaction ends, and what an answer is judged by.

    `deciding`: the holders of a shared account who must all agree; `read`: with whom to confirm the answer to.
    """

    access_request: AccessRequest
    read: Gathered

    @property
    def now(self) -> datetime:
        return self.read.now

    def has_answer(self, token: UUID) -> bool:
        """Return True if the form with this token has answered it."""
        return (token,) in self.read["tokens"]

    def list_required_holders(self, holder: UUID) -> frozenset[UUID]:
        """List the other holders whose yes is needed beside this one's."""
        return leave_out_holder(self.read["deciding"], holder)


def lock_request(access_request: UUID, *, customer: UUID | None = None, staff: User | None = None) -> AccessRequest:
    """Lock one request and its customer until the transaction ends. Raises Unknown if it is not this customer's, or not
    of this member of staff.
    """
    whose = customer or get_customer_of_request(access_request, staff)
    return lock_and_read(locked_request, access_request, whose).access_request


def get_customer_of_request(access_request: UUID, staff: User | None = None) -> UUID:
    """Raises Unknown for no request, or one of another member of staff."""
    requests = AccessRequest.objects.filter(pk=access_request, **({"staff": staff} if staff else {}))
    return get_or_refuse(requests.values_list("customer_id", flat=True))


def lock_and_read(gathering: Gathering, access_request: UUID, customer: UUID) -> LockedRequest:
    """Lock a request of this customer as `lock_request` does, and read the rest of the gathering in its statement."""
    appending.lock_people(customer)
    read = gathering.read(customer=customer, id=access_request)
    if not read["requests"]:
        raise Unknown
    return LockedRequest(read["requests"][0], read)


@define_gathering(customer=UUID, id=UUID)
def locked_request(customer: Any, id: Any) -> Parts:
    return {"requests": select_request_for_update(customer, id).select_related("purpose", "staff")}


@define_gathering(customer=UUID, id=UUID)
def stopped_request(customer: Any, id: Any) -> Parts:
    """Gather with the request to whom a stop is confirmed."""
    requests = select_request_for_update(customer, id).select_related("purpose", "staff")
    return {"requests": requests, **gather_recipient(customer)}


@define_gathering(customer=UUID, id=UUID)
def answered_request(customer: Any, id: Any) -> Parts:
    itself = select_column("requests", of=AccessRequest)
    return {
        "requests": select_request_for_update(customer, id).select_related("version__purpose", "purpose", "staff"),
        **gather_request_parts(),
        "assents": Assent.objects.filter(access_request__in=itself).order_by(),
        "tokens": Answer.objects.filter(access_request__in=itself).values_list("token"),
        "deciding": select_holders_who_all_decide(customer),
        **gather_recipient(customer),
    }


def select_request_for_update(customer: Any, id: Any) -> QuerySet[AccessRequest]:
    return select_requests_of(customer).filter(pk=id).select_for_update(of=["self"])


def lock_request_to_answer(access_request: UUID, customer: UUID) -> LockedRequest:
    """Lock a request of this customer as `lock_request` does, and read with it what an answer is judged by."""
    appending.lock_people(customer)
    read = answered_request.read(customer=customer, id=access_request)
    return LockedRequest(get_request_read(read, "assents"), read)


@dataclass(frozen=True)
class OpenRequest:
    """A locked request that is pending, or whose `grants` run, at this moment."""

    access_request: AccessRequest
    grants: list[Grant]
    now: datetime


def lock_open_requests(customer: UUID, purpose: int) -> list[OpenRequest]:
    """Lock a customer's open requests for one purpose, then their live grants. The caller has locked the customer."""
    read = open_requests_of.read(customer=customer, purpose=purpose)
    return [
        OpenRequest(locked, [grant for grant in read["grants"] if grant.access_request_id == locked.pk], read.now)
        for locked in read["requests"]
    ]


@define_gathering(customer=UUID, purpose=int)
def open_requests_of(customer: Any, purpose: Any) -> Parts:
    requests = select_open_requests(customer, DatabaseNow()).filter(purpose=purpose).order_by("pk")
    grants = select_live_grants(DatabaseNow()).filter(access_request__in=select_column("requests", of=AccessRequest))
    return {
        "requests": requests.select_related("purpose", "staff").select_for_update(of=["self"]),
        "grants": grants.order_by("pk").select_for_update(of=["self"]),
    }


def lock_live_grants(access_request: UUID, now: datetime, kinds: Collection[str] | None) -> list[Grant]:
    """Lock the grants of one request that run, and return those of these categories (by code), or all."""
    grants = live_grants_of.read(access_request=access_request, now=now)["grants"]
    return [grant for grant in grants if kinds is None or grant.category.code in kinds]


@define_gathering(access_request=UUID, now=datetime)
def live_grants_of(access_request: Any, now: Any) -> Parts:
    live_grants = select_live_grants(now).filter(access_request=access_request)
    return {"grants": live_grants.select_related("category").select_for_update(of=["self"])}
