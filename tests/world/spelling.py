"""Rows of the database as plain data, with what was read beside them, to compare two ways of reading."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Model

from consents.catalogue.models import Notice


def spell_out(row: Model, seen: tuple[Model, ...] = ()) -> dict[str, Any]:
    """Every column, every related row and every prefetched list; a row that leads back to one above is its key."""
    if row in seen:
        return {"pk": row.pk}
    seen = (*seen, row)
    said = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
    said = {name: bytes(value) if isinstance(value, memoryview) else value for name, value in said.items()}
    lists = getattr(row, "_prefetched_objects_cache", {})
    return said | {name: spell_out_list(rows, seen) for name, rows in lists.items()} | spell_out_related(row, seen)


def spell_out_related(row: Model, seen: tuple[Model, ...]) -> dict[str, Any]:
    related = {name: value for name, value in row._state.fields_cache.items() if isinstance(value, Model)}
    return {name: spell_out(value, seen) for name, value in related.items() if value not in seen}


def spell_out_list(rows: Iterable[Model], seen: tuple[Model, ...]) -> list[dict[str, Any]]:
    """In the order of their model; by key where it has none, or where nobody reads them in order, as the languages of a
    version."""
    listed = list(rows)
    is_ordered = any(row._meta.ordering and not isinstance(row, Notice) for row in listed)
    return spell_out_all(listed if is_ordered else sorted(listed, key=lambda row: str(row.pk)), seen)


def spell_out_all(rows: Iterable[Model], seen: tuple[Model, ...] = ()) -> list[dict[str, Any]]:
    return [spell_out(row, seen) for row in rows]
