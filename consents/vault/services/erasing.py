"""Remove data from the vault: all of a customer's, or some categories (GDPR Art 17(3); 11 CCR 7022(f)).

A partial erasure also takes two officers: one proposes, another confirms. Whatever the rooms above keep of those
categories ends or goes in the same transaction, by the signal `part_erased`.
"""

from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from consents.catalogue.models import Category
from consents.core import clock
from consents.core.refusals import Refusal
from consents.ledger.rules import Actor
from consents.ledger.services import appending
from consents.people.models import StaffMember
from consents.people.services.erasing import ERASURE, check_no_legal_hold
from consents.people.services.holding import (
    OFFICERS,
    check_not_erased,
    check_not_own_matter,
    check_officer,
    lock_customer,
)
from consents.people.two_officers.refusals import AlreadyDecided, AlreadyProposed
from consents.vault.models import Fingerprint, PartErasure
from consents.vault.rules import Parts
from consents.vault.signals import part_erased

REMOVE = "SELECT portal.remove_records(%b)"
REMOVE_KINDS = "SELECT portal.remove_categories(%b, %b::bigint[])"


class CategoriesHaveChanged(Refusal):
    sentence = _("A data category has been added since this was proposed. Cancel the proposal and make a new one.")


@transaction.atomic
def remove_all_records(*, customer: UUID, **_: Any) -> None:
    """Remove an erased customer's records and fingerprints: by signal, inside the act of erasing, whose entry
    covers it.
    """
    remove_records(REMOVE, customer)


@transaction.atomic
def propose_part_erasure(
    *, customer: UUID, rights_request: UUID, parts: Parts, law: str, officer: StaffMember, by: Actor
) -> PartErasure:
    """Propose a partial erasure, as the first of two officers. `law`: the provisions that require keeping the rest.

    Raises NotAnOfficer, Unknown, AlreadyErased, OwnMatter, UnderLegalHold, AlreadyProposed (or done).
    """
    check_officer(officer, OFFICERS)
    check_not_erased(lock_customer(customer))
    check_not_own_matter(officer.pk, customer)
    check_no_legal_hold(customer)
    if PartErasure.objects.filter(request=rights_request, cancelled_at=None).exists():
        raise AlreadyProposed(ERASURE.already_proposed)
    erasure = PartErasure.objects.create(
        customer_id=customer,
        request=rights_request,
        deleted=parts.deleted,
        kept=parts.kept,
        law=law,
        proposed_by=officer.user,
    )
    append_part_erasure_entry("part_erasure.proposed", erasure, by)
    return erasure


@transaction.atomic
def cancel_part_erasure(*, rights_request: UUID, customer: UUID, officer: StaffMember, by: Actor) -> PartErasure:
    """Cancel a proposal; any officer may but in their own matter.

    Raises NotAnOfficer, Unknown, OwnMatter, AlreadyDecided (done or cancelled).
    """
    check_officer(officer, OFFICERS)
    lock_customer(customer)
    check_not_own_matter(officer.pk, customer)
    erasure = lock_open_proposals(customer, rights_request).first()
    if erasure is None:
        raise AlreadyDecided(ERASURE.already_decided)
    save_cancellation(erasure, by)
    return erasure


@transaction.atomic
def drop_part_erasures(*, customer: UUID, by: Actor, rights_request: UUID | None = None, **_: Any) -> None:
    """Cancel the open proposals of a request that ends otherwise, or of a customer who is erased entirely."""
    lock_customer(customer)
    for erasure in lock_open_proposals(customer, rights_request):
        save_cancellation(erasure, by)


def lock_open_proposals(customer: UUID, rights_request: UUID | None) -> QuerySet[PartErasure]:
    proposals = PartErasure.objects.select_for_update().filter(customer=customer, done_at=None, cancelled_at=None)
    return (proposals.filter(request=rights_request) if rights_request else proposals).order_by("pk")


def save_cancellation(erasure: PartErasure, by: Actor) -> None:
    erasure.cancelled_by_id, erasure.cancelled_at = UUID(by.id) if by.id else None, clock.now()
    erasure.save(update_fields=["cancelled_by", "cancelled_at"])
    append_part_erasure_entry("part_erasure.cancelled", erasure, by)


@transaction.atomic
def erase_part(
    *, rights_request: UUID, customer: UUID, is_everything: bool, officer: StaffMember, by: Actor
) -> PartErasure:
    """Confirm, as the second officer, and delete those categories for good. Repeating it changes nothing.

    `is_everything`: deleted and kept categories together are all there is. Raises NotAnOfficer, Unknown, AlreadyErased,
    OwnMatter, AlreadyDecided, NeedsSecondOfficer, UnderLegalHold, CategoriesHaveChanged.
    """
    check_officer(officer, OFFICERS)
    check_not_erased(lock_customer(customer))
    done = PartErasure.objects.filter(customer=customer, request=rights_request, done_at__isnull=False).first()
    if done:
        return done
    check_not_own_matter(officer.pk, customer)
    erasure = lock_open_proposals(customer, rights_request).first()
    if erasure is None:
        raise AlreadyDecided(ERASURE.already_decided)
    ERASURE.check_may_decide(erasure.proposed_by_id, officer.pk)
    check_no_legal_hold(customer)
    if is_everything and Category.objects.exclude(code__in=[*erasure.deleted, *erasure.kept]).exists():
        raise CategoriesHaveChanged
    erasure.confirmed_by = officer.user
    execute_part_erasure(erasure, by)
    return erasure


@transaction.atomic
def erase_part_again(*, rights_request: UUID, customer: UUID, parts: Parts, law: str, by: Actor) -> PartErasure:
    """Repeat, after a restore, a partial erasure that the backup did not know. `by` names the original entry.

    The database allows it only until a restoration is opened. Raises Unknown, AlreadyErased.
    """
    check_not_erased(lock_customer(customer))
    done = PartErasure.objects.filter(customer=customer, request=rights_request, done_at__isnull=False).first()
    if done:
        return done
    drop_part_erasures(customer=customer, rights_request=rights_request, by=by)
    erasure = PartErasure(customer_id=customer, request=rights_request, deleted=parts.deleted, kept=parts.kept, law=law)
    erasure.original = bytes.fromhex(by.original)
    execute_part_erasure(erasure, by)
    return erasure


def execute_part_erasure(erasure: PartErasure, by: Actor) -> None:
    """Delete the categories; the ledger entry of it is the proof."""
    erasure.done_at = clock.now()
    erasure.save()
    kinds = Category.objects.filter(code__in=erasure.deleted).values_list("pk", flat=True)
    remove_records(REMOVE_KINDS, erasure.customer_id, list(kinds))
    append_part_erasure_entry("customer.part_erased", erasure, by)
    part_erased.send(sender=PartErasure, erasure=erasure, by=by)


def remove_records(statement: str, *parameters: Any) -> None:
    """Remove records, and with each its fingerprint."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        gone = [record for (record,) in cursor.fetchall()]
    Fingerprint.objects.filter(record__in=gone).delete()


def append_part_erasure_entry(event: str, erasure: PartErasure, by: Actor) -> None:
    """Append the entry, with codes of categories and laws as the catalogue and the statutes have them."""
    details: dict[str, Any] = {
        "request": str(erasure.request),
        "deleted": erasure.deleted,
        "kept": erasure.kept,
        "law": erasure.law,
    }
    appending.append_entry(
        event=event,
        by=by,
        customer=erasure.customer_id,
        object_type="part_erasure",
        object=erasure.id,
        details=details | ({"proposed_by": str(erasure.proposed_by_id)} if erasure.proposed_by_id else {}),
    )
