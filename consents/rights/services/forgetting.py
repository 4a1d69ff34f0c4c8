"""What people wrote goes with them, and what was shown to ask for them; the request stays, as proof of its answer."""

from typing import Any
from uuid import UUID

from django.db import transaction

from consents.ledger.rules import Actor
from consents.rights.models import FORGOTTEN, RightsRequest, Words
from consents.rights.services.recording import tell


@transaction.atomic
def forget_words(*, customer: UUID, **_: Any) -> None:
    """By signal, inside the erasure, whose entry tells of it."""
    Words.objects.filter(request__customer=customer).delete()


@transaction.atomic
def forget_proofs(customer: UUID, by: Actor, **_: Any) -> None:
    """By signal, inside the erasure: that something was shown stays, not what."""
    for row in RightsRequest.objects.filter(customer=customer).exclude(agent_proof__in=["", FORGOTTEN]):
        row.agent_proof = FORGOTTEN
        row.save(update_fields=["agent_proof"])
        tell(row, "proof_forgotten", by)
