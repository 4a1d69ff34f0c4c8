"""Requests that wait to be answered: each answer needs one of its own."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import transaction

from consents.access.models import AccessRequest, Reason, RequestedCategory
from consents.access.rules import State
from consents.access.shown import shown
from consents.bench.company import Office
from consents.bench.past import made_id
from consents.bench.sessions import signed_in
from consents.catalogue.models import PurposeVersion
from consents.core import clock
from consents.core.canonical import digest
from consents.ledger import services as ledger
from consents.ledger.rules import Actor
from consents.people.models import StaffMember, User


@dataclass(frozen=True)
class Waiting:
    """A request that waits for an answer, and the cookie of who may give it."""

    cookie: str
    request: UUID
    digest: str


@transaction.atomic
def make_stock(office: Office, numbers: range, count: int) -> list[Waiting]:
    """`count` requests (fewer if these customers are too few), no two of one customer for the same scope.

    In bulk: filing so many one by one would take longer than the whole measurement.
    """
    scopes = [(member, version) for version in office.versions for member in office.staff]
    turns = range(min(len(scopes), -(-count // len(numbers))))
    now = clock.now()
    rows = [unsaved(office, number, *scopes[turn], now) for turn in turns for number in numbers][:count]
    put(office, rows)
    users = User.objects.in_bulk([made_id("user", number) for number in numbers])
    cookies = dict(zip(users, signed_in(users.values()), strict=True))
    people = [made_id("user", number) for _ in turns for number in numbers][:count]
    return [Waiting(cookies[user], row.pk, row.digest) for row, user in zip(rows, people, strict=True)]


def unsaved(office: Office, number: int, member: StaffMember, version: PurposeVersion, now: datetime) -> AccessRequest:
    row = AccessRequest(
        customer_id=made_id("customer", number),
        staff=member.user,
        asked_name=member.user.first_name,
        asked_team=member.team,
        purpose=version.purpose,
        version=version,
        reason=Reason.YOU_CONTACTED_US,
        sentence="You wrote to us about a bill.",
        duration=timedelta(hours=2),
        filed_at=now,
        answer_by=now + timedelta(days=7),
        token=uuid4(),
    )
    row.digest = digest(shown(row, version, office.categories))
    return row


def put(office: Office, rows: Iterable[AccessRequest]) -> None:
    AccessRequest.objects.bulk_create(rows, batch_size=1000)
    asked = (RequestedCategory(request=row, category=category) for row in rows for category in office.categories)
    RequestedCategory.objects.bulk_create(asked, batch_size=2000)
    for row in rows:
        ledger.append(
            event="access_request.filed",
            by=Actor("staff", str(row.staff_id)),
            customer=row.customer_id,
            object_type="access_request",
            object=row.pk,
            purpose=row.purpose.code,
            outcome=State.PENDING,
            details={"categories": sorted(category.code for category in office.categories), "digest": row.digest},
        )
