"""Erasure and deletion, fulfilled: of the whole customer by the erasure of people, of some kinds of data by that of the
vault. Two officers each time, and not against a legal hold.

What a law makes the company keep does not keep the rest: that is deleted, and what stays is named with its law (GDPR
Art 17(3)(b); Civ 1798.105(d), 11 CCR 7022(f)).
"""

import re
from collections.abc import Collection
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction

from consents.catalogue.models import Category
from consents.catalogue.rules import PROVISION
from consents.core import clock
from consents.core.refusals import Unknown
from consents.ledger import services as ledger
from consents.ledger.rules import Actor, moment
from consents.people import selectors
from consents.people import services as people
from consents.people.models import Erasure, StaffMember
from consents.people.services import AlreadyProposed
from consents.rights.models import RightsRequest
from consents.rights.rules.answers import ERASURES, Format, Outcome, Reason, State, law_of
from consents.rights.rules.kinds import Regime, Type
from consents.rights.services.answering import CLOSING, REFUSING, close, is_identified, refuse_with
from consents.rights.services.recording import held, held_open, tell
from consents.rights.services.refusals import IdentityFirst, IsWaiting, NeedsLaw, SearchFirst, WholeOnly
from consents.rights.services.telling import check_told, is_reachable, told_in_words, write_to
from consents.rights.signals import rights_request_answered
from consents.vault import selectors as parts_of
from consents.vault import services as vault
from consents.vault.models import PartErasure
from consents.vault.rules import Parts, parted


@transaction.atomic
def propose_erasure(*, request: UUID, officer: StaffMember, by: Actor) -> Erasure:
    """The first of two officers, once it is known who asks and where their data lies. The second erases on the page of
    the erasure, and that answers the request.

    Raises Unknown, NotAnOfficer, AlreadyAnswered, IdentityFirst, WholeOnly, IsWaiting, SearchFirst, HeldByLaw,
    AlreadyProposed.
    """
    row = held_open(request, officer)
    customer = check_may_be_erased(row)
    if row.scope:
        raise WholeOnly
    if parts_of.proposed_for(row.pk):
        raise AlreadyProposed
    tell(row, "erasure_proposed", by)
    return people.propose_erasure(customer=customer, reason=Erasure.Reason.REQUESTED, officer=officer, by=by)


def check_may_be_erased(row: RightsRequest) -> UUID:
    """Whose data it is about. Raises Unknown, IdentityFirst, IsWaiting, SearchFirst."""
    if row.request_type not in ERASURES or row.customer_id is None:
        raise Unknown
    if not is_identified(row):
        raise IdentityFirst
    if row.waiting_since:
        raise IsWaiting
    if not row.searches.exists():
        raise SearchFirst
    return row.customer_id


@transaction.atomic
def propose_part(
    *, request: UUID, kept: Collection[str], law: str = "", officer: StaffMember, by: Actor
) -> PartErasure:
    """The first of two officers: what was asked goes but for the kinds in `kept`, which rest on `law`; without it, on
    the provision that a refusal usually rests on.

    Raises Unknown, NotAnOfficer, AlreadyAnswered, IdentityFirst, IsWaiting, SearchFirst, HeldByLaw, AlreadyProposed,
    NeedsLaw, and of rules: NotOfThisRequest, NothingDeleted, NothingKept.
    """
    row = held_open(request, officer)
    customer = check_may_be_erased(row)
    if Erasure.objects.filter(customer=customer, done_at=None, cancelled_at=None).exists():
        raise AlreadyProposed
    parts = parted(asked=kinds_asked(row), kept=kept, is_everything=not row.scope)
    tell(row, "erasure_proposed", by, "part")
    return vault.propose_part(
        customer=customer,
        request=row.pk,
        parts=parts,
        law=provision(row, law) if parts.kept else "",
        officer=officer,
        by=by,
    )


def kinds_asked(row: RightsRequest) -> list[str]:
    """Codes; for everything also of kinds that nobody has published yet, since data of them may be there."""
    return list(row.scope or Category.objects.order_by("code").values_list("code", flat=True))


def provision(row: RightsRequest, law: str) -> str:
    found = law.strip() or law_of(Regime(row.regime), Type(row.request_type), Reason.LEGAL)
    if not re.fullmatch(PROVISION, found):
        raise NeedsLaw
    return found


@transaction.atomic
def cancel_part(*, request: UUID, officer: StaffMember, by: Actor) -> PartErasure:
    """Take the proposal back; any officer may. Raises Unknown, NotAnOfficer, AlreadyAnswered, NotProposed."""
    row = held_open(request, officer)
    if row.customer_id is None:
        raise Unknown
    tell(row, "erasure_cancelled", by, "part")
    return vault.cancel_part(request=row.pk, customer=row.customer_id, officer=officer, by=by)


@transaction.atomic
def erase_part(*, request: UUID, officer: StaffMember, by: Actor, told_on: date | None = None) -> RightsRequest:
    """The second officer confirms: those kinds are gone for good, and that answers the request, in part where a law
    keeps some. `told_on`: of what is kept, the day of the letter or call, where no mail reaches the customer.

    Raises Unknown, NotAnOfficer, AlreadyAnswered, IdentityFirst, IsWaiting, SearchFirst, NotProposed, TheSameOfficer,
    HeldByLaw, KindsHaveChanged, NobodyToWriteTo, BadDayOfTelling.
    """
    row = held_open(request, officer)
    customer = check_may_be_erased(row)
    erasure = vault.erase_part(request=row.pk, customer=customer, is_everything=not row.scope, officer=officer, by=by)
    if erasure.kept:
        check_told(row, told_on, clock.now())
    answer_by_part(row, erasure, by, told_on)
    write_to(row, "answered")
    rights_request_answered.send(sender=RightsRequest, request=row, by=by)
    return row


@transaction.atomic
def erase_part_again(*, request: UUID, customer: UUID, parts: Parts, law: str, by: Actor) -> PartErasure:
    """After a restore: done again, and the request answered once more where the backup has it ready for that. Nobody is
    written to a second time. Raises Unknown, AlreadyErased."""
    ledger.hold(customer)
    erasure = vault.erase_part_again(request=request, customer=customer, parts=parts, law=law, by=by)
    row = RightsRequest.objects.filter(pk=request, customer=customer).exclude(state=State.ANSWERED).first()
    if row and is_ready(row):
        answer_by_part(held(request), erasure, by, None)
    return erasure


def is_ready(row: RightsRequest) -> bool:
    """To be answered by nobody but the portal: else an officer does, from what is on record."""
    waits = Erasure.objects.filter(customer=row.customer_id, done_at=None, cancelled_at=None).exists()
    is_handled = row.verified_at is not None and row.handler_id is not None and row.waiting_since is None
    return is_handled and row.searches.exists() and not waits


def answer_by_part(row: RightsRequest, erasure: PartErasure, by: Actor, told_on: date | None) -> None:
    now = clock.now()
    if by.id:
        # Answered by this, no longer to be answered by erasing the customer whole.
        people.drop_erasure(customer=erasure.customer_id, by=by)
    close(row, Outcome.COMPLIED_PART if erasure.kept else Outcome.COMPLIED_WHOLE, now)
    if erasure.kept:
        refuse_with(row, Reason.LEGAL, erasure.law)
    row.response_format = Format.DOWNLOAD if is_reachable(row) else Format.POST
    row.save(update_fields=[*CLOSING, *REFUSING, "response_format"])
    tell(
        row,
        "answered",
        by,
        row.outcome,
        answered_at=moment(now),
        format=str(row.response_format),
        reason=str(row.denial_reason),
        is_late=row.is_late_at(now),
        **(told_in_words(row, told_on) if erasure.kept else {}),
    )


def is_proposed(row: RightsRequest) -> bool:
    """A second officer is to look at it."""
    is_erasure = row.request_type in ERASURES and not row.is_answered
    return is_erasure and selectors.proposed_erasures().filter(customer=row.customer_id).exists()


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
