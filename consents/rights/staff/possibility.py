"""Tell when each act of an officer on a rights request is possible."""

from django.http import HttpRequest

from consents.core import clock
from consents.rights.confirmations import is_identity_open
from consents.rights.fulfilment.erasure import find_hold, find_proposed_part, has_proposed_erasure
from consents.rights.fulfilment.registry import get_fulfilment
from consents.rights.models import RightsRequest
from consents.rights.rules.answers import State
from consents.rights.services.recording import get_request_kind


def is_open(rights_request: RightsRequest) -> bool:
    return rights_request.state != State.ANSWERED


def is_running(rights_request: RightsRequest) -> bool:
    return is_open(rights_request) and rights_request.waiting_since is None


def needs_identity(rights_request: RightsRequest) -> bool:
    return is_open(rights_request) and is_identity_open(rights_request)


def can_extend(rights_request: RightsRequest) -> bool:
    return (
        is_running(rights_request)
        and get_request_kind(rights_request).extended is not None
        and rights_request.extended_to is None
        and rights_request.register.due_at >= clock.now()
    )


def can_ask(rights_request: RightsRequest) -> bool:
    return is_running(rights_request) and not rights_request.has_erased_customer


def has_open_question(rights_request: RightsRequest) -> bool:
    return is_open(rights_request) and rights_request.clarification_set.filter(reply=None).exists()


def is_answerable(rights_request: RightsRequest) -> bool:
    """Return True if it is known who asks, where that is needed, and where their data lies. Whom nobody needs to know
    may turn out to be nobody whose data we hold."""
    is_searched = not get_request_kind(rights_request).searches or rights_request.search_set.exists()
    return is_running(rights_request) and not needs_identity(rights_request) and is_searched


def can_refuse(rights_request: RightsRequest) -> bool:
    return is_running(rights_request) and bool(
        get_fulfilment(rights_request).list_reasons(rights_request, is_whole=True)
    )


def can_propose_erasure(rights_request: RightsRequest) -> bool:
    """Return False once proposed: then it is another officer's turn."""
    is_known = (
        get_fulfilment(rights_request).is_erasure
        and rights_request.verified_at is not None
        and not rights_request.scope
    )
    is_new = is_known and is_running(rights_request) and not has_proposed_erasure(rights_request)
    return is_new and not is_erasure_on_hold(rights_request)


def can_propose_part(rights_request: RightsRequest) -> bool:
    is_known = get_fulfilment(rights_request).is_erasure and rights_request.verified_at is not None
    is_new = is_known and is_running(rights_request) and find_proposed_part(rights_request) is None
    return is_new and not is_erasure_on_hold(rights_request)


def has_proposed_part(rights_request: RightsRequest) -> bool:
    return is_running(rights_request) and find_proposed_part(rights_request) is not None


def can_erase_part(rights_request: RightsRequest) -> bool:
    """Return False under a hold placed after the proposal, which can still be cancelled."""
    return has_proposed_part(rights_request) and not is_erasure_on_hold(rights_request)


# Erasing the whole customer, or a part: a colleague erases what one officer proposed.
PROPOSALS = ("propose_erasure", "propose_part")


def is_erasure_proposed(rights_request: RightsRequest) -> bool:
    """Tell whether erasing a part or the whole customer waits for a second officer."""
    return find_proposed_part(rights_request) is not None or has_proposed_erasure(rights_request)


def is_erasure_on_hold(rights_request: RightsRequest) -> bool:
    return get_fulfilment(rights_request).is_erasure and find_hold(rights_request) is not None


def is_for_colleagues(act: str, rights_request: RightsRequest, request: HttpRequest) -> bool:
    """Tell whether another officer must do it: delete what this one proposed, which they may only cancel, or decide
    about the answer that this one gave. The service refuses all the same."""
    if act == "decide_appeal":
        return rights_request.handler_id == request.user.pk
    proposed = find_proposed_part(rights_request) if act == "erase_part" else None
    return proposed is not None and proposed.proposed_by_id == request.user.pk
