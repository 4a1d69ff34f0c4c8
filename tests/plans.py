"""Ask for a plan that depends neither on what earlier tests left in the tables nor on when they were counted."""

from collections.abc import Collection

from django.db import transaction
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
    with acting_as_owner() as owner, transaction.atomic():
        with owner.cursor() as cursor:
            for way in without:
                cursor.execute(f"SET LOCAL enable_{way} = off")
            for statement in FORGET:
                cursor.execute(statement, [list(tables)])
            for table in tables:
                # Rows of earlier tests make one index costlier than another that says the same.
                cursor.execute(f"REINDEX TABLE {table}")
        plan: str = rows.explain()
        transaction.set_rollback(True)
    return plan
