"""Rectification and correction, fulfilled: each proposed value is looked at, and written into the vault or refused."""

from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from consents.catalogue.models import Category
from consents.core.refusals import Refusal, Unknown
from consents.ledger.rules import Actor
from consents.people.models import StaffMember
from consents.rights.fulfilment.erasure import Proposal, get_proposal, list_proposals
from consents.rights.fulfilment.registry import get_fulfilment
from consents.rights.models import ChosenEntry, Correction, RightsRequest
from consents.rights.refusals import AlreadyAnswered, IdentityFirst
from consents.rights.rules import Waiting, WhyNotCorrected
from consents.rights.services.answering import has_sure_identity
from consents.rights.services.recording import (
    append_rights_entry,
    assign_to,
    check_stands_apart,
    lock_open_rights_request,
    lock_rights_request,
    record_step,
)
from consents.rights.services.sharing import check_every_holder
from consents.rights.services.waiting import end_wait
from consents.vault.services import storing


class AlreadyDecided(Refusal):
    sentence = _("This value was decided on already. Nothing was changed.")


@transaction.atomic
def decide_value(
    *, rights_request: UUID, place: int, officer: StaffMember, by: Actor, why_not: WhyNotCorrected | None = None
) -> Correction:
    """Write a proposed value into the vault or, with `why_not`, refuse it; once each.

    Two entries where it is written: the vault takes nothing without its own. Raises Unknown, NotAnOfficer,
    StoodForTheirCode, AlreadyAnswered, IdentityFirst, AlreadyDecided, HoldersFirst, NoSuchRecord.
    """
    locked = lock_open_rights_request(rights_request, officer)
    check_stands_apart(locked, officer)
    if not has_sure_identity(locked):
        raise IdentityFirst
    proposal, category = get_proposal(locked, place)
    if locked.correction_set.filter(place=place).exists():
        raise AlreadyDecided
    if why_not is None:
        check_every_holder(locked)
    assign_to(locked, officer)
    if why_not is None:
        write_correction(locked, proposal, category, by)
    decided = Correction.record(
        rights_request=locked,
        place=place,
        category=category,
        field=proposal.field,
        is_accepted=why_not is None,
        why_not=why_not or "",
        decided_by=officer.user,
    )
    outcome = "refused" if why_not else "accepted"
    append_rights_entry(locked, "value_decided", by, outcome, place=place, category=category.code, field=proposal.field)
    return decided


def write_correction(rights_request: RightsRequest, proposal: Proposal, category: Category, by: Actor) -> None:
    assert rights_request.customer_id
    meant = ChosenEntry.objects.filter(rights_request=rights_request).first()
    storing.correct_value(
        customer=rights_request.customer_id,
        category=category.pk,
        field=proposal.field,
        value=proposal.right,
        record=meant.entry if meant else None,
        by=by,
    )


@transaction.atomic
def choose_entry(*, rights_request: UUID, customer: UUID, entry: UUID, by: Actor) -> ChosenEntry:
    """Record which of several entries the customer means, once; a clock that waited for it goes on.

    Raises Unknown (not theirs: neither the request nor, of what is to be corrected, the entry), AlreadyAnswered,
    NoCalendar.
    """
    locked = lock_rights_request(rights_request, customer=customer)
    if not get_fulfilment(locked).has_proposals:
        raise Unknown
    if locked.is_answered:
        raise AlreadyAnswered
    chosen = ChosenEntry.objects.filter(rights_request=locked).first()
    if chosen is None:
        assert locked.customer_id
        kinds = Category.objects.filter(code__in={proposal.category for proposal in list_proposals(locked)})
        if not any(storing.has_record(record=entry, customer=locked.customer_id, category=kind.pk) for kind in kinds):
            raise Unknown
        chosen = record_step(locked, ChosenEntry, entry=entry)
        resumed = end_wait(locked, Waiting.SCOPE)
        append_rights_entry(locked, "entry_chosen", by, **resumed)
    return chosen
