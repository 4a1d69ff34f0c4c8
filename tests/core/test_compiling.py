"""SQL that is written sooner is Django's own, to the letter, whatever is asked of any model."""

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.db import connection
from django.db.backends.postgresql.compiler import SQLCompiler
from django.db.models import Count, F, Model, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from consents.ops.postgres.compiling import QuickCompiler


def write(rows: QuerySet) -> str:
    return str(rows.query.get_compiler("default").as_sql())


def write_as_django(rows: QuerySet) -> str:
    return str(SQLCompiler(rows.query, connection, "default").as_sql())


def list_query_sets(model: type[Model]) -> Iterator[QuerySet]:
    everything = model._default_manager.order_by("pk")
    first = model._meta.concrete_fields[0].attname
    yield from [everything, everything.reverse(), everything.values_list(), everything[:3]]
    yield from [
        everything.only(first),
        everything.defer(first),
        everything.distinct(),
        everything.exclude(pk__isnull=True)[:1],
    ]
    yield everything.annotate(same=F("pk"), one=Coalesce(Value(1), 2)).filter(~Q(same=None))
    yield everything.annotate(others=Subquery(everything.filter(pk=OuterRef("pk")).values("pk")[:1]))
    yield everything.filter(pk__in=everything.filter(pk__isnull=False)).annotate(how_many=Count("pk"))
    yield everything.extra(select={"more": "1"})
    for field in model._meta.concrete_fields:
        if field.is_relation:
            yield everything.select_related(field.name)
    for relation in model._meta.related_objects:
        yield everything.filter(**{f"{relation.name}__isnull": False})


def test_it_is_the_same_the_first_time_and_the_second(db, subtests):
    for model in apps.get_models():
        with subtests.test(model=model.__name__):
            asked = list(list_query_sets(model))
            expected = [write_as_django(rows) for rows in asked]
            assert [write(rows) for rows in asked] == expected
            assert [write(rows) for rows in asked] == expected


def find_converters(compiler: SQLCompiler) -> dict[int, list]:
    compiler.setup_query()
    found = compiler.get_converters([expression for expression, _sql, _alias in compiler.select])
    return {place: converters for place, (converters, _expression) in found.items()}


def test_values_are_read_as_django_reads_them(db, subtests):
    for model in apps.get_models():
        query = model._default_manager.all().query
        expected = find_converters(SQLCompiler(query, connection, "default"))
        with subtests.test(model=model.__name__):
            assert [find_converters(query.get_compiler("default")) for _ in range(2)] == [expected, expected]


@pytest.mark.parametrize("kind", ["SQLCompiler", "SQLAggregateCompiler", "SQLDeleteCompiler", "SQLInsertCompiler"])
def test_the_portal_writes_its_sql_so(db, kind):
    assert issubclass(connection.ops.compiler(kind), QuickCompiler)
