"""Select what waits for a member of staff, once for the tile, the list behind it and the emails."""

from collections.abc import Callable, Sized
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.functional import lazy
from django.utils.text import capfirst

from consents.people.models import Acting, StaffMember

WAITS = "waits"  # in the address of a list
MOST_NEW = 50
NO_MEMBER = UUID(int=0)


class WorkCase(NamedTuple):
    """One thing that waits. `name` holds nothing personal: an email says it."""

    id: str
    name: str
    path: str


@dataclass(frozen=True)
class WaitingWork:
    """Things of one kind that wait for a member of staff.

    `is_own`: for them alone; else for whoever of their role takes it. `labels`: what a tile calls them, lazily by
    number. Rows are listed in the admin of their model, whose filter `waits` has `code` as a value; `url`: where they
    are listed instead. What no query set selects, a function of the member's id lists. `since`: the column with the
    moment since when one of them waits; without, no email tells of one alone, which it calls `noun`, or else as a tile
    does.
    """

    code: str
    rows: QuerySet[Any] | Callable[[UUID], Sized]
    labels: Any
    url: str = ""
    is_own: bool = False
    noun: Any = ""
    since: str = ""
    describe: Callable[[Any], str] = lambda found: str(found.pk)[:8]

    def get_list_path(self) -> str:
        return self.url or reverse(self.name_page("changelist"), query={WAITS: self.code})

    def name_page(self, view: str) -> str:
        """Return the name by which the admin knows a page of these rows."""
        rows: Any = self.rows
        return f"admin:{rows.model._meta.app_label}_{rows.model._meta.model_name}_{view}"

    def name_one(self) -> Any:
        """Return what an email calls one of them, in the language in which it is read."""
        return self.noun or lazy(lambda: capfirst(str(self.labels % {"number": 1})), str)()

    def list_new_cases(self, since: datetime) -> list[WorkCase]:
        """List what has begun to wait since then, the oldest first, MOST_NEW at most."""
        if not self.since or not isinstance(self.rows, QuerySet):
            return []
        begun = self.rows.filter(**{f"{self.since}__gt": since}).order_by(self.since, "pk")[:MOST_NEW]
        return [self.build_case(found) for found in begun]

    def build_case(self, found: Any) -> WorkCase:
        path = reverse(self.name_page("change"), args=[found.pk])
        return WorkCase(str(found.pk), self.describe(found), path)


@cache
def list_kinds(list_work: Callable[[StaffMember], list[WaitingWork]], role: str) -> list[WaitingWork]:
    """List what may wait for this role, whoever has it: a room says so from the role alone. The rows are nobody's."""
    return list_work(StaffMember(pk=NO_MEMBER, role=role))


def select_own_customers(user: UUID) -> QuerySet[Acting, UUID]:
    """Select the customers whom a user acts for, and whose matters are for others to decide."""
    return Acting.objects.filter(user=user, ends_at=None).values_list("customer", flat=True)
