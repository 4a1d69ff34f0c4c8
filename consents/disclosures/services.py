"""The one reading function of the vault: records an opening, commits, then reads."""

import json
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from consents.core.refusals import Refusal, Unknown
from consents.core.sealing import CannotOpen
from consents.decisions import selectors as decisions
from consents.decisions.rules import Decision, Why
from consents.decisions.selectors import Scope
from consents.ledger import services as ledger
from consents.ledger.rules import Actor
from consents.ledger.services import Change
from consents.people import keys
from consents.people.models import Customer, CustomerKey
from consents.vault.services import opened_values


class MayNotLook(Refusal):
    """`why` is the evaluator's code. Carries the reason in words and no data."""

    status = 403

    def __init__(self, why: Why) -> None:
        super().__init__(str(SENTENCES[why]))
        self.why = why


class DoesNotOpen(Refusal):
    """A sealed value is not the one that was stored there."""

    sentence = _("Some of this data was damaged or moved, so none of it is shown. Please tell your privacy officer.")


SENTENCES = {
    Why.NO_GRANT: _("The customer has not allowed this."),
    Why.NOT_STAFF: _("Your staff account has ended, so you cannot look at customers’ data."),
    Why.TIME_OVER: _("The time the customer allowed is over."),
    Why.STOPPED: _("The customer stopped this access."),
    Why.WITHDRAWN: _("The customer withdrew consent for this purpose."),
    Why.ENDED_BY_COMPANY: _("The company ended this access."),
    Why.RESTRICTED: _("The customer asked us to pause the use of their data, so nobody may look at it."),
    Why.OBJECTED: _("The customer objected to this use of their data, so nobody may look at it."),
    Why.DELETED: _("This data was deleted for good."),
    Why.KEPT_BY_LAW: _("The customer asked to delete this data. It is kept for what a law asks, and for nothing else."),
}

RECORD = """
INSERT INTO disclosures_opening (id, kind, staff_id, customer_id, category_id, purpose_id, grant_id)
VALUES (%s, 'grant', %s, %s, %s, %s, %s) RETURNING id
"""
READ = """
SELECT id, sealed::text, kid, wrapped FROM vault_read(%s::uuid, %s::uuid, %s::bigint, %s::int)
JOIN people_customerkey ON customer_id = %s
"""


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
    too. At most `most` records; `is_cut` tells that there are more. Raises Unknown (not their grant), MayNotLook,
    DoesNotOpen.
    """
    opening = uuid4()
    scope, decision = record_opening(opening, grant, staff, by)
    if not decision.allowed or decision.until is None:
        raise MayNotLook(decision.why)
    records = read(opening, scope, most + 1)
    return Disclosure(opening, decision.until, records[:most], is_cut=len(records) > most)


@transaction.atomic(durable=True)
def record_opening(opening: UUID, grant: UUID, staff: UUID, by: Actor) -> tuple[Scope, Decision]:
    """Holds the customer, the grant, then the end of the customer's chain: who ends the grant comes before or after."""
    judged = decisions.may_look(grant=grant, staff=staff)
    if judged is None:
        raise Unknown
    scope, decision = judged
    recorded = Change(RECORD, (opening, staff, scope.customer, scope.category, scope.purpose, grant))
    ledger.append(
        event="vault.opened" if decision.allowed else "vault.opening_refused",
        by=by,
        customer=scope.customer,
        object_type="access_request",
        object=scope.request,
        purpose=scope.purpose_code,
        outcome=decision.why,
        details={"category": scope.category_code, "grant": str(grant)}
        | ({"opening": str(opening)} if decision.allowed else {}),
        change=recorded if decision.allowed else None,
    )
    return scope, decision


def read(opening: UUID, scope: Scope, most: int) -> list[dict[str, str]]:
    """The second transaction, one statement. Shows nothing when access ended in between: the policy asks again."""
    with connection.cursor() as cursor:
        cursor.execute(READ, [opening, scope.customer, scope.category, most, scope.customer])
        rows = cursor.fetchall()
    if not rows:
        return []
    try:
        key = keys.unwrapped(scope.customer, *rows[0][2:])
        return [opened_values(key, scope.customer, scope.category, row[0], json.loads(row[1])) for row in rows]
    except CannotOpen:
        raise DoesNotOpen from None


RECORD_OWN = "INSERT INTO disclosures_opening (id, kind, customer_id) VALUES (%s, 'own_copy', %s)"
READ_OWN = """
SELECT category_id, id, sealed::text FROM vault_record WHERE customer_id = %s ORDER BY category_id, position, id
"""


@dataclass(frozen=True)
class Own:
    """One record as its customer may have it."""

    id: UUID
    values: dict[str, str]


@dataclass(frozen=True)
class OwnCopy:
    """Everything the vault holds of a customer, by category; never cut."""

    opening: UUID
    records: dict[int, list[Own]]


def disclose_own(*, customer: UUID, by: Actor, request: UUID | None = None) -> OwnCopy:
    """Read what the vault holds of somebody, for themself. `by`: who acts for them; or the portal, for the rights
    request with this number, which must have been granted (kept by the database).

    Two transactions, as `disclose`. Raises Unknown (erased, or nobody), DoesNotOpen.
    """
    opening = uuid4()
    record_own_opening(opening, customer, request, by)
    return OwnCopy(opening, read_own(opening, customer))


@transaction.atomic(durable=True)
def record_own_opening(opening: UUID, customer: UUID, request: UUID | None, by: Actor) -> None:
    ledger.hold(customer)
    if not Customer.objects.filter(pk=customer, erased_at=None).exists():
        raise Unknown
    with connection.cursor() as cursor:
        cursor.execute(RECORD_OWN, [opening, customer])
    ledger.append(
        event="vault.own_copy",
        by=by,
        customer=customer,
        object_type="opening",
        object=opening,
        details={"opening": str(opening)} | ({"request": str(request)} if request else {}),
    )


@transaction.atomic
def read_own(opening: UUID, customer: UUID) -> dict[int, list[Own]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('portal.opening', %s, true)", [str(opening)])
        cursor.execute(READ_OWN, [customer])
        rows = cursor.fetchall()
    try:
        key = keys.of(customer)
        found: dict[int, list[Own]] = {}
        for category, id, sealed in rows:
            values = opened_values(key, customer, category, id, json.loads(sealed))
            found.setdefault(category, []).append(Own(id, values))
    except (CannotOpen, CustomerKey.DoesNotExist):
        raise DoesNotOpen from None
    return found
