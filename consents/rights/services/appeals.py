"""Another officer decides about an answer again; reversed, it goes on as a request of its own with every check anew."""

from uuid import UUID, uuid4

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from consents.core import clock
from consents.ledger.rules import Actor
from consents.people.models import StaffMember
from consents.people.services.holding import check_not_erased
from consents.people.two_officers.refusals import NeedsSecondOfficer
from consents.rights import words
from consents.rights.fulfilment.correction import describe_proposals
from consents.rights.fulfilment.registry import get_fulfilment
from consents.rights.models import AppealDecision, RightsRequest, Statement
from consents.rights.refusals import NothingToAppeal
from consents.rights.rules.answers import Appealed
from consents.rights.rules.numbers import build_number
from consents.rights.services.emails import notify_requester
from consents.rights.services.filing import describe_terms, set_clocks
from consents.rights.services.recording import (
    append_rights_entry,
    check_stands_apart,
    get_request_kind,
    lock_for_officer,
    record_step,
)

# What a request that begins again after an appeal takes over from the one before it.
ASKED_AGAIN = ["customer", "regime", "jurisdiction", "request_type", "scope", "scope_from", "scope_until"]
ASKED_AGAIN += ["channel", "submitted_by", "agent_proof", "identity_needed"]


@transaction.atomic
def decide_appeal(
    *, rights_request: UUID, outcome: Appealed, text: str, officer: StaffMember, by: Actor
) -> RightsRequest:
    """Uphold the answer, or reverse it: then the right is filed anew, received with the appeal, with every check anew.

    Returns the request itself, or the one that follows it. Raises Unknown, NotAnOfficer, OwnMatter,
    NothingToAppeal, NeedsSecondOfficer, StoodForTheirCode, AlreadyErased, NoCalendar.
    """
    locked = lock_for_officer(rights_request, officer)
    if locked.appeal_outcome != Appealed.PENDING or outcome == Appealed.PENDING:
        raise NothingToAppeal
    if locked.handler_id == officer.pk:
        raise NeedsSecondOfficer(
            _("The officer who gave the answer cannot decide about it again: another officer must look at it.")
        )
    check_stands_apart(locked, officer)
    record_step(locked, AppealDecision, outcome=outcome, decided_at=clock.now(), decided_by=officer.user)
    words.store_statement(locked, Statement.Kind.DECIDED, {"text": text.strip()})
    following = build_following_request(locked) if outcome == Appealed.REVERSED else None
    append_rights_entry(
        locked, "appeal_decided", by, outcome, **({"followed_by": following.number} if following else {})
    )
    if following:
        file_following_request(following, locked, by)
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
        received_at=rights_request.appeal_at,
        **{name: getattr(rights_request, name) for name in ASKED_AGAIN},
    )
    set_clocks(following, get_request_kind(rights_request))
    return following


def file_following_request(following: RightsRequest, earlier: RightsRequest, by: Actor) -> None:
    asked = words.open_statement(earlier, Statement.Kind.ASKED)
    following.save(force_insert=True)
    words.store_statement(following, Statement.Kind.ASKED, asked)
    get_fulfilment(following).protect(following, by)
    details = describe_terms(following) | {"follows": earlier.number} | describe_proposals(asked)
    append_rights_entry(following, "filed", by, following.state, **details)
