"""What the database says of one customer, read once for all that is asked of it after an act."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from consents.access.models import AccessRequest, Answer, Assent, Grant, ProposedRequest
from consents.core import clock
from consents.disclosures.models import Opening
from consents.exemptions.models import Exemption
from consents.ledger.models import Entry
from consents.people.models import Customer


@dataclass
class Seen:
    """Of one moment; grants in order of their beginning."""

    now: datetime
    requests: list[AccessRequest]
    grants: list[Grant]
    answers: list[Answer]
    assents: list[Assent]
    exemptions: list[Exemption]
    proposals: list[ProposedRequest]
    openings: list[Opening]
    entries: list[Entry]

    def live(self, **about: UUID) -> set[str]:
        """Of which categories a grant is live, by what it rests on."""
        ((name, id),) = about.items()
        return {one.category.code for one in self.grants if getattr(one, name) == id and one.is_live(self.now)}


def read(customer: Customer) -> Seen:
    mine = {"customer": customer}
    return Seen(
        clock.now(),
        [*AccessRequest.objects.filter(**mine)],
        [*Grant.objects.filter(**mine).select_related("category").order_by("starts_at")],
        [*Answer.objects.filter(access_request__customer=customer)],
        [*Assent.objects.filter(**mine)],
        [*Exemption.objects.filter(**mine)],
        [*ProposedRequest.objects.filter(**mine)],
        [*Opening.objects.filter(**mine)],
        [*Entry.objects.filter(customer=customer.pk)],
    )
