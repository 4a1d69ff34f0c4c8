"""The pauses and objections that came with a request: placed, announced to end, lifted."""

from django.utils.translation import gettext as _

from consents.choices.models import Mark
from consents.choices.rules import MarkKind
from consents.choices.selectors import select_marks_of_request
from consents.choices.services import marking
from consents.choices.services.marking import OWN_ACTORS
from consents.core.durations import format_local_moment
from consents.law.identity import Level
from consents.law.kinds import Type
from consents.ledger.rules import Actor
from consents.rights.models import RightsRequest


def act_for_customer(by: Actor) -> Actor:
    """Let the portal carry out what staff typed in, on the word of the request: staff withdraw nothing themselves."""
    return by if by.kind in OWN_ACTORS else Actor("portal", channel="rights", evidence=by.evidence)


def place_mark(rights_request: RightsRequest, kind: MarkKind, by: Actor, purpose: str = "") -> None:
    """Stop a use, or every use without `purpose`. Repeating it changes nothing."""
    assert rights_request.customer_id
    marking.place_mark(
        customer=rights_request.customer_id,
        kind=kind,
        purpose=purpose,
        rights_request=rights_request.id,
        by=act_for_customer(by),
    )


def may_place_mark(rights_request: RightsRequest) -> bool:
    """Require a customer who is not erased and is known surely enough to stop a use.

    Where an appeal began the request anew, the check of the request before it counts.
    """
    if not rights_request.has_known_customer:
        return False
    before = rights_request.follows
    checked_at = rights_request.verified_at or (before and before.verified_at)
    return rights_request.identity_needed == Level.NOT_REQUIRED or checked_at is not None


def announce_end(rights_request: RightsRequest, by: Actor) -> None:
    """Tell the customer that the pause will end, before it does (GDPR Art 18(3)); an erased customer is not told."""
    if not rights_request.has_known_customer:
        return
    for mark in select_marks_of_request(rights_request.id):
        marking.announce_mark_lift(mark=mark.pk, by=by)


def lift_marks(rights_request: RightsRequest, by: Actor) -> None:
    """Lift everything the request had paused: the customer takes it back."""
    for mark in select_marks_of_request(rights_request.id):
        marking.lift_mark(mark=mark.pk, by=by)


def list_standing(rights_request: RightsRequest) -> list[Mark]:
    return [mark for mark in select_marks_of_request(rights_request.id) if mark.lifted_at is None]


def is_pause_standing(rights_request: RightsRequest) -> bool:
    """Return True while every use stands still for this request, whatever was answered."""
    return rights_request.request_type == Type.RESTRICTION and bool(list_standing(rights_request))


def describe_pause(rights_request: RightsRequest) -> str:
    """Say since when every use stands still for this request, or until when it did; empty where none did."""
    if rights_request.request_type != Type.RESTRICTION:
        return ""
    pause = select_marks_of_request(rights_request.id).filter(kind=MarkKind.RESTRICTION).first()
    if pause is None:
        return ""
    moments = {"first": format_local_moment(pause.placed_at), "last": format_local_moment(pause.lifted_at)}
    return (_("From %(first)s to %(last)s") if pause.lifted_at else _("Since %(first)s")) % moments
