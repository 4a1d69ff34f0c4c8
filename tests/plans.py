"""Ask for a plan that depends neither on what earlier tests left in the tables nor on when they were counted."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import QuerySet

from tests.world.owners import acting_as_owner

FORGET = [
    "SELECT pg_clear_relation_stats('public', name) FROM unnest(%s::text[]) AS name",
    "SELECT pg_clear_attribute_stats('public', tablename, attname, inherited) FROM pg_stats WHERE tablename = ANY(%s)",
]


def explain(rows: QuerySet, tables: Collection[str], *, without: Collection[str]) -> str:
    """Explain how the database reads them, as if these tables had never been counted, and without some ways to read,
    such as `seqscan`.
    """
    with as_if_new(tables, without):
        plan: str = rows.explain()
    return plan


def explain_statement(
    statement: str, values: dict[str, Any], tables: Collection[str], *, without: Collection[str]
) -> str:
    """Explain in the same way what is asked in SQL."""
    with as_if_new(tables, without) as owner, owner.cursor() as cursor:
        cursor.execute(f"EXPLAIN {statement}", values)
        return "\n".join(line for (line,) in cursor.fetchall())


@contextmanager
def as_if_new(tables: Collection[str], without: Collection[str]) -> Iterator[BaseDatabaseWrapper]:
    """As the owner, until what was forgotten is there again."""
    with acting_as_owner() as owner, transaction.atomic():
        with owner.cursor() as cursor:
            for way in without:
                cursor.execute(f"SET LOCAL enable_{way} = off")
            for statement in FORGET:
                cursor.execute(statement, [list(tables)])
            for table in tables:
                # Rows of earlier tests make one index costlier than another that says the same.
                cursor.execute(f"REINDEX TABLE {table}")
        yield owner
        transaction.set_rollback(True)
