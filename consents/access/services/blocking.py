"""The customer blocks a person, a team or everybody, and lifts it. What runs ends; new asks and looks are refused."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from consents.access import selectors
from consents.access.models import AccessRequest, Block
from consents.access.rules.blocks import CAUSE_OF_BLOCK, BlockKind, CannotBlockOneself, MemberHasLeft
from consents.access.services.ending import end_requests
from consents.access.signals import block_placed
from consents.core import clock
from consents.core.refusals import Unknown, get_or_refuse
from consents.ledger.rules import Actor
from consents.ledger.services import appending
from consents.notifications.services.queueing import confirm_act
from consents.people.models import Acting, StaffMember, User
from consents.people.services.holding import lock_existing_customer

CONFIRMATIONS = {
    "placed": _(
        "A person, a team or everybody was blocked: they can neither ask for your data nor look at it, unless a law "
        "requires it."
    ),
    "lifted": _("A block was ended: whoever it stopped may ask for your data again, unless another block stands."),
}


@transaction.atomic
def place_block(*, customer: UUID, kind: BlockKind, access_request: UUID | None = None, by: Actor) -> Block:
    """Block everybody, or the person or team that filed this request of the customer. Repeating it changes nothing.

    Pending requests of those it stops are denied and their running access ends, in this transaction. Raises Unknown
    (not theirs), AlreadyErased, CannotBlockOneself, MemberHasLeft.
    """
    lock_existing_customer(customer)
    whom = {} if kind == BlockKind.EVERYBODY else get_blocked_party(customer, kind, access_request)
    return save_block(customer, kind, whom, by)


def get_blocked_party(customer: UUID, kind: BlockKind, access_request: UUID | None) -> dict[str, Any]:
    requests = selectors.select_requests_of(customer).select_related("staff")
    asked = requests.filter(pk=access_request).first() if access_request else None
    if asked is None:
        raise Unknown
    if kind == BlockKind.TEAM:
        return {"team": asked.asked_team}
    if Acting.objects.filter(customer=customer, user=asked.staff, ends_at=None).exists():
        raise CannotBlockOneself
    if not StaffMember.objects.filter(user=asked.staff, ended_at=None).exists():
        raise MemberHasLeft
    return {"member": asked.staff}


@transaction.atomic
def place_block_again(*, customer: UUID, kind: BlockKind, member: UUID | None, team: str, by: Actor) -> Block | None:
    """Place again, after a restore, a block that the backup did not know; None if it does not know the member either.

    `by` names the original entry. Raises AlreadyErased.
    """
    lock_existing_customer(customer)
    blocked = User.objects.filter(pk=member).first() if member else None
    if member and blocked is None:
        return None
    return save_block(customer, kind, {"member": blocked, "team": team}, by)


def save_block(customer: UUID, kind: BlockKind, whom: dict[str, Any], by: Actor) -> Block:
    standing = Block.objects.filter(customer_id=customer, kind=kind, lifted_at=None)
    if same := standing.filter(member=whom.get("member"), team=whom.get("team", "")).first():
        return same
    block = Block.objects.create(customer_id=customer, kind=kind, **whom)
    append_block_entry("placed", block, by)
    stopped = AccessRequest.objects.filter(selectors.IsBlocked("customer_id", "staff_id"), customer_id=customer)
    end_requests(stopped, CAUSE_OF_BLOCK[kind], by)
    block_placed.send(sender=Block, customer=customer, kind=kind, by=by)
    return block


@transaction.atomic
def lift_block(*, block: UUID, customer: UUID, by: Actor) -> Block:
    """Let whom it stopped ask again; what it ended stays ended. Repeating it changes nothing.

    Raises Unknown (not theirs), AlreadyErased.
    """
    lock_existing_customer(customer)
    locked = get_or_refuse(Block.objects.select_for_update(of=("self",)).filter(pk=block, customer_id=customer))
    if locked.lifted_at is None:
        locked.lifted_at = clock.now()
        locked.save(update_fields=["lifted_at"])
        append_block_entry("lifted", locked, by)
    return locked


def append_block_entry(event: str, block: Block, by: Actor) -> None:
    """Append which person (by id) or team it is about: enough to rebuild the block from the ledger alone."""
    member = {"member": str(block.member_id)} if block.member_id else {}
    appending.append_entry(
        event=f"block.{event}",
        by=by,
        customer=block.customer_id,
        object_type="block",
        object=block.id,
        outcome=block.kind,
        details=member | ({"team": block.team} if block.team else {}),
    )
    confirm_act(customer=block.customer_id, act=CONFIRMATIONS[event], key=f"block.{event}:{block.id}", actor=by)
