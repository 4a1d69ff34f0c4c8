"""Insert rows by statements that are made once: Django takes longer to build an INSERT than PostgreSQL to run it."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from django.db import connection
from django.db.models import AutoField, Field, Model
from django.db.models.expressions import DatabaseDefault

type AnyField = Field[Any, Any]


def insert_row(instance: Model) -> None:
    """Insert a new row as `save(force_insert=True)` does, without signals, and set what the database has chosen."""
    model = type(instance)
    given = tuple(field for field in model._meta.concrete_fields if not is_left_to_database(instance, field))
    statement, chosen = build_insert(model, given)
    values = [field.get_db_prep_save(field.pre_save(instance, True), connection) for field in given]
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        made = cursor.fetchone() if chosen else ()
    for field, value in zip(chosen, made, strict=True):
        setattr(instance, field.attname, value)
    instance._state.adding, instance._state.db = False, connection.alias


def is_left_to_database(instance: Model, field: AnyField) -> bool:
    value = getattr(instance, field.attname)
    return isinstance(value, DatabaseDefault) or (value is None and isinstance(field, AutoField))


@cache
def build_insert(model: type[Model], given: Sequence[AnyField]) -> tuple[str, Sequence[AnyField]]:
    """Build the statement, and list the fields that it returns: those that the database chooses."""
    chosen = [field for field in model._meta.concrete_fields if field not in given]
    table, places = connection.ops.quote_name(model._meta.db_table), ", ".join(["%s"] * len(given))
    returned = f" RETURNING {render_columns(chosen)}" if chosen else ""
    return f"INSERT INTO {table} ({render_columns(given)}) VALUES ({places}){returned}", chosen


def render_columns(fields: Sequence[AnyField]) -> str:
    return ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
