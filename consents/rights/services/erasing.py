"""Erasure and deletion, fulfilled: of the whole customer by the erasure of people, of some kinds of data by that of the
vault. Two officers each time, and not against a legal hold.

What a law makes the company keep does not keep the rest: that is deleted, and what stays is named with its law (GDPR
Art 17(3)(b); Civ 1798.105(d), 11 CCR 7022(f)).
"""

from collections.abc import Collection
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction

from consents.catalogue.models import Category
from consents.core import clock
from consents.core.refusals import Unknown
from consents.law.reasons import Reason
from consents.ledger.rules import Actor
from consents.ledger.services import appending
from consents.people import selectors as people
from consents.people.models import Erasure, StaffMember
from consents.people.services import erasing
from consents.people.services.erasing import ERASURE
from consents.people.two_officers.refusals import AlreadyProposed
from consents.rights.fulfilment.registry import get_fulfilment, list_types
from consents.rights.models import RightsRequest
from consents.rights.refusals import IdentityFirst, IsWaiting, SearchFirst, WholeOnly
from consents.rights.rules import Format, Outcome, State
from consents.rights.services.answering import (
    append_answer_entry,
    build_refusal,
    find_provision,
    has_sure_identity,
    record_answer,
)
from consents.rights.services.emails import build_telling_details, check_day_told, is_reachable, notify_requester
from consents.rights.services.recording import append_rights_entry, lock_open_rights_request, lock_rights_request
from consents.rights.services.sharing import check_every_holder
from consents.rights.signals import rights_request_answered
from consents.vault import selectors as vault
from consents.vault.models import PartErasure
from consents.vault.rules import Parts, split_parts
from consents.vault.services import erasing as vault_erasing


@transaction.atomic
def propose_erasure(*, rights_request: UUID, officer: StaffMember, by: Actor) -> Erasure:
    """Propose, as the first of two officers, once it is known who asks and where their data lies. The second erases on
    the page of the erasure, and that answers the request.

    Raises Unknown, NotAnOfficer, OwnMatter, AlreadyAnswered, IdentityFirst, WholeOnly, IsWaiting, SearchFirst,
    UnderLegalHold, AlreadyProposed, HoldersFirst.
    """
    locked = lock_open_rights_request(rights_request, officer)
    customer = check_can_erase(locked)
    if locked.scope:
        raise WholeOnly
    if vault.get_proposed_erasure(locked.pk):
        raise AlreadyProposed(ERASURE.already_proposed)
    append_rights_entry(locked, "erasure_proposed", by)
    return erasing.propose_erasure(customer=customer, reason=Erasure.Reason.REQUESTED, officer=officer, by=by)


def check_can_erase(rights_request: RightsRequest) -> UUID:
    """Return the customer whose data may be erased. Raises Unknown, IdentityFirst, IsWaiting, HoldersFirst,
    SearchFirst.
    """
    if not get_fulfilment(rights_request).is_erasure or rights_request.customer_id is None:
        raise Unknown
    if not has_sure_identity(rights_request):
        raise IdentityFirst
    if rights_request.waiting_since:
        raise IsWaiting
    check_every_holder(rights_request)
    if not rights_request.search_set.exists():
        raise SearchFirst
    return rights_request.customer_id


@transaction.atomic
def propose_partial_erasure(
    *, rights_request: UUID, kept: Collection[str], law: str = "", officer: StaffMember, by: Actor
) -> PartErasure:
    """Propose, as the first of two officers: what was asked goes but for the kinds in `kept`, which rest on `law`;
    without it, on the provision that a refusal usually rests on.

    Raises Unknown, NotAnOfficer, OwnMatter, AlreadyAnswered, IdentityFirst, IsWaiting, SearchFirst, UnderLegalHold,
    AlreadyProposed, NeedsLaw, HoldersFirst, and of rules: NotOfThisRequest, NothingDeleted, NothingKept.
    """
    locked = lock_open_rights_request(rights_request, officer)
    customer = check_can_erase(locked)
    if people.select_proposed_erasures().filter(customer=customer).exists():
        raise AlreadyProposed(ERASURE.already_proposed)
    parts = split_parts(asked=list_requested_kinds(locked), kept=kept, is_everything=not locked.scope)
    append_rights_entry(locked, "erasure_proposed", by, "part")
    return vault_erasing.propose_part_erasure(
        customer=customer,
        rights_request=locked.pk,
        parts=parts,
        law=find_provision(locked, Reason.LEGAL, law) if parts.kept else "",
        officer=officer,
        by=by,
    )


def list_requested_kinds(rights_request: RightsRequest) -> list[str]:
    """List codes; for everything also of kinds that nobody has published yet, since data of them may be there."""
    return list(rights_request.scope or Category.objects.order_by("code").values_list("code", flat=True))


@transaction.atomic
def cancel_partial_erasure(*, rights_request: UUID, officer: StaffMember, by: Actor) -> PartErasure:
    """Take the proposal back; any officer may.

    Raises Unknown, NotAnOfficer, OwnMatter, AlreadyAnswered, AlreadyDecided.
    """
    locked = lock_open_rights_request(rights_request, officer)
    if locked.customer_id is None:
        raise Unknown
    append_rights_entry(locked, "erasure_cancelled", by, "part")
    return vault_erasing.cancel_part_erasure(
        rights_request=locked.pk, customer=locked.customer_id, officer=officer, by=by
    )


@transaction.atomic
def confirm_partial_erasure(
    *, rights_request: UUID, officer: StaffMember, by: Actor, told_on: date | None = None
) -> RightsRequest:
    """Delete the proposed kinds as the second officer, which answers the request, in part where a law keeps some.

    `told_on`: of what is kept, the day of the letter or call, where no email reaches the customer. Raises Unknown,
    NotAnOfficer, OwnMatter, AlreadyAnswered, IdentityFirst, IsWaiting, SearchFirst, AlreadyDecided, NeedsSecondOfficer,
    UnderLegalHold, CategoriesHaveChanged, NobodyToWriteTo, BadDayOfTelling,
    HoldersFirst.
    """
    locked = lock_open_rights_request(rights_request, officer)
    customer = check_can_erase(locked)
    erasure = vault_erasing.erase_part(
        rights_request=locked.pk, customer=customer, is_everything=not locked.scope, officer=officer, by=by
    )
    if erasure.kept:
        check_day_told(locked, told_on, clock.now())
    answer_by_partial_erasure(locked, erasure, by, told_on)
    notify_requester(locked, "answered")
    rights_request_answered.send(sender=RightsRequest, rights_request=locked, by=by)
    return locked


@transaction.atomic
def restore_partial_erasure(*, rights_request: UUID, customer: UUID, parts: Parts, law: str, by: Actor) -> PartErasure:
    """Erase again after a restore, and answer the request once more where the backup has it ready for that. Nobody is
    written to a second time. Raises Unknown, AlreadyErased."""
    appending.lock_people(customer)
    erasure = vault_erasing.erase_part_again(
        rights_request=rights_request, customer=customer, parts=parts, law=law, by=by
    )
    locked = RightsRequest.objects.filter(pk=rights_request, customer=customer).exclude(state=State.ANSWERED).first()
    of_whole = people.select_proposed_erasures().filter(customer=customer)
    if locked and is_ready_to_answer(locked) and not of_whole.exists():
        answer_by_partial_erasure(lock_rights_request(rights_request), erasure, by, None)
    return erasure


def is_ready_to_answer(rights_request: RightsRequest) -> bool:
    """Tell whether the portal may answer it itself; otherwise an officer does, from what is on record."""
    is_handled = rights_request.handler_id is not None and rights_request.waiting_since is None
    return is_handled and rights_request.verified_at is not None and rights_request.search_set.exists()


def answer_by_partial_erasure(
    rights_request: RightsRequest, erasure: PartErasure, by: Actor, told_on: date | None
) -> None:
    now = clock.now()
    if by.id:
        # Answered by this, no longer to be answered by erasing the customer whole.
        erasing.cancel_requested_erasure(customer=erasure.customer_id, by=by)
    record_answer(
        rights_request,
        Outcome.COMPLIED_PART if erasure.kept else Outcome.COMPLIED_WHOLE,
        now,
        response_format=Format.DOWNLOAD if is_reachable(rights_request) else Format.POST,
        **(build_refusal(rights_request, Reason.LEGAL, erasure.law) if erasure.kept else {}),
    )
    details = build_telling_details(rights_request, told_on) if erasure.kept else {}
    append_answer_entry(rights_request, by, now, **details)


@transaction.atomic
def answer_by_erasure(customer: UUID, by: Actor, **_: Any) -> None:
    """Answer by the erasure what the customer had asked for to that end. By signal, inside that act.

    The last email, of the erasure, tells them; what is kept and why is in it.
    """
    appending.lock_people(customer)
    now = clock.now()
    rows = RightsRequest.objects.filter(customer=customer, request_type__in=list_types("is_erasure")).exclude(
        state=State.ANSWERED
    )
    for rights_request in rows:
        if is_ready_to_answer(rights_request):
            record_answer(rights_request, Outcome.COMPLIED_WHOLE, now, response_format=Format.EMAIL)
            append_answer_entry(rights_request, by, now)
