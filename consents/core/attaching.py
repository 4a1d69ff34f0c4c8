"""Hand out rows that were gathered beside their parents, as prefetching does."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.db.models import Model, QuerySet


def attach_children(parents: Iterable[Model], name: str, children: Iterable[Any]) -> None:
    """Hand out rows as `prefetch_related(name)` does, also to the same parent read twice."""
    shared: dict[Any, list[Any]] = defaultdict(list)
    parents = list(parents)
    if not parents:
        return
    relation: Any = type(parents[0])._meta.get_field(name)
    for child in children:
        shared[getattr(child, relation.field.attname)].append(child)
    for parent in parents:
        mine = shared[parent.pk]
        for child in mine:
            relation.field.set_cached_value(child, parent)
        keep_rows(parent, name, relation.related_model, mine)


def attach_parents(children: Iterable[Any], name: str, parents: Iterable[Model]) -> None:
    """Hand out what a foreign key leads to, as `select_related(name)` does, but one object to all who share it."""
    by_key = {parent.pk: parent for parent in parents}
    for child in children:
        field = child._meta.get_field(name)
        if (parent := by_key.get(getattr(child, field.attname))) is not None:
            field.set_cached_value(child, parent)


def attach_linked_rows(parents: Iterable[Model], name: str, links: Iterable[Any]) -> None:
    """Hand out what `links`, rows of the table between, lead to, as `prefetch_related(name)` does for many to many."""
    parents = list(parents)
    if not parents:
        return
    field: Any = type(parents[0])._meta.get_field(name)
    shared: dict[Any, list[Any]] = defaultdict(list)
    for link in links:
        shared[getattr(link, f"{field.m2m_field_name()}_id")].append(getattr(link, field.m2m_reverse_field_name()))
    for parent in parents:
        keep_rows(parent, name, field.related_model, shared[parent.pk])


class ReadyRows(QuerySet[Any, Any]):
    """Rows of a relation that have been read. Whoever asks further asks the relation, of this parent alone."""

    def __init__(self, parent: Model, name: str, model: type[Model], rows: list[Any]) -> None:
        super().__init__(model)
        self.parent, self.name = parent, name
        self._result_cache, self._prefetch_done = rows, True

    def ask_anew(self) -> QuerySet[Any, Any]:
        manager: Any = getattr(self.parent, self.name)
        rows: QuerySet[Any, Any] = manager._apply_rel_filters(QuerySet(self.model))
        return rows

    def _clone(self) -> QuerySet[Any, Any]:
        return self.ask_anew()

    @property
    def query(self) -> Any:
        return self.ask_anew().query

    @query.setter
    def query(self, value: Any) -> None:
        raise TypeError("Rows that have been read are not asked in another way.")


def keep_rows(parent: Model, name: str, model: type[Model], rows: list[Any]) -> None:
    """Keep the rows of a relation at its parent, where its manager looks for them."""
    vars(parent).setdefault("_prefetched_objects_cache", {})[name] = ReadyRows(parent, name, model, rows)
