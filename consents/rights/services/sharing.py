"""The holders of a shared account ask together for what changes the account or takes its data away."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from consents.core.refusals import Refusal
from consents.ledger.rules import Actor
from consents.notifications.services.queueing import confirm_act
from consents.people.models import Acting, Erasure, JointAssent
from consents.people.selectors import list_required_holders
from consents.people.services.representing import end_joint_assents, list_missing_users, save_joint_assent
from consents.rights.fulfilment.registry import get_fulfilment, list_types
from consents.rights.models import RightsRequest
from consents.rights.refusals import AlreadyAnswered
from consents.rights.rules import State
from consents.rights.services.recording import append_rights_entry, lock_rights_request

RIGHT = JointAssent.Matter.RIGHT
ASSENTED = _(
    "You or someone who shares your account agreed to a privacy request. We carry it out once all of you have agreed. "
    "“Your rights” shows which."
)


class NothingToAgree(Refusal):
    sentence = _("This request needs no one’s agreement but that of the person who asked.")


class HoldersFirst(Refusal):
    sentence = _(
        "Several people share this account and must all agree to this. Until they have, it can only be refused."
    )


@transaction.atomic
def agree_to_request(*, rights_request: UUID, acting: Acting, by: Actor) -> RightsRequest:
    """Agree, as a holder of a shared account, to what another has asked for. Repeating it changes nothing.

    Raises Unknown (not theirs), AlreadyAnswered, NothingToAgree.
    """
    locked = lock_rights_request(rights_request, customer=acting.customer_id)
    if locked.is_answered:
        raise AlreadyAnswered
    if not acting.is_holding or not list_missing_holders(locked, None):
        raise NothingToAgree
    assent = save_joint_assent(acting.customer_id, RIGHT, str(locked.pk), acting.user_id)
    if assent is not None:
        append_rights_entry(locked, "assented", by, assent=str(assent.pk), capacity=acting.capacity)
        key = f"rights_request.assented:{assent.pk}"
        confirm_act(customer=acting.customer_id, act=ASSENTED, key=key, actor=by)
    return locked


def keep_assent_of_requester(rights_request: RightsRequest, by: Actor) -> dict[str, Any]:
    """Count asking as a yes where every holder must agree; return what the entry of the request then says."""
    if by.kind != "customer" or not list_missing_holders(rights_request, None):
        return {}
    assert rights_request.customer_id
    assent = save_joint_assent(rights_request.customer_id, RIGHT, str(rights_request.pk), UUID(by.id))
    return {"assent": str(assent.pk)} if assent else {}


def list_missing_holders(rights_request: RightsRequest, saying: UUID | None) -> frozenset[UUID]:
    """List the holders whose yes to this request is still missing beside that of `saying`."""
    if rights_request.customer_id is None or not get_fulfilment(rights_request).needs_every_holder:
        return frozenset()
    return list_missing_users(rights_request.customer_id, RIGHT, str(rights_request.pk), saying)


def count_agreed_holders(rights_request: RightsRequest) -> tuple[int, int]:
    """Count the holders who have agreed to an open request, and all who must; (0, 0) where nobody is asked."""
    is_joint = get_fulfilment(rights_request).needs_every_holder
    if rights_request.is_answered or rights_request.customer_id is None or not is_joint:
        return 0, 0
    number = len(list_required_holders(rights_request.customer_id, None))
    return (number - len(list_missing_holders(rights_request, None)), number) if number else (0, 0)


def end_assents_to_request(rights_request: RightsRequest) -> None:
    """End what holders have agreed to: the request is answered, inside that act."""
    if rights_request.customer_id and get_fulfilment(rights_request).needs_every_holder:
        end_joint_assents(rights_request.customer_id, RIGHT, [str(rights_request.pk)])


def check_every_holder(rights_request: RightsRequest) -> None:
    """Raise HoldersFirst while a holder of a shared account has not agreed."""
    if list_missing_holders(rights_request, None):
        raise HoldersFirst


def check_holders_of_erasure(customer: UUID, erasure: Erasure, **_: Any) -> None:
    """Refuse to erase what one holder alone has asked for. By signal, before anything goes. Raises HoldersFirst."""
    if erasure.reason != Erasure.Reason.REQUESTED or erasure.original:
        return
    waiting = RightsRequest.objects.filter(customer=customer, request_type__in=list_types("is_erasure"))
    open_requests = list(waiting.exclude(state=State.ANSWERED))
    if open_requests and all(list_missing_holders(open_request, None) for open_request in open_requests):
        raise HoldersFirst
