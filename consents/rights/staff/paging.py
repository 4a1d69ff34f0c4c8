"""Page through the queue by the last row seen instead of counting: a page costs the same at any depth."""

from typing import Any
from uuid import UUID

from django.contrib.admin.views.main import PAGE_VAR, ChangeList
from django.db.models import Q, QuerySet
from django.db.models.expressions import Combinable
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import cached_property

from consents.rights.staff.notes import list_open_pages
from consents.rights.staff.queue import EVERYTHING_OPEN, choose_order

AFTER, BEFORE = "after", "before"
type Order = tuple[str, ...]


class KeyedChangeList(ChangeList):
    """A list whose page number is the row it goes on after, or ends before: `?p=after:ID`, `?p=before:ID`.

    Nothing is counted: whoever made up an address, or whose row is gone, is shown the first page.
    """

    later_url = earlier_url = ""

    def get_query_string(self, new_params: Any = None, remove: Any = None) -> str:
        """Return the address of a list. Without filters it says so, and does not open with the officer's first view."""
        found = super().get_query_string(new_params, remove)
        return found if found != "?" else f"?state={EVERYTHING_OPEN}"

    def url_for_result(self, result: Any) -> str:
        """Return the address of a row's page, next to the list's own."""
        return f"{self.list_path}{result.pk}/change/"

    def get_ordering(self, request: HttpRequest, queryset: QuerySet) -> list[str | Combinable]:
        return list(choose_order(request.GET))

    @cached_property
    def list_path(self) -> str:
        return reverse("admin:rights_rightsrequest_changelist")

    def get_results(self, request: Any) -> None:
        order = choose_order(request.GET)
        direction, place = parse_place(request.GET.get(PAGE_VAR, ""))
        names = [name.lstrip("-") for name in order]
        key = self.root_queryset.filter(pk=place).values(*names).first() if place else None
        is_back = key is not None and direction == BEFORE
        rows = self.queryset
        if key is not None:
            rows = rows.filter(is_behind(order, key, is_back=is_back))
        if is_back:
            rows = rows.reverse()
        # Sorted as ids alone: the rest is read for the rows of the page.
        ids = list(rows.values_list("pk", flat=True)[: self.list_per_page + 1])
        has_more, ids = len(ids) > self.list_per_page, ids[: self.list_per_page]
        read = self.root_queryset.in_bulk(ids)
        self.show_page([read[id] for id in (reversed(ids) if is_back else ids)])
        readers = list_open_pages(ids, request.user.staff_member)
        for rights_request in self.result_list:
            rights_request.readers = readers.get(rights_request.pk, [])
        self.link_pages(has_later=has_more or is_back, has_earlier=has_more if is_back else key is not None)

    def show_page(self, rows: list[Any]) -> None:
        self.result_list, self.result_count, self.full_result_count = rows, len(rows), None
        self.show_full_result_count = self.can_show_all = self.multi_page = False
        self.show_admin_actions = bool(rows)

    def link_pages(self, *, has_later: bool, has_earlier: bool) -> None:
        if self.result_list:
            first, last = self.result_list[0].pk, self.result_list[-1].pk
            self.later_url = self.get_query_string({PAGE_VAR: f"{AFTER}:{last}"}) if has_later else ""
            self.earlier_url = self.get_query_string({PAGE_VAR: f"{BEFORE}:{first}"}) if has_earlier else ""
        elif has_earlier or has_later:
            self.earlier_url = self.get_query_string({})


def parse_place(typed: str) -> tuple[str, UUID | None]:
    direction, _colon, id = typed.partition(":")
    try:
        return direction, UUID(id)
    except ValueError:
        return direction, None


def is_behind(order: Order, key: dict[str, Any], *, is_back: bool) -> Q:
    """Match rows behind the one with this key; with `is_back`, those in front of it."""
    behind, equal = Q(), Q()
    for name in order:
        column, is_falling = name.lstrip("-"), name.startswith("-")
        comparison = "lt" if is_falling != is_back else "gt"
        behind |= equal & Q(**{f"{column}__{comparison}": key[column]})
        equal &= Q(**{column: key[column]})
    return behind
