"""Find signs that staff went round the customer, in the ledger and beside it. They accuse nobody: an officer looks.

Reads only; each sign names the moment, who acted and whose data it is about. `services/alerting` makes a case of each.
"""

from dataclasses import asdict, dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid5

from django.conf import settings
from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from consents.core.working_hours import WorkingHours

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
