"""Another officer decides about an answer again; reversed, it goes on as a request of its own with every check anew."""

from typing import Any
from uuid import UUID, uuid4

from django.db import transaction

from consents.core import clock
from consents.ledger.rules import Actor, moment
from consents.people.models import StaffMember
from consents.people.services.holding import OFFICERS, check_not_erased, check_officer
from consents.rights import words
from consents.rights.models import RightsRequest, Words
from consents.rights.rules.answers import Appealed, State
from consents.rights.rules.clocks import day_of
from consents.rights.rules.kinds import Level
from consents.rights.rules.numbers import number_of
from consents.rights.services import at_once
from consents.rights.services.filing import set_clocks
from consents.rights.services.recording import held, kind, tell, zone
from consents.rights.services.refusals import NothingToAppeal, TheSameOfficer
from consents.rights.services.telling import write_to


@transaction.atomic
def decide_appeal(*, request: UUID, outcome: Appealed, text: str, officer: StaffMember, by: Actor) -> RightsRequest:
    """Upheld, or reversed: then the right is filed anew, received with the appeal, and every check begins again.

    Returns the request itself, or the one that follows it. Raises Unknown, NotAnOfficer, NothingToAppeal,
    TheSameOfficer, AlreadyErased, NoCalendar.
    """
    check_officer(officer, OFFICERS)
    row = held(request)
    if row.appeal_outcome != Appealed.PENDING or outcome == Appealed.PENDING:
        raise NothingToAppeal
    if row.handler_id == officer.pk:
        raise TheSameOfficer
    row.appeal_outcome, row.appeal_decided_at, row.appeal_decided_by = outcome, clock.now(), officer.user
    row.save(update_fields=["appeal_outcome", "appeal_decided_at", "appeal_decided_by"])
    words.put(row, Words.Kind.DECIDED, {"text": text.strip()})
    following = follow(row) if outcome == Appealed.REVERSED else None
    tell(row, "appeal_decided", by, outcome, **({"followed_by": following.number} if following else {}))
    if following:
        following.save(force_insert=True)
        words.put(following, Words.Kind.ASKED, words.read(row, Words.Kind.ASKED))
        at_once.protect(following, by)
        tell(following, "filed", by, following.state, **terms(following))
    write_to(row, "decided")
    return following or row


def follow(row: RightsRequest) -> RightsRequest:
    """The same right once more, unsaved: the clock runs from the appeal, and no check is carried over (I15)."""
    assert row.appeal_at
    if row.customer:
        check_not_erased(row.customer)
    id = uuid4()
    following = RightsRequest(
        id=id,
        number=number_of(id),
        follows=row,
        customer=row.customer,
        regime=row.regime,
        jurisdiction=row.jurisdiction,
        request_type=row.request_type,
        scope=row.scope,
        scope_from=row.scope_from,
        scope_until=row.scope_until,
        channel=row.channel,
        submitted_by=row.submitted_by,
        agent_proof=row.agent_proof,
        received_at=row.appeal_at,
        identity_needed=row.identity_needed,
        state=State.RECEIVED,
    )
    if following.identity_needed == Level.NOT_REQUIRED:
        following.verification_level = Level.NOT_REQUIRED
    set_clocks(following, kind(row), day_of(row.appeal_at, zone()))
    return following


def terms(following: RightsRequest) -> dict[str, Any]:
    assert following.follows
    asked = words.read(following.follows, Words.Kind.ASKED)
    return {
        "type": str(following.request_type),
        "regime": str(following.regime),
        "jurisdiction": following.jurisdiction,
        "channel": str(following.channel),
        "received_at": moment(following.received_at),
        "due_at": moment(following.due_at),
        "rule": following.due_rule,
        "follows": following.follows.number,
        "proposals": len(asked.get("proposals", [])),
    }
