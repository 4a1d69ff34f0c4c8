"""Page through access requests, what waits first: by the indexes of both parts, since sorting reads every request."""

from typing import Any
from uuid import UUID

from django.core.paginator import Page

from consents.access import selectors
from consents.core.bounded_paging import BoundedPaginator


class DeadlinePaginator(BoundedPaginator):
    """List pending requests by their deadline, then the rest newest first.

    Django asks no paginator about a list that fits on one page: that one stands in the order of its query set, which
    must be the same.
    """

    def page(self, number: Any) -> Page[Any]:
        number = self.validate_number(number)
        first = (number - 1) * self.per_page
        ids = self.read_ids(first, min(first + self.per_page, self.count))
        rows: Any = self.object_list
        read = rows.order_by().in_bulk(ids)
        return Page([read[id] for id in ids if id in read], number, self)

    def read_ids(self, first: int, last: int) -> list[UUID]:
        rows: Any = self.object_list
        waiting, over = selectors.split_by_deadline(rows)
        ids = list(waiting.values_list("pk", flat=True)[first:last])
        if len(ids) < last - first:
            passed = 0 if ids else first - waiting.order_by()[:first].count()
            ids += over.values_list("pk", flat=True)[passed : passed + last - first - len(ids)]
        return ids
