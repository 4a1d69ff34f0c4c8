"""Second officers' work about people, and the filter that narrows any list to what waits for its reader."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy, ngettext_lazy

from consents.people import selectors
from consents.people.models import StaffMember
from consents.people.services.holding import OFFICERS
from consents.people.work import WAITS, WaitingWork, list_kinds, select_own_customers


def list_people_work(member: StaffMember) -> list[WaitingWork]:
    """List what colleagues proposed and this officer may decide."""
    if member.role not in OFFICERS:
        return []
    apart = {"customer__in": select_own_customers(member.pk)}
    return [
        WaitingWork(
            "erasures",
            selectors.select_proposed_erasures().exclude(proposed_by=member.pk).exclude(**apart),
            ngettext_lazy("erasure to check", "erasures to check", "number"),
            since="proposed_at",
        ),
        WaitingWork(
            "codes",
            selectors.select_open_claim_codes().exclude(proposed_by=member.pk).exclude(**apart),
            ngettext_lazy("claim code to check", "claim codes to check", "number"),
            since="proposed_at",
        ),
        WaitingWork(
            "rights",
            selectors.select_open_staff_proposals(member.pk),
            ngettext_lazy("change of rights to check", "changes of rights to check", "number"),
            since="proposed_at",
        ),
    ]


def build_waits_filter(list_work: Callable[[StaffMember], list[WaitingWork]]) -> type[Any]:
    """Build the filter of a list by what waits for its reader: the tile of the first page leads to it."""

    class WaitsFilter(admin.SimpleListFilter):
        title = gettext_lazy("waits for you")
        parameter_name = WAITS

        def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, str]]:
            kinds = list_kinds(list_work, request.user.staff_member.role)
            listed = [work for work in kinds if getattr(work.rows, "model", None) is model_admin.model]
            return [(work.code, str(work.labels % {"number": 2})) for work in listed]

        def queryset(self, request: Any, queryset: QuerySet) -> QuerySet:
            if self.value() not in dict(self.lookup_choices):
                return queryset
            waiting: dict[str, Any] = {work.code: work.rows for work in list_work(request.user.staff_member)}
            return queryset.filter(pk__in=waiting[str(self.value())].order_by().values("pk"))

    return WaitsFilter


WaitsFilter = build_waits_filter(list_people_work)
