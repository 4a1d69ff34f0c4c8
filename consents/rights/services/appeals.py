"""Another officer decides about an answer again; reversed, it goes on as a request of its own with every check anew."""

from typing import Any
from uuid import UUID, uuid4

from django.db import transaction

from consents.core import clock
from consents.law.clocks import get_local_day
from consents.ledger.rules import Actor, format_ledger_moment
from consents.people.models import StaffMember
from consents.people.services.holding import check_not_erased
from consents.rights import words
from consents.rights.fulfilment.correction import describe_proposals
from consents.rights.fulfilment.registry import get_fulfilment
from consents.rights.models import AppealDecision, RightsRequest, Statement
from consents.rights.refusals import NothingToAppeal, TheSameOfficer
from consents.rights.rules.answers import Appealed
from consents.rights.rules.numbers import build_number
from consents.rights.services.emails import notify_requester
from consents.rights.services.filing import set_clocks
from consents.rights.services.recording import (
    append_rights_entry,
    check_stands_apart,
    get_home_zone,
    get_request_kind,
    lock_for_officer,
    record_step,
)


@transaction.atomic
def decide_appeal(
    *, rights_request: UUID, outcome: Appealed, text: str, officer: StaffMember, by: Actor
) -> RightsRequest:
    """Uphold the answer, or reverse it: then the right is filed anew, received with the appeal, with every check anew.

    Returns the request itself, or the one that follows it. Raises Unknown, NotAnOfficer, OwnMatter,
    NothingToAppeal, TheSameOfficer, StoodForTheirCode, AlreadyErased, NoCalendar.
    """
    locked = lock_for_officer(rights_request, officer)
    if locked.appeal_outcome != Appealed.PENDING or outcome == Appealed.PENDING:
        raise NothingToAppeal
    if locked.handler_id == officer.pk:
        raise TheSameOfficer
    check_stands_apart(locked, officer)
    record_step(locked, AppealDecision, outcome=outcome, decided_at=clock.now(), decided_by=officer.user)
    words.store_statement(locked, Statement.Kind.DECIDED, {"text": text.strip()})
    following = build_following_request(locked) if outcome == Appealed.REVERSED else None
    append_rights_entry(
        locked, "appeal_decided", by, outcome, **({"followed_by": following.number} if following else {})
    )
    if following:
        following.save(force_insert=True)
        words.store_statement(following, Statement.Kind.ASKED, words.open_statement(locked, Statement.Kind.ASKED))
        get_fulfilment(following).protect(following, by)
        append_rights_entry(following, "filed", by, following.state, **build_following_details(following))
    notify_requester(locked, "decided")
    return following or locked


def build_following_request(rights_request: RightsRequest) -> RightsRequest:
    """Build the same right once more, unsaved: the clock runs from the appeal, and no check is carried over."""
    assert rights_request.appeal_at
    if rights_request.customer:
        check_not_erased(rights_request.customer)
    id = uuid4()
    following = RightsRequest(
        id=id,
        number=build_number(id),
        follows=rights_request,
        customer=rights_request.customer,
        regime=rights_request.regime,
        jurisdiction=rights_request.jurisdiction,
        request_type=rights_request.request_type,
        scope=rights_request.scope,
        scope_from=rights_request.scope_from,
        scope_until=rights_request.scope_until,
        channel=rights_request.channel,
        submitted_by=rights_request.submitted_by,
        agent_proof=rights_request.agent_proof,
        received_at=rights_request.appeal_at,
        identity_needed=rights_request.identity_needed,
    )
    set_clocks(following, get_request_kind(rights_request), get_local_day(rights_request.appeal_at, get_home_zone()))
    return following


def build_following_details(following: RightsRequest) -> dict[str, Any]:
    assert following.follows
    asked = words.open_statement(following.follows, Statement.Kind.ASKED)
    return {
        "type": str(following.request_type),
        "regime": str(following.regime),
        "jurisdiction": following.jurisdiction,
        "channel": str(following.channel),
        "received_at": format_ledger_moment(following.received_at),
        "due_at": format_ledger_moment(following.due_at),
        "rule": following.due_rule,
        "follows": following.follows.number,
    } | describe_proposals(asked)
