"""Place and lift marks of restriction, objection and limit. What a mark covers is not used from that moment on."""

from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from consents.catalogue.models import Purpose
from consents.choices.models import Mark
from consents.choices.rules import MarkKind
from consents.choices.services.recording import NoSuchPurpose
from consents.choices.signals import mark_placed
from consents.core import clock
from consents.core.refusals import NotPermitted, Refusal, get_or_refuse
from consents.ledger.rules import Actor
from consents.ledger.services import appending
from consents.notifications.services import queueing
from consents.people.services.holding import check_not_own_matter, lock_existing_customer
from consents.systems.services import queue_webhooks

OWN_ACTORS = frozenset({"customer", "representative"})


class NotLiftedByStaff(NotPermitted):
    sentence = _("Only the customer can lift a limit, or an objection that was not refused.")


class LiftNotAnnounced(Refusal):
    sentence = _("Tell the customer first: announce it, then lift it.")


@transaction.atomic
def place_mark(
    *, customer: UUID, kind: MarkKind, by: Actor, purpose: str = "", rights_request: UUID | None = None
) -> Mark:
    """Pause every use (restriction), stop one purpose or, without one, all that may be objected to (objection), or keep
    sensitive data for what the customer allows each time (limit); at once.

    Each `rights_request` places its own, so that none falls with another's. Access that runs for it ends in this
    transaction. Repeating it adds nothing. Raises NoSuchPurpose, AlreadyErased, OwnMatter.
    """
    lock_existing_customer(customer)
    # Retired or not: data collected for it still exists.
    about = Purpose.objects.filter(code=purpose).first() if purpose else None
    if purpose and about is None:
        raise NoSuchPurpose
    same = Mark.objects.filter(customer_id=customer, kind=kind, purpose=about, request=rights_request)
    standing = same.filter(lifted_at=None).first()
    if standing:
        return standing
    check_stands_apart_from(customer, by)
    mark = Mark.objects.create(customer_id=customer, kind=kind, purpose=about, request=rights_request)
    append_mark_entry("placed", mark, by)
    mark_placed.send(sender=Mark, customer=customer, kind=kind, purpose=about, by=by)
    queue_mark_webhooks("placed", mark)
    return mark


@transaction.atomic
def announce_mark_lift(*, mark: UUID, by: Actor) -> Mark:
    """Tell the customer that the company is about to lift it (GDPR Art 18(3)). Repeating it changes nothing.

    Raises Unknown, NotLiftedByStaff, OwnMatter.
    """
    locked = lock_mark(mark)
    check_staff_may_lift(locked)
    if locked.lift_announced_at or locked.lifted_at:
        return locked
    check_stands_apart_from(locked.customer_id, by)
    locked.lift_announced_at = clock.now()
    locked.save(update_fields=["lift_announced_at"])
    append_mark_entry("lift_announced", locked, by)
    queueing.notify(kind="mark_lift_announced", key=f"mark.lift_announced:{locked.id}", customer=locked.customer)
    return locked


@transaction.atomic
def lift_mark(*, mark: UUID, by: Actor) -> Mark:
    """Lift a mark; repeating it changes nothing. The customer may at any time, staff after announcing it.

    Staff can lift an objection only if it was refused. Raises Unknown, LiftNotAnnounced, NotLiftedByStaff,
    OwnMatter.
    """
    locked = lock_mark(mark)
    if locked.lifted_at:
        return locked
    if by.kind not in OWN_ACTORS:
        check_staff_may_lift(locked)
        if locked.lift_announced_at is None:
            raise LiftNotAnnounced
    check_stands_apart_from(locked.customer_id, by)
    locked.lifted_at = clock.now()
    locked.save(update_fields=["lifted_at"])
    append_mark_entry("lifted", locked, by)
    queue_mark_webhooks("lifted", locked)
    return locked


def check_stands_apart_from(customer: UUID, by: Actor) -> None:
    """Refuse staff who act for the customer; what they do as the customer is theirs to do. Raises OwnMatter."""
    if by.kind == "staff":
        check_not_own_matter(UUID(by.id), customer)


def check_staff_may_lift(mark: Mark) -> None:
    """Refuse staff. The database also checks that the request of an objection was refused."""
    if mark.kind == MarkKind.LIMIT or (mark.kind == MarkKind.OBJECTION and mark.request is None):
        raise NotLiftedByStaff


def lock_mark(mark: UUID) -> Mark:
    customer = get_or_refuse(Mark.objects.filter(pk=mark).values_list("customer_id", flat=True))
    lock_existing_customer(customer)
    return Mark.objects.select_related("customer", "purpose").get(pk=mark)


def queue_mark_webhooks(event: str, mark: Mark) -> None:
    code = mark.purpose.code if mark.purpose else ""
    queue_webhooks(kind=f"{mark.kind}.{event}", customer=mark.customer_id, purpose=code, record=mark.pk)


def append_mark_entry(event: str, mark: Mark, by: Actor) -> None:
    appending.append_entry(
        event=f"{mark.kind}.{event}",
        by=by,
        customer=mark.customer_id,
        object_type="mark",
        object=mark.id,
        purpose=mark.purpose.code if mark.purpose else "",
        outcome=mark.kind,
        details={"request": str(mark.request)} if mark.request else {},
    )
