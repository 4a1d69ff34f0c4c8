"""Find signs that staff went round the customer, in the ledger and beside it. They accuse nobody: an officer looks.

Reads only; each sign names the moment, who acted and whose data it is about. `services/alerting` makes a case of each.
"""

import json
from dataclasses import asdict, dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from itertools import starmap
from typing import Any
from uuid import UUID, uuid5

from django.conf import settings
from django.db import connection
from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from consents.core.durations import WorkingHours

PERIOD = timedelta(days=90)
MOST_SIGNS = 200
ALERTS = UUID("5b0f7a44-6c1d-4a8e-9d0e-2f6a8c3b7e11")  # the names in it are the keys of signs
# So many customers under one case number of one member of staff are no longer one case.
CUSTOMERS_PER_CASE = 3
ALWAYS = WorkingHours(list(range(1, 8)), time.min, time.max)


class BypassKind(StrEnum):
    IN_THEIR_PLACE = "in_their_place"
    ADDRESS_CHANGED = "address_changed"
    OWN_ACCOUNT = "own_account"
    ONE_CASE = "one_case"
    CONFLICT = "conflict"
    OUTSIDE_HOURS = "outside_hours"


WORDS: dict[BypassKind, Promise] = {
    BypassKind.IN_THEIR_PLACE: _(
        "A member of staff acted in the customer’s place: claimed, answered, chose or represented."
    ),
    BypassKind.ADDRESS_CHANGED: _("A member of staff changed the customer’s address."),
    BypassKind.OWN_ACCOUNT: _("A member of staff opened data of an account they act for themselves."),
    BypassKind.ONE_CASE: _("One case number was used to ask about many customers."),
    BypassKind.CONFLICT: _("A member of staff opened data of a customer they are noted to know."),
    BypassKind.OUTSIDE_HOURS: _("A member of staff opened data outside working hours."),
}
FIND_SIGNS = """
WITH told AS (
    SELECT e.occurred_at, e.event, e.actor, e.customer,
           e.id::text AS key,
           CASE WHEN e.actor_kind IN ('customer', 'representative') OR e.event = 'access_request.answered'
                THEN 'in_their_place'
                WHEN e.event = 'customer.address_changed' THEN 'address_changed'
                ELSE 'own_account' END AS sign
    FROM ledger_entry AS e JOIN people_staffmember AS s ON s.user_id::text = e.actor
    WHERE e.occurred_at >= %(since)s AND e.customer IS NOT NULL
      AND (e.actor_kind IN ('customer', 'representative')
           OR e.actor_kind = 'staff' AND e.event = 'access_request.answered'
              AND NOT EXISTS (SELECT FROM access_callercode AS c
                              WHERE c.id::text = e.details::jsonb ->> 'caller_code' AND c.proof IS NOT NULL
                                AND c.access_request_id::text = e.object AND c.sent_by_id::text = e.actor)
           OR e.actor_kind = 'staff' AND e.event = 'customer.address_changed'
           OR e.event = 'vault.opened'
              AND EXISTS (SELECT FROM people_acting AS a WHERE a.user_id = s.user_id AND a.customer_id = e.customer)))
SELECT sign, occurred_at, actor::uuid, customer, event, key FROM told
UNION ALL
SELECT 'conflict', e.occurred_at, e.actor::uuid, e.customer, e.event, e.id::text
FROM ledger_entry AS noted JOIN ledger_entry AS e
    ON e.customer = noted.customer AND e.event = 'vault.opened' AND e.actor_kind = 'staff'
   AND e.occurred_at >= greatest(noted.occurred_at, %(since)s)
   AND e.actor = coalesce(noted.details::jsonb ->> 'staff', e.actor)
LEFT JOIN ledger_entry AS lifted
    ON lifted.object = noted.object AND lifted.object_type = 'conflict' AND lifted.event = 'conflict.lifted'
WHERE noted.object_type = 'conflict' AND noted.event = 'conflict.noted'
  AND (lifted.id IS NULL OR e.occurred_at < lifted.occurred_at)
UNION ALL
SELECT 'outside_hours', e.occurred_at, e.actor::uuid, e.customer, e.event, e.id::text
FROM ledger_entry AS e CROSS JOIN LATERAL (SELECT e.occurred_at AT TIME ZONE %(zone)s AS at) AS local
WHERE e.occurred_at >= %(since)s AND e.event = 'vault.opened' AND e.actor_kind = 'staff'
  AND e.object_type <> 'exemption'  -- an emergency has no hours
  AND NOT (extract(isodow FROM local.at) = ANY(%(days)s)
           AND local.at::time BETWEEN %(begins)s AND %(ends)s)
UNION ALL
SELECT 'one_case', max(r.filed_at), r.staff_id, NULL, r.case_number, r.staff_id || ' ' || r.case_number
FROM access_accessrequest AS r
WHERE r.filed_at >= %(since)s AND r.case_number <> ''
GROUP BY r.staff_id, r.case_number HAVING count(DISTINCT r.customer_id) >= %(customers)s
ORDER BY 2 DESC LIMIT %(most)s
"""


@dataclass(frozen=True)
class BypassSign:
    """`what`: the event of the ledger, or the case number. `customer`: None where it is about many.

    `key`: what the sign was found by; the same sign has the same at each run.
    """

    sign: BypassKind
    at: datetime
    staff: UUID
    customer: UUID | None
    what: str
    key: str

    @property
    def alert(self) -> UUID:
        """Return the id of the case that is made of this sign."""
        return uuid5(ALERTS, f"{self.sign} {self.key}")


def find_bypass_signs(now: datetime) -> list[BypassSign]:
    """Find the signs of the last 90 days, newest first, in one statement."""
    hours = settings.PORTAL_WORKING_HOURS or ALWAYS
    values: dict[str, Any] = {"since": now - PERIOD, "customers": CUSTOMERS_PER_CASE, "most": MOST_SIGNS}
    values |= {"zone": settings.PORTAL_TIME_ZONE} | asdict(hours)
    with connection.cursor() as cursor:
        cursor.execute(FIND_SIGNS, values)
        rows = cursor.fetchall()
    return [BypassSign(BypassKind(sign), *rest) for sign, *rest in rows]


# Read conflicts of interest: who of staff is noted to know which customer, so that their looks are signs.
#
# A conflict is its ledger entries, which nobody changes: noted, and lifted at most once.

# The type of object that the entries of a conflict name; the index `exemptions_conflict_once` holds them alone.
CONFLICT = "conflict"


class Closeness(TextChoices):
    """Name how a member of staff knows a customer."""

    COLLEAGUE = "colleague", _("The customer works here too")
    RELATIVE = "relative", _("They are related or live together")
    NEIGHBOUR = "neighbour", _("They are neighbours or friends")
    ONESELF = "oneself", _("It is their own record")


@dataclass(frozen=True)
class Conflict:
    """`staff`: None where every look of anybody is a sign. `lifted_at`: None while it stands."""

    id: UUID
    closeness: Closeness
    noted_at: datetime
    customer: UUID
    staff: UUID | None
    lifted_at: datetime | None

    @property
    def words(self) -> str:
        return str(self.closeness.label)


LIST_CONFLICTS = """
SELECT n.object, n.outcome, n.occurred_at, n.customer, n.details, l.occurred_at
FROM ledger_entry AS n LEFT JOIN ledger_entry AS l
    ON l.object = n.object AND l.event = 'conflict.lifted' AND l.object_type = 'conflict'
WHERE n.object_type = 'conflict' AND n.event = 'conflict.noted'
  AND (%(conflict)s::text IS NULL OR n.object = %(conflict)s)
  AND (%(customer)s::uuid IS NULL OR n.customer = %(customer)s)
ORDER BY l.id IS NOT NULL, n.id DESC LIMIT %(most)s
"""


def list_conflicts(most: int, *, conflict: UUID | None = None, customer: UUID | None = None) -> list[Conflict]:
    """List conflicts: those that stand first, each newest first."""
    values = {"conflict": conflict and str(conflict), "customer": customer, "most": most}
    with connection.cursor() as cursor:
        cursor.execute(LIST_CONFLICTS, values)
        return list(starmap(build_conflict, cursor.fetchall()))


def build_conflict(
    id: str, closeness: str, noted_at: datetime, customer: UUID, details: str, lifted_at: datetime | None
) -> Conflict:
    staff = json.loads(details).get("staff")
    return Conflict(UUID(id), Closeness(closeness), noted_at, customer, UUID(staff) if staff else None, lifted_at)


def get_conflict(conflict: UUID) -> Conflict | None:
    return next(iter(list_conflicts(1, conflict=conflict)), None)


def has_conflict(customer: UUID, closeness: Closeness, staff: UUID | None) -> bool:
    """Return True if this very conflict stands."""
    standing = list_conflicts(1000, customer=customer)
    return any((noted.closeness, noted.staff, noted.lifted_at) == (closeness, staff, None) for noted in standing)
