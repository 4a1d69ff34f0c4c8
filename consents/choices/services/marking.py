"""Marks of restriction, objection and limit: from the moment one is placed, what it covers is not used."""

from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from consents.catalogue.models import Purpose
from consents.choices.models import Mark
from consents.choices.rules import MarkKind
from consents.choices.services.refusals import NoSuchPurpose
from consents.choices.signals import mark_placed
from consents.core import clock
from consents.core.refusals import Refusal, Unknown
from consents.ledger import services as ledger
from consents.ledger.rules import Actor
from consents.notifications import services as notifications
from consents.people.services import hold_unless_erased

OWN = frozenset({"customer", "representative"})


class OnlyTheirs(Refusal):
    status = 403
    sentence = _("Only the customer lifts this: a limit is theirs, and so is an objection that was not refused.")


class NotAnnounced(Refusal):
    sentence = _("The customer must be told first. Announce it, then lift it.")


@transaction.atomic
def place(*, customer: UUID, kind: MarkKind, by: Actor, purpose: str = "", request: UUID | None = None) -> Mark:
    """Pause every use (restriction), stop one purpose or, without one, all that may be objected to (objection), or keep
    sensitive data for what the customer allows each time (limit); at once.

    Each `request` places its own, so that none falls with another's. Access that runs for it ends in this transaction.
    Repeating it adds nothing. Raises NoSuchPurpose, AlreadyErased.
    """
    hold_unless_erased(customer)
    about = about_purpose(purpose)
    same = Mark.objects.filter(customer_id=customer, kind=kind, purpose=about, request=request)
    standing = same.filter(lifted_at=None).first()
    if standing:
        return standing
    mark = Mark.objects.create(customer_id=customer, kind=kind, purpose=about, request=request)
    tell("placed", mark, by)
    mark_placed.send(sender=Mark, customer=customer, kind=kind, purpose=about, by=by)
    return mark


def about_purpose(code: str) -> Purpose | None:
    """Retired ones too: what was collected for it is still there."""
    if not code:
        return None
    purpose = Purpose.objects.filter(code=code).first()
    if purpose is None:
        raise NoSuchPurpose
    return purpose


@transaction.atomic
def announce_lift(*, mark: UUID, by: Actor) -> Mark:
    """Tell the customer that the company is about to lift it (GDPR Art 18(3)). Repeating it changes nothing.

    Raises Unknown, OnlyTheirs.
    """
    row = held(mark)
    check_not_only_theirs(row)
    if row.lift_announced_at or row.lifted_at:
        return row
    row.lift_announced_at = clock.now()
    row.save(update_fields=["lift_announced_at"])
    tell("lift_announced", row, by)
    notifications.tell(kind="mark_lift_announced", key=f"mark.lift_announced:{row.id}", customer=row.customer)
    return row


@transaction.atomic
def lift(*, mark: UUID, by: Actor) -> Mark:
    """End it, once; repeating it changes nothing. The customer may at any time, staff after they have told them.

    Of an objection staff lift only one that was refused. Raises Unknown, NotAnnounced, OnlyTheirs.
    """
    row = held(mark)
    if row.lifted_at:
        return row
    if by.kind not in OWN:
        check_not_only_theirs(row)
        if row.lift_announced_at is None:
            raise NotAnnounced
    row.lifted_at = clock.now()
    row.save(update_fields=["lifted_at"])
    tell("lifted", row, by)
    return row


def check_not_only_theirs(mark: Mark) -> None:
    """The database knows more: whether the request of an objection was refused."""
    if mark.kind == MarkKind.LIMIT or (mark.kind == MarkKind.OBJECTION and mark.request is None):
        raise OnlyTheirs


def held(mark: UUID) -> Mark:
    customer = Mark.objects.filter(pk=mark).values_list("customer_id", flat=True).first()
    if customer is None:
        raise Unknown
    hold_unless_erased(customer)
    return Mark.objects.select_related("customer", "purpose").get(pk=mark)


def tell(event: str, mark: Mark, by: Actor) -> None:
    ledger.append(
        event=f"{mark.kind}.{event}",
        by=by,
        customer=mark.customer_id,
        object_type="mark",
        object=mark.id,
        purpose=mark.purpose.code if mark.purpose else "",
        outcome=mark.kind,
        details={"request": str(mark.request)} if mark.request else {},
    )
