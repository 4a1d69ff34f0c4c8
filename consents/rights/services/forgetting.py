"""What people wrote goes with them, and what was shown to ask for them; the request stays, as proof of its answer. With
a kind of data goes what was proposed to correct in it, and the copies that hold it."""

from typing import Any
from uuid import UUID

from django.db import transaction

from consents.catalogue.models import Category
from consents.ledger.rules import Actor
from consents.rights.models import FORGOTTEN, Correction, Package, RightsRequest, Words
from consents.rights.rules.answers import CORRECTIONS, WhyNotCorrected
from consents.rights.services.correcting import proposals
from consents.rights.services.packaging import empty
from consents.rights.services.recording import tell
from consents.vault.models import PartErasure


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


@transaction.atomic
def forget_part(erasure: PartErasure, by: Actor, **_: Any) -> None:
    """By signal, inside the erasure of part. A copy can be made anew, of what is left."""
    packages = Package.objects.filter(request__customer=erasure.customer_id, removed_at=None)
    for package in packages.select_related("request").order_by("pk"):
        empty(package)
        tell(package.request, "package_removed", by, "part_erased", package=str(package.pk))
    rows = RightsRequest.objects.filter(customer=erasure.customer_id, request_type__in=CORRECTIONS)
    for row in rows.exclude(scope=[]).order_by("pk"):
        if set(row.scope) <= set(erasure.deleted):
            refuse_values(row, erasure, by)
            Words.objects.filter(request=row, kind=Words.Kind.ASKED).delete()


def refuse_values(row: RightsRequest, erasure: PartErasure, by: Actor) -> None:
    """There is no entry any more that a value could be put into. The officer who erased decides so; in a restoration
    there is none, and nothing is left that could be decided on."""
    if row.is_answered or row.verified_at is None or erasure.confirmed_by_id is None:
        return
    decided = set(row.corrections.values_list("place", flat=True))
    for place, code, field, _right in proposals(row):
        if place not in decided:
            Correction.record(
                request=row,
                place=place,
                category=Category.objects.get(code=code),
                field=field,
                is_accepted=False,
                why_not=WhyNotCorrected.NO_ENTRY,
                decided_by_id=erasure.confirmed_by_id,
            )
            tell(row, "value_decided", by, "refused", place=place, category=code, field=field)
