"""The one reading function of the vault: records an opening, commits, then reads."""

import json
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from consents.access.models import Grant
from consents.core import clock
from consents.core.refusals import Refusal, Unknown
from consents.decisions import selectors as decisions
from consents.decisions.rules import Decision, Why
from consents.ledger import services as ledger
from consents.ledger.rules import Actor
from consents.people import keys
from consents.vault.services import opened_values


class MayNotLook(Refusal):
    """`why` is the evaluator's code. Carries the reason in words and no data."""

    status = 403

    def __init__(self, why: Why) -> None:
        super().__init__(str(SENTENCES[why]))
        self.why = why


SENTENCES = {
    Why.NO_GRANT: _("The customer has not allowed this."),
    Why.NOT_STAFF: _("Your staff account has ended, so you cannot look at customers’ data."),
    Why.TIME_OVER: _("The time the customer allowed is over."),
    Why.STOPPED: _("The customer stopped this access."),
    Why.WITHDRAWN: _("The customer withdrew consent for this purpose."),
    Why.ENDED_BY_COMPANY: _("The company ended this access."),
}

RECORD = """
INSERT INTO disclosures_opening (id, kind, staff_id, customer_id, category_id, purpose_id, grant_id)
VALUES (%s, 'grant', %s, %s, %s, %s, %s)
"""
READ = "SELECT id, sealed FROM vault_record WHERE customer_id = %s AND category_id = %s ORDER BY position, id LIMIT %s"


@dataclass(frozen=True)
class Disclosure:
    """What was read: values by field key, one mapping per record, and until when more may be read."""

    opening: UUID
    until: datetime
    records: list[dict[str, str]]
    is_cut: bool


def disclose(*, grant: UUID, staff: UUID, by: Actor, most: int = 1000) -> Disclosure:
    """Read one category of one customer under one grant of this member of staff.

    Two transactions: the opening and its ledger entry are committed before the read, and a refused try is on record
    too. At most `most` records; `is_cut` tells that there are more. Raises Unknown (not their grant), MayNotLook.
    """
    opening = uuid4()
    row, decision = record_opening(opening, grant, staff, by)
    if not decision.allowed or decision.until is None:
        raise MayNotLook(decision.why)
    records = read(opening, row, most + 1)
    return Disclosure(opening, decision.until, records[:most], is_cut=len(records) > most)


@transaction.atomic(durable=True)
def record_opening(opening: UUID, grant: UUID, staff: UUID, by: Actor) -> tuple[Grant, Decision]:
    row = Grant.objects.select_related("purpose", "category").filter(pk=grant, staff=staff).first()
    if row is None:
        raise Unknown
    ledger.hold(row.customer_id)
    decision = decisions.may_look(
        staff=staff,
        customer=row.customer_id,
        category=row.category_id,
        purpose=row.purpose_id,
        grant=row.pk,
        now=clock.now(),
    )
    if decision.allowed:
        with connection.cursor() as cursor:
            cursor.execute(RECORD, [opening, staff, row.customer_id, row.category_id, row.purpose_id, row.pk])
    ledger.append(
        event="vault.opened" if decision.allowed else "vault.opening_refused",
        by=by,
        customer=row.customer_id,
        object_type="access_request",
        object=row.request_id,
        purpose=row.purpose.code,
        outcome=decision.why,
        details={"category": row.category.code, "grant": str(row.pk)}
        | ({"opening": str(opening)} if decision.allowed else {}),
    )
    return row, decision


@transaction.atomic(durable=True)
def read(opening: UUID, grant: Grant, most: int) -> list[dict[str, str]]:
    """The second transaction. Shows nothing when access ended in between: the policy asks again."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('portal.opening', %s, true)", [str(opening)])
        cursor.execute(READ, [grant.customer_id, grant.category_id, most])
        rows = cursor.fetchall()
    key = keys.of(grant.customer_id)
    return [
        opened_values(
            key, grant.customer_id, grant.category_id, id, json.loads(sealed) if isinstance(sealed, str) else sealed
        )
        for id, sealed in rows
    ]
