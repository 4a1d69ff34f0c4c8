"""What the database says of one customer, read once for all that is asked of it after an act."""

from dataclasses import dataclass
from datetime import datetime
from types import SimpleNamespace
from uuid import UUID

from django.db import connection

from consents.access.models import AccessRequest, Assent, Grant
from consents.core import clock
from consents.exemptions.models import Exemption
from consents.people.models import Customer

# Of what no model's own rules are asked about: to make a query set and models of them takes longer than the act.
ANSWERS = """
SELECT access_request_id, decision, answered_at, answered_by_id
FROM access_answer WHERE access_request_id IN (SELECT id FROM access_accessrequest WHERE customer_id = %s)
"""
PROPOSALS = "SELECT id, state, access_request_id FROM access_proposedrequest WHERE customer_id = %s"
OPENINGS = "SELECT id, grant_id, opened_at FROM disclosures_opening WHERE customer_id = %s"
ENTRIES = "SELECT event, object_type, object, details FROM ledger_entry WHERE customer = %s"


@dataclass
class Seen:
    """Of one moment; grants in order of their beginning."""

    now: datetime
    requests: list[AccessRequest]
    grants: list[Grant]
    answers: list[SimpleNamespace]
    assents: list[Assent]
    exemptions: list[Exemption]
    proposals: list[SimpleNamespace]
    openings: list[SimpleNamespace]
    entries: list[SimpleNamespace]

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
        select(ANSWERS, customer),
        [*Assent.objects.filter(**mine)],
        [*Exemption.objects.filter(**mine)],
        select(PROPOSALS, customer),
        select(OPENINGS, customer),
        select(ENTRIES, customer),
    )


def select(query: str, customer: Customer) -> list[SimpleNamespace]:
    with connection.cursor() as cursor:
        cursor.execute(query, [customer.pk])
        names = [column.name for column in cursor.description]
        return [SimpleNamespace(**dict(zip(names, values, strict=True))) for values in cursor.fetchall()]
