"""Turn a query set into SQL as Django does, without asking of each of its columns what kind of thing it is.

A page of staff asks forty query sets. Most of what each is made of are plain columns, and most select those of one
model, all of them, which are the same each time.
"""

from functools import cache
from typing import Any, cast

from django.db.backends.postgresql import compiler, operations
from django.db.models.expressions import Col

type Selected = tuple[list[Any], dict[str, Any] | None, dict[str, int]]
NOTHING_DEFERRED: tuple[frozenset[str], bool] = (frozenset(), True)


@cache
def quote_column(table: str, column: str) -> str:
    """Kept: a table's name in a query is its own or a letter with a number."""
    return f'"{table}"."{column}"'


@cache
def find_writer(kind: type) -> str:
    """Return the name of the method that writes what is of this kind."""
    return "as_postgresql" if hasattr(kind, "as_postgresql") else "as_sql"


def selects_one_model_whole(query: Any) -> bool:
    """And nothing besides: no annotation, no related model, no parent's columns."""
    return (
        query.default_cols
        and not (query.select_related or query.annotations or query.extra or query.selected is not None)
        and query.deferred_loading == NOTHING_DEFERRED
        and not query.model._meta.parents
    )


class QuickCompiler:
    query: Any
    connection: Any

    def get_select(self, with_col_aliases: bool = False) -> Selected:
        """Find what was selected of this model before, under the same name; nobody changes what is returned."""
        django: Any = super()
        if with_col_aliases or not selects_one_model_whole(self.query):
            return cast(Selected, django.get_select(with_col_aliases))
        known: dict[str, Selected] = vars(self.query.model._meta).setdefault("selected_whole", {})
        alias = self.query.get_initial_alias()
        if alias not in known:
            known[alias] = django.get_select()
        return known[alias]

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
