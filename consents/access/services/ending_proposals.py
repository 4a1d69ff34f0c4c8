"""End requests that wait for a manager: taken back, or ended with what they rest on."""

from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from consents.access import rules
from consents.access.models import AccessRequest, Grant, ProposedRequest
from consents.access.rules import ProposalState, RequestState
from consents.access.rules.causes import WORDS, EndCause, build_cause_details
from consents.access.services.proposing import append_proposed_entry, lock_proposal, notify_of_proposal_end
from consents.core import clock
from consents.core.refusals import get_or_refuse
from consents.ledger.rules import Actor
from consents.ledger.services import appending
from consents.people.models import StaffMember
from consents.people.two_officers.refusals import AlreadyDecided


@transaction.atomic
def take_proposal_back(*, proposed_request: UUID, member: StaffMember, by: Actor) -> ProposedRequest:
    """Take one's own waiting request back; repeating it changes nothing. Raises Unknown, AlreadyDecided."""
    own = ProposedRequest.objects.filter(pk=proposed_request, staff=member.pk)
    appending.lock_people(get_or_refuse(own.values_list("customer_id", flat=True)))
    proposed = lock_proposal(proposed_request)
    if proposed.state == ProposalState.ENDED:
        return proposed
    if proposed.state != ProposalState.WAITING:
        raise AlreadyDecided(rules.NO_LONGER_WAITING)
    end_proposal(proposed, EndCause.TAKEN_BACK, by)
    return proposed


def lock_customers(
    requests: QuerySet[AccessRequest], proposals: QuerySet[ProposedRequest], grants: QuerySet[Grant]
) -> None:
    """Lock in one go whom all are about, by ascending id: the requests end first, then the proposals, and then, in the
    room above, what runs of these grants without an answer.
    """
    unasked = grants.filter(exemption__isnull=False, ended_at=None).values_list("customer_id", flat=True)
    waiting = proposals.filter(state=ProposalState.WAITING).values_list("customer_id", flat=True)
    if customers := {*waiting, *unasked}:
        is_open = Q(state=RequestState.PENDING) | Q(grants__in=Grant.objects.filter(ended_at=None))
        appending.lock_people(*customers.union(requests.filter(is_open).values_list("customer_id", flat=True)))


def end_proposals(proposals: QuerySet[ProposedRequest], cause: EndCause, by: Actor) -> None:
    """End what still waits for a manager, one customer after the other, inside an act that ends its ground."""
    waiting = proposals.filter(state=ProposalState.WAITING).order_by("customer_id", "pk")
    for id, customer in list(waiting.values_list("pk", "customer_id")):
        appending.lock_people(customer)
        proposed = lock_proposal(id)
        if proposed.state == ProposalState.WAITING:
            end_proposal(proposed, cause, by)
            if cause != EndCause.STAFF_ENDED:  # their email about it tells of everything at once
                notify_of_proposal_end(proposed, WORDS[cause].staff)


def end_proposal(proposed: ProposedRequest, cause: EndCause, by: Actor) -> None:
    proposed.state, proposed.decided_at = ProposalState.ENDED, clock.now()
    proposed.save(update_fields=["state", "decided_at"])
    append_proposed_entry("proposed_request.ended", proposed, by, **build_cause_details(cause))
