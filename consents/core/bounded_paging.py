"""Page through a list of any length without counting all of it."""

from functools import cached_property
from typing import Any

from django.core.paginator import Paginator

MOST = 1000  # the words beneath a longer list say this number


class BoundedPaginator(Paginator):
    """List the first thousand rows; `is_cut` tells that there are more, which a filter brings forward."""

    @cached_property
    def number_found(self) -> int:
        rows: Any = self.object_list
        number: int = rows.order_by()[: MOST + 1].count()
        return number

    @cached_property
    def count(self) -> int:
        return min(self.number_found, MOST)

    @property
    def is_cut(self) -> bool:
        return self.number_found > MOST
