"""What leaves the vault: everything with its customer, or some kinds of data alone (GDPR Art 17(3); 11 CCR 7022(f)).

Of part too it takes two officers: one proposes, another confirms. What rooms above keep of those kinds ends or goes
in the same transaction, by the signal `part_erased`.
"""

from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from consents.catalogue.models import Category
from consents.core import clock
from consents.core.refusals import Refusal
from consents.ledger import services as ledger
from consents.ledger.rules import Actor
from consents.people.models import StaffMember
from consents.people.services import AlreadyProposed, NotProposed, TheSameOfficer
from consents.people.services.erasing import check_not_held
from consents.people.services.holding import OFFICERS, check_not_erased, check_officer, held_customer
from consents.vault.models import Fingerprint, PartErasure
from consents.vault.rules import Parts
from consents.vault.signals import part_erased

REMOVE = "SELECT vault_remove(%b)"
REMOVE_KINDS = "SELECT vault_remove_kinds(%b, %b::bigint[])"


class KindsHaveChanged(Refusal):
    sentence = _("Since this was proposed, a kind of data has come into use. Cancel the proposal and make it again.")


@transaction.atomic
def remove_all(*, customer: UUID, **_: Any) -> None:
    """The customer is erased: their records go, and what these are recognised by. By signal, inside that act, whose
    entry tells of it."""
    with connection.cursor() as cursor:
        cursor.execute(REMOVE, [customer])
    Fingerprint.objects.filter(customer=customer).delete()


@transaction.atomic
def propose_part(
    *, customer: UUID, request: UUID, parts: Parts, law: str, officer: StaffMember, by: Actor
) -> PartErasure:
    """The first of two officers. `law`: the provisions that what is kept rests on.

    Raises NotAnOfficer, Unknown, AlreadyErased, HeldByLaw, AlreadyProposed (or done).
    """
    check_officer(officer, OFFICERS)
    check_not_erased(held_customer(customer))
    check_not_held(customer)
    if PartErasure.objects.filter(request=request, cancelled_at=None).exists():
        raise AlreadyProposed
    erasure = PartErasure.objects.create(
        customer_id=customer,
        request=request,
        deleted=parts.deleted,
        kept=parts.kept,
        law=law,
        proposed_by=officer.user,
    )
    tell("part_erasure.proposed", erasure, by)
    return erasure


@transaction.atomic
def cancel_part(*, request: UUID, customer: UUID, officer: StaffMember, by: Actor) -> PartErasure:
    """Take a proposal back; any officer may. Raises NotAnOfficer, Unknown, NotProposed (done or cancelled)."""
    check_officer(officer, OFFICERS)
    held_customer(customer)
    erasure = open_proposals(customer, request).first()
    if erasure is None:
        raise NotProposed
    cancel(erasure, by)
    return erasure


@transaction.atomic
def drop_parts(*, customer: UUID, by: Actor, request: UUID | None = None, **_: Any) -> None:
    """What was proposed for a request that ends otherwise must not be confirmed any more; for every one of the
    customer's when they are erased whole. By whoever ended it."""
    held_customer(customer)
    for erasure in open_proposals(customer, request):
        cancel(erasure, by)


def open_proposals(customer: UUID, request: UUID | None) -> QuerySet[PartErasure]:
    rows = PartErasure.objects.select_for_update().filter(customer=customer, done_at=None, cancelled_at=None)
    return (rows.filter(request=request) if request else rows).order_by("pk")


def cancel(erasure: PartErasure, by: Actor) -> None:
    erasure.cancelled_by_id, erasure.cancelled_at = UUID(by.id) if by.id else None, clock.now()
    erasure.save(update_fields=["cancelled_by", "cancelled_at"])
    tell("part_erasure.cancelled", erasure, by)


@transaction.atomic
def erase_part(*, request: UUID, customer: UUID, is_everything: bool, officer: StaffMember, by: Actor) -> PartErasure:
    """The second officer confirms, and those kinds are gone for good. `is_everything`: what is not kept is all the rest
    there is. Repeating it changes nothing.

    Raises NotAnOfficer, Unknown, AlreadyErased, NotProposed, TheSameOfficer, HeldByLaw, KindsHaveChanged.
    """
    check_officer(officer, OFFICERS)
    check_not_erased(held_customer(customer))
    done = PartErasure.objects.filter(customer=customer, request=request, done_at__isnull=False).first()
    if done:
        return done
    erasure = open_proposals(customer, request).first()
    if erasure is None:
        raise NotProposed
    if erasure.proposed_by_id == officer.pk:
        raise TheSameOfficer
    check_not_held(customer)
    if is_everything and Category.objects.exclude(code__in=[*erasure.deleted, *erasure.kept]).exists():
        raise KindsHaveChanged
    erasure.confirmed_by = officer.user
    carry_out(erasure, by)
    return erasure


@transaction.atomic
def erase_part_again(*, request: UUID, customer: UUID, parts: Parts, law: str, by: Actor) -> PartErasure:
    """After a restore: kinds of data whose erasure the backup did not know. `by` names the original entry. The database
    allows it only until a restoration is opened. Raises Unknown, AlreadyErased."""
    check_not_erased(held_customer(customer))
    done = PartErasure.objects.filter(customer=customer, request=request, done_at__isnull=False).first()
    if done:
        return done
    drop_parts(customer=customer, request=request, by=by)
    erasure = PartErasure(customer_id=customer, request=request, deleted=parts.deleted, kept=parts.kept, law=law)
    erasure.original = bytes.fromhex(by.original)
    carry_out(erasure, by)
    return erasure


def carry_out(erasure: PartErasure, by: Actor) -> None:
    """The act itself; the entry of it is the proof."""
    erasure.done_at = clock.now()
    erasure.save()
    remove_kinds(erasure)
    tell("customer.part_erased", erasure, by)
    part_erased.send(sender=PartErasure, erasure=erasure, by=by)


def remove_kinds(erasure: PartErasure) -> None:
    kinds = Category.objects.filter(code__in=erasure.deleted).values_list("pk", flat=True)
    with connection.cursor() as cursor:
        cursor.execute(REMOVE_KINDS, [erasure.customer_id, list(kinds)])
        gone = [id for (id,) in cursor.fetchall()]
    Fingerprint.objects.filter(record__in=gone).delete()


def tell(event: str, erasure: PartErasure, by: Actor) -> None:
    """Codes of kinds and of laws, as the catalogue and the books have them."""
    details: dict[str, Any] = {
        "request": str(erasure.request),
        "deleted": erasure.deleted,
        "kept": erasure.kept,
        "law": erasure.law,
    }
    ledger.append(
        event=event,
        by=by,
        customer=erasure.customer_id,
        object_type="part_erasure",
        object=erasure.id,
        details=details | ({"proposed_by": str(erasure.proposed_by_id)} if erasure.proposed_by_id else {}),
    )
