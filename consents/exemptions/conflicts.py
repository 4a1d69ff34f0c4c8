"""Read conflicts of interest: who of staff is noted to know which customer, so that their looks are signs.

A conflict is its ledger entries, which nobody changes: noted, and lifted at most once.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from itertools import starmap
from uuid import UUID

from django.db import connection
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

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
