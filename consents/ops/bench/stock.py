"""Create pending access requests in bulk, since each measured answer needs one."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import transaction

from consents.access.display import build_displayed_request
from consents.access.models import AccessRequest, Reason, RequestedCategory
from consents.access.rules import RequestState
from consents.access.services import asking
from consents.catalogue.models import PurposeVersion
from consents.core import clock
from consents.core.canonical import compute_digest
from consents.ledger.services import appending
from consents.ops.bench.company import Office, build_staff_actor
from consents.ops.bench.past import build_id
from consents.ops.bench.sessions import create_sessions
from consents.people.models import StaffMember, User


@dataclass(frozen=True)
class PendingRequest:
    """A pending access request, the customer who may answer it, and their cookie."""

    cookie: str
    customer: UUID
    request: UUID
    digest: str


@transaction.atomic
def create_stock(office: Office, numbers: range, count: int) -> list[PendingRequest]:
    """Create `count` requests (fewer if there are too few customers), no two of a customer for the same scope.

    In bulk, since filing them one by one would take longer than the measurement.
    """
    scopes = [(member, version) for version in office.versions for member in office.staff]
    turns = range(min(len(scopes), -(-count // len(numbers))))
    now = clock.now()
    rows = [build_request(office, number, *scopes[turn], now) for turn in turns for number in numbers][:count]
    store_requests(office, rows)
    users = User.objects.in_bulk([build_id("user", number) for number in numbers])
    cookies = dict(zip(users, create_sessions(users.values()), strict=True))
    people = [build_id("user", number) for _ in turns for number in numbers][:count]
    return [
        PendingRequest(cookies[user], row.customer_id, row.pk, row.digest)
        for row, user in zip(rows, people, strict=True)
    ]


def build_request(
    office: Office, number: int, member: StaffMember, version: PurposeVersion, now: datetime
) -> AccessRequest:
    row = asking.build_request(
        version,
        member,
        now,
        customer_id=build_id("customer", number),
        reason=Reason.YOU_CONTACTED_US,
        sentence="You wrote to us about a bill.",
        duration=timedelta(hours=2),
        answer_by=now + timedelta(days=7),
        token=uuid4(),
    )
    row.digest = compute_digest(build_displayed_request(row, office.categories))
    return row


def store_requests(office: Office, rows: Iterable[AccessRequest]) -> None:
    AccessRequest.objects.bulk_create(rows, batch_size=1000)
    asked = (RequestedCategory(access_request=row, category=category) for row in rows for category in office.categories)
    RequestedCategory.objects.bulk_create(asked, batch_size=2000)
    for row in rows:
        appending.append_entry(
            event="access_request.filed",
            by=build_staff_actor(row.staff_id),
            customer=row.customer_id,
            object_type="access_request",
            object=row.pk,
            purpose=row.purpose.code,
            outcome=RequestState.PENDING,
            details={"categories": sorted(category.code for category in office.categories), "digest": row.digest},
        )
