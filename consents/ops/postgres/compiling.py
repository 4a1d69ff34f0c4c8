"""Turn a query set into SQL as Django does, without asking of each of its columns what kind of thing it is.

A page of staff asks forty query sets. Most of what each is made of are plain columns, and most select those of one
model, all of them, which are the same each time.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

from django.db.backends.postgresql import compiler, operations
from django.db.models.expressions import Col

type Columns = tuple[list[Any], dict[str, Any] | None, dict[str, int]]
NOTHING_DEFERRED: tuple[frozenset[str], bool] = (frozenset(), True)


@dataclass
class WholeSelect:
    """All columns of one model: as they are selected, and what turns each into a value, once it was found."""

    columns: Columns
    converters: dict[int, Any] | None = None


@cache
def quote_column(table: str, column: str) -> str:
    """Kept: a table's name in a query is its own or a letter with a number."""
    return f'"{table}"."{column}"'


@cache
def find_writer(kind: type) -> str:
    """Return the name of the method that writes what is of this kind."""
    return "as_postgresql" if hasattr(kind, "as_postgresql") else "as_sql"


def selects_one_model_whole(query: Any) -> bool:
    """Return True if the query selects nothing else: no annotation, no related model, no parent's columns."""
    return (
        query.default_cols
        and not (query.select_related or query.annotations or query.extra or query.selected is not None)
        and query.deferred_loading == NOTHING_DEFERRED
        and not query.model._meta.parents
    )


def is_ordered_by_names(query: Any) -> bool:
    meta = query.get_meta().ordering if query.default_ordering else ()
    return all(isinstance(name, str) for name in (*query.extra_order_by, *query.order_by, *meta))


class QuickCompiler:
    query: Any
    connection: Any
    select: Any
    whole: WholeSelect | None = None

    def get_select(self, with_col_aliases: bool = False) -> Columns:
        """Find what was selected of this model before, under the same name; nobody changes what is returned."""
        django: Any = super()
        if with_col_aliases or not selects_one_model_whole(self.query):
            return cast(Columns, django.get_select(with_col_aliases))
        known: dict[str, WholeSelect] = vars(self.query.model._meta).setdefault("selected_whole", {})
        alias = self.query.get_initial_alias()
        if alias not in known:
            known[alias] = WholeSelect(django.get_select())
        self.whole = known[alias]
        return self.whole.columns

    def get_converters(self, expressions: Iterable[Any]) -> dict[int, Any]:
        django: Any = super()
        if self.whole is None:
            return cast(dict[int, Any], django.get_converters(expressions))
        if self.whole.converters is None:
            self.whole.converters = django.get_converters(expressions)
        return self.whole.converters

    def _order_by_pairs(self) -> Any:
        """Django makes a reference to each column first; a plain one is never meant by the name of an order."""
        django: Any = super()
        if self.whole is None or not is_ordered_by_names(self.query):
            return django._order_by_pairs()
        kept, self.select = self.select, None
        try:
            return list(django._order_by_pairs())
        finally:
            self.select = kept

    def compile(self, node: Any) -> tuple[str, Any]:
        kind = node.__class__
        if kind is Col and node.alias:
            return quote_column(node.alias, node.target.column), ()
        written: tuple[str, Any] = getattr(node, find_writer(kind))(self, self.connection)
        return written


class SQLCompiler(QuickCompiler, compiler.SQLCompiler): ...


class SQLAggregateCompiler(QuickCompiler, compiler.SQLAggregateCompiler): ...


class SQLDeleteCompiler(QuickCompiler, compiler.SQLDeleteCompiler): ...


class SQLInsertCompiler(QuickCompiler, compiler.SQLInsertCompiler): ...


class SQLUpdateCompiler(QuickCompiler, compiler.SQLUpdateCompiler): ...


class QuickOperations(operations.DatabaseOperations):
    compiler_module = __name__
