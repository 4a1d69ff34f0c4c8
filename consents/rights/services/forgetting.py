"""Forget what erased customers wrote and the documents shown for them; the request stays, as proof of its answer.

With a kind of data go the corrections proposed in it."""

from typing import Any
from uuid import UUID

from django.db import transaction

from consents.catalogue.models import Category
from consents.ledger.rules import Actor
from consents.rights.fulfilment.correction import list_proposals
from consents.rights.fulfilment.registry import list_types
from consents.rights.models import FORGOTTEN, Correction, Draft, RightsRequest, Statement
from consents.rights.rules.answers import WhyNotCorrected
from consents.rights.services.recording import append_rights_entry
from consents.vault.models import PartErasure

# Words that may repeat the values proposed for a kind of data that is erased.
FORGOTTEN_WITH_PART = [Statement.Kind.ASKED, Statement.Kind.QUESTION, Statement.Kind.REPLY, Statement.Kind.NOTE]


@transaction.atomic
def forget_words(*, customer: UUID, **_: Any) -> None:
    """Delete what the customer wrote. By signal, inside the erasure, whose entry tells of it."""
    Statement.objects.filter(customer=customer).delete()
    Draft.objects.filter(customer=customer).delete()


@transaction.atomic
def forget_proofs(customer: UUID, by: Actor, **_: Any) -> None:
    """Keep that a document was shown, not which one. By signal, inside the erasure."""
    for rights_request in RightsRequest.objects.filter(customer=customer).exclude(agent_proof__in=["", FORGOTTEN]):
        rights_request.agent_proof = FORGOTTEN
        rights_request.save(update_fields=["agent_proof"])
        append_rights_entry(rights_request, "proof_forgotten", by)


@transaction.atomic
def forget_part(erasure: PartErasure, by: Actor, **_: Any) -> None:
    """Refuse and forget proposals for kinds of data that were erased. By signal, inside the erasure of part.

    A letter that was begun may hold what is erased: it goes too.
    """
    Draft.objects.filter(customer=erasure.customer_id).delete()
    rows = RightsRequest.objects.filter(customer=erasure.customer_id, request_type__in=list_types("has_proposals"))
    for rights_request in rows.exclude(scope=[]).order_by("pk"):
        if set(rights_request.scope) <= set(erasure.deleted):
            refuse_values(rights_request, erasure, by)
            theirs = Statement.objects.filter(rights_request=rights_request)
            theirs.filter(kind__in=FORGOTTEN_WITH_PART).delete()


def refuse_values(rights_request: RightsRequest, erasure: PartErasure, by: Actor) -> None:
    """Refuse proposed values: no entry is left to put them into. The officer who erased decides so; in a restoration
    there is none, and nothing is left that could be decided on."""
    if rights_request.is_answered or rights_request.verified_at is None or erasure.confirmed_by_id is None:
        return
    decided = set(rights_request.correction_set.values_list("place", flat=True))
    for place, code, field, _right in list_proposals(rights_request):
        if place not in decided:
            Correction.record(
                rights_request=rights_request,
                place=place,
                category=Category.objects.get(code=code),
                field=field,
                is_accepted=False,
                why_not=WhyNotCorrected.NO_ENTRY,
                decided_by_id=erasure.confirmed_by_id,
            )
            append_rights_entry(rights_request, "value_decided", by, "refused", place=place, category=code, field=field)
