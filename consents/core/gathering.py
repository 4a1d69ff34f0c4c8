"""Read everything that a page shows in one statement, from query sets that are built once.

Building a query set and its SQL costs Django more than PostgreSQL takes to answer it. A gathering is built and compiled
when it is first read, with stand-ins for the values, and from then on only asked: one prepared statement, whatever the
number of query sets. Their rules stay where they are, in the selectors.

    @define_gathering(customer=UUID)
    def home(customer: Any) -> Parts:
        return {"open": select_open_requests(customer, DatabaseNow())}

    read = home.read(customer=customer.pk)
    read.now, read["open"]

Nothing is kept between two readings but the SQL.
"""

import json
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Model, QuerySet
from django.db.models.expressions import RawSQL
from django.db.models.query import ModelIterable

from consents.core.model_building import ModelBuilder

type Parts = Mapping[str, QuerySet[Any, Any]]
MOST_COLUMNS = 100  # arguments of a function of PostgreSQL
# What stands in for a value while the SQL is compiled; the second is its place among the values of its type.
STAND_INS: dict[type, Callable[[int], Any]] = {
    UUID: lambda place: UUID(int=(0xFEED << 112) + place),
    int: lambda place: 1_987_650_000 + place,
    str: lambda place: f"stand-in {place}",
    datetime: lambda place: datetime.fromisoformat("1901-01-01T00:00:00Z") + timedelta(seconds=place),
}
# How a column is put into JSON where PostgreSQL's own way loses something, and how it is read.
WRITTEN = {
    "BinaryField": "encode({}, 'hex')",
    "DurationField": "(extract(epoch FROM {}) * 1000000)::bigint",
    "DecimalField": "{}::text",
}
READ: dict[str, Callable[[Any], Any]] = {
    "UUIDField": UUID,
    "DateTimeField": datetime.fromisoformat,
    "DateField": date.fromisoformat,
    "BinaryField": bytes.fromhex,
    "DecimalField": Decimal,
    "DurationField": lambda number: timedelta(microseconds=number),
}


@dataclass(frozen=True)
class Gathered:
    """`now`: the moment of the statement, by the database's clock."""

    now: datetime
    parts: Mapping[str, list[Any]]

    def __getitem__(self, name: str) -> list[Any]:
        return self.parts[name]


class Gathering:
    def __init__(self, build: Callable[..., Parts], slots: Mapping[str, type]) -> None:
        self.build, self.slots = build, slots
        self.lock, self.compiled = threading.Lock(), Compiled("", (), {})

    def read(self, **values: Any) -> Gathered:
        compiled = self.compiled if self.compiled.sql else self.compile()
        with connection.cursor() as cursor:
            cursor.execute(compiled.sql, compiled.fill_values(values))
            return compiled.build_parts(cursor.fetchone())

    def read_beside(self, statement: str, given: Sequence[Any], **values: Any) -> tuple[Gathered, tuple[Any, ...]]:
        """Read it together with another statement of at most one row, whose columns are None where there is none."""
        compiled = self.compiled if self.compiled.sql else self.compile()
        together = f"{compiled.sql}, beside.* FROM (SELECT) AS once LEFT JOIN ({statement}) AS beside ON true"
        with connection.cursor() as cursor:
            cursor.execute(together, [*compiled.fill_values(values), *given])
            row = cursor.fetchone()
        own = 1 + len(compiled.parts)
        return compiled.build_parts(row[:own]), row[own:]

    def compile(self) -> "Compiled":
        with self.lock:
            if not self.compiled.sql:
                stand_ins = {name: STAND_INS[kind](place) for place, (name, kind) in enumerate(self.slots.items())}
                self.compiled = compile_parts(self.build(**stand_ins), stand_ins)
        return self.compiled


def define_gathering(**slots: type) -> Callable[[Callable[..., Parts]], Gathering]:
    """Make a gathering of the function that builds its query sets; `slots`: the types of its arguments."""
    return lambda build: Gathering(build, slots)


def select_column(*parts: str, of: type[Model], column: str = "id", cast: str = "") -> RawSQL:
    """Select a column of the rows of earlier parts, for `…__in`."""
    place = [field.attname for field in of._meta.concrete_fields].index(column) + 1
    return RawSQL(" UNION ALL ".join(f'SELECT col{place}{cast} FROM "{part}"' for part in parts), ())


def load_rows(rows: Any) -> list[list[Any]]:
    loaded: list[list[Any]] = json.loads(rows) if isinstance(rows, str) else rows or []
    return loaded


@dataclass(frozen=True)
class Given:
    """A parameter of the SQL: the value of a slot, or one that never changes."""

    name: str = ""
    fixed: Any = None


@dataclass(frozen=True)
class Compiled:
    sql: str
    given: Sequence[Given]
    parts: Mapping[str, "CompiledPart"]

    def fill_values(self, values: Mapping[str, Any]) -> list[Any]:
        return [values[given.name] if given.name else given.fixed for given in self.given]

    def build_parts(self, row: Sequence[Any]) -> Gathered:
        now, *columns = row
        parts = zip(self.parts.items(), columns, strict=True)
        return Gathered(now, {name: part.build_objects(load_rows(rows)) for (name, part), rows in parts})


def compile_parts(parts: Parts, stand_ins: Mapping[str, Any]) -> Compiled:
    names = {(type(value), value): name for name, value in stand_ins.items()}
    compiled = {name: CompiledPart(name, rows) for name, rows in parts.items()}
    params = [param for part in compiled.values() for param in part.params]
    hashable = tuple(STAND_INS)
    given = [Given(names.get((type(param), param), "")) if isinstance(param, hashable) else Given() for param in params]
    filled = [slot if slot.name else Given(fixed=param) for slot, param in zip(given, params, strict=True)]
    if missing := set(stand_ins) - {slot.name for slot in filled}:
        raise TypeError(f"The query sets of this gathering do not use: {', '.join(sorted(missing))}.")
    rows = ", ".join(part.rows_sql for part in compiled.values())
    columns = ", ".join(["portal.now()", *(part.column_sql for part in compiled.values())])
    return Compiled(f"WITH {rows} SELECT {columns}", filled, compiled)


class CompiledPart:
    """One query set as a column of the statement: a JSON array with an array for each row."""

    def __init__(self, name: str, rows: QuerySet[Any, Any]) -> None:
        self.rows, self.compiler = rows, rows.query.get_compiler(using=rows.db)
        sql, self.params = self.compiler.as_sql(with_col_aliases=True)
        kinds = [get_kind(expression.output_field) for expression, _sql, _alias in self.compiler.select]
        if len(kinds) > MOST_COLUMNS:
            raise TypeError(f"One part of a gathering has at most {MOST_COLUMNS} columns, not {len(kinds)}.")
        names = name_columns(alias for _expression, _sql, alias in self.compiler.select)
        written = [WRITTEN.get(kind, "{}").format(f'part."{name}"') for name, kind in zip(names, kinds, strict=True)]
        self.rows_sql = f'"{name}" AS MATERIALIZED ({sql})'
        self.column_sql = f'(SELECT json_agg(json_build_array({", ".join(written)}))::text FROM "{name}" AS part)'
        self.readers = [(place, READ[kind]) for place, kind in enumerate(kinds) if kind in READ]
        is_of_models = rows._iterable_class is ModelIterable
        self.builder = ModelBuilder(self.compiler.klass_info, self.compiler.select, rows.db) if is_of_models else None

    def build_objects(self, rows: list[list[Any]]) -> list[Any]:
        """Build what the query set would have returned: models with their related ones, or bare tuples."""
        for place, read in self.readers:
            known: dict[Any, Any] = {None: None}  # the same ids and moments come again and again
            for cells in rows:
                value = cells[place]
                if value not in known:
                    known[value] = read(value)
                cells[place] = known[value]
        if self.builder is None:
            return [tuple(cells) for cells in rows]
        built = [self.builder.build(cells) for cells in rows]
        for name, place in (self.compiler.annotation_col_map or {}).items():
            for model, cells in zip(built, rows, strict=True):
                setattr(model, name, cells[place])
        return built


def name_columns(aliases: Iterable[str | None]) -> list[str]:
    """Name the columns as the compiler does: by their alias, all others by number."""
    numbers = count(1)
    return [alias or f"col{next(numbers)}" for alias in aliases]


def get_kind(field: Any) -> str:
    while (target := getattr(field, "target_field", None)) is not None and target is not field:
        field = target
    return str(field.get_internal_type())
