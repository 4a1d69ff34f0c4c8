"""Reading requests that wait for the requester's manager, with their words opened."""

import json
from uuid import UUID

from django.db.models import Q, QuerySet

from consents.access.models import ProposedRequest
from consents.access.rules.agreement import ProposalState
from consents.core import sealing
from consents.people import keys


def seal_proposal_words(proposed: ProposedRequest, part: str, words: dict[str, str]) -> bytes:
    key = keys.open_customer_key(proposed.customer_id)
    return sealing.seal_value(key, json.dumps(words).encode(), str(proposed.pk), part)


def open_proposal_words(proposed: ProposedRequest, part: str) -> dict[str, str]:
    """Open the `words` of the request or the `reason` of a no; empty where there are none or the customer is erased."""
    sealed = proposed.sealed_words if part == "words" else proposed.sealed_reason
    text = keys.open_unless_erased(proposed.customer_id, sealed, str(proposed.pk), part)
    words: dict[str, str] = json.loads(text or "{}")
    return words


def select_proposals_of(member: UUID) -> QuerySet[ProposedRequest]:
    """Select what this member proposed, decided, or is to decide as the requester's manager."""
    return ProposedRequest.objects.filter(Q(staff=member) | Q(decided_by=member) | Q(pk__in=select_to_decide(member)))


def select_to_decide(member: UUID) -> QuerySet[ProposedRequest]:
    """Select what waits for this member as the requester's manager."""
    return ProposedRequest.objects.filter(
        state=ProposalState.WAITING, staff__staff_member__manager=member, staff__staff_member__manager__ended_at=None
    )


def select_without_manager() -> QuerySet[ProposedRequest]:
    """Select what waits for a manager who has left, or who is on record no longer."""
    gone = Q(staff__staff_member__manager=None) | Q(staff__staff_member__manager__ended_at__isnull=False)
    return ProposedRequest.objects.filter(gone, state=ProposalState.WAITING)
