"""Hand out rows that were gathered beside their parents, as prefetching does."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, cast

from django.db.models import Model, QuerySet


def attach_children(parents: Iterable[Model], name: str, children: Iterable[Any], by: str = "") -> None:
    """Hand out rows as `prefetch_related(name)` does, also to the same parent read twice.

    `by`: the attribute of a row that names its parent, where it is not the field itself.
    """
    shared: dict[Any, list[Any]] = defaultdict(list)
    parents, field = list(parents), None
    if not parents:
        return
    relation: Any = type(parents[0])._meta.get_field(name)
    if not by:
        field = relation.field
        by = field.attname
    for child in children:
        shared[getattr(child, by)].append(child)
    for parent in parents:
        mine = shared[parent.pk]
        if field is not None:
            for child in mine:
                field.set_cached_value(child, parent)
        vars(parent).setdefault("_prefetched_objects_cache", {})[name] = build_ready_rows(relation.related_model, mine)


def attach_parents(children: Iterable[Any], name: str, parents: Iterable[Model]) -> None:
    """Hand out what a foreign key leads to, as `select_related(name)` does, but one object to all who share it."""
    by_key = {parent.pk: parent for parent in parents}
    for child in children:
        field = child._meta.get_field(name)
        if (parent := by_key.get(getattr(child, field.attname))) is not None:
            field.set_cached_value(child, parent)


def attach_linked(parents: Iterable[Model], name: str, links: Iterable[Any]) -> None:
    """Hand out what `links`, rows of the table between, lead to, as `prefetch_related(name)` does for many to many."""
    parents = list(parents)
    if not parents:
        return
    field: Any = type(parents[0])._meta.get_field(name)
    shared: dict[Any, list[Any]] = defaultdict(list)
    for link in links:
        shared[getattr(link, f"{field.m2m_field_name()}_id")].append(getattr(link, field.m2m_reverse_field_name()))
    for parent in parents:
        ready = build_ready_rows(field.related_model, shared[parent.pk])
        vars(parent).setdefault("_prefetched_objects_cache", {})[name] = ready


def build_ready_rows(model: Any, rows: list[Any]) -> QuerySet[Any]:
    """Build a query set that has its rows."""
    ready: Any = QuerySet(model)
    ready._result_cache, ready._prefetch_done = rows, True
    return cast(QuerySet[Any], ready)
