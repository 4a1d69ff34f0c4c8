"""Erasure and deletion, fulfilled by the erasure of people: two officers, and not against a legal hold."""

from typing import Any
from uuid import UUID

from django.db import transaction

from consents.core import clock
from consents.core.refusals import Unknown
from consents.ledger import services as ledger
from consents.ledger.rules import Actor, moment
from consents.people import services as people
from consents.people.models import Erasure, StaffMember
from consents.rights.models import RightsRequest
from consents.rights.rules.answers import ERASURES, Format, Outcome, State
from consents.rights.services.answering import CLOSING, close, is_identified
from consents.rights.services.recording import held_open, tell
from consents.rights.services.refusals import IdentityFirst, IsWaiting, SearchFirst, WholeOnly


@transaction.atomic
def propose_erasure(*, request: UUID, officer: StaffMember, by: Actor) -> Erasure:
    """The first of two officers, once it is known who asks and where their data lies. The second erases on the page of
    the erasure, and that answers the request.

    Raises Unknown, NotAnOfficer, AlreadyAnswered, IdentityFirst, WholeOnly, IsWaiting, SearchFirst, HeldByLaw,
    AlreadyProposed.
    """
    row = held_open(request, officer)
    if row.request_type not in ERASURES or row.customer_id is None:
        raise Unknown
    if not is_identified(row):
        raise IdentityFirst
    if row.scope:
        raise WholeOnly
    if row.waiting_since:
        raise IsWaiting
    if not row.searches.exists():
        raise SearchFirst
    tell(row, "erasure_proposed", by)
    return people.propose_erasure(customer=row.customer_id, reason=Erasure.Reason.REQUESTED, officer=officer, by=by)


@transaction.atomic
def answer_by_erasure(customer: UUID, by: Actor, **_: Any) -> None:
    """The customer is erased: what they had asked for to that end is answered by it. By signal, inside that act.

    The last mail, of the erasure, tells them; what is kept and why is in it.
    """
    ledger.hold(customer)
    now = clock.now()
    rows = RightsRequest.objects.filter(customer=customer, request_type__in=ERASURES).exclude(state=State.ANSWERED)
    for row in rows.filter(verified_at__isnull=False, waiting_since=None, handler__isnull=False):
        if row.searches.exists():
            close(row, Outcome.COMPLIED_WHOLE, now)
            row.response_format = Format.EMAIL
            row.save(update_fields=[*CLOSING, "response_format"])
            tell(
                row,
                "answered",
                by,
                row.outcome,
                answered_at=moment(now),
                format=str(row.response_format),
                reason="",
                is_late=row.is_late_at(now),
            )
