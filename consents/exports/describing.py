"""How a dataset is described: its columns in their order, where its rows come from, what can be filtered."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from consents.exports.cells import safe, safe_json


class Type(StrEnum):
    """What the cells of a column are. MOMENT: RFC 3339 in UTC; DAY: ISO 8601; LIST: codes; HASH: hexadecimal."""

    UUID = "UUID"
    CODE = "code"
    TEXT = "text"
    MOMENT = "datetime"
    DAY = "date"
    INTEGER = "integer"
    DECIMAL = "decimal"
    YES_NO = "boolean"
    HASH = "SHA-256"
    LIST = "list of codes"
    JSON = "JSON object"


JSON_OBJECT = "a JSON object"
# What the type of the expression in SQL already keeps from being a formula; no number of ours is negative.
INERT = {Type.UUID, Type.MOMENT, Type.DAY, Type.INTEGER, Type.DECIMAL, Type.YES_NO, Type.HASH, Type.JSON}


@dataclass(frozen=True)
class Column:
    """One column. `sql`: an expression of the column's type (LIST: text[], HASH: bytea, JSON: jsonb).

    `source`: the clause that asks for it. `values`: what it may hold, where that is a list. `personal`: empty unless
    personal columns were asked for. `inert`: why no cell can be a formula, where its type does not say so already.
    """

    name: str
    type: Type
    sql: str
    source: str
    meaning: str
    values: Sequence[str] = ()
    personal: bool = False
    inert: str = ""

    @property
    def is_inert(self) -> bool:
        return self.type in INERT or bool(self.inert)

    @property
    def is_json(self) -> bool:
        """Behind its first brace may stand what somebody typed."""
        return self.type == Type.JSON or self.inert == JSON_OBJECT

    def in_cells(self, *, guarded: bool, in_pieces: bool = True) -> str:
        """SQL of the cell as text, of the row `r`; `guarded`: no spreadsheet takes it for a formula, `in_pieces`: nor
        a piece of it, where the table is split at the wrong letter."""
        cell = CELLS.get(self.type, "{}").format(f"r.{self.name}")
        if guarded and in_pieces and self.is_json:
            return safe_json(cell)
        return safe(cell, in_pieces=in_pieces) if guarded and not self.is_inert else cell

    def in_json(self) -> str:
        """SQL of the value with its own type, of the row `r`."""
        if self.type == Type.LIST and not self.is_inert:
            return (
                f"(SELECT array_agg({safe('one')} ORDER BY n) FROM unnest(r.{self.name}) WITH ORDINALITY AS u(one, n))"
            )
        value = JSON_VALUES.get(self.type, "{}").format(f"r.{self.name}")
        return value if self.is_inert else safe(value)


CELLS = {
    Type.MOMENT: "btrim(to_json({})::text, '\"')",
    Type.YES_NO: "{}::text",
    Type.LIST: "array_to_string({}, ' ')",
    Type.HASH: "encode({}, 'hex')",
    Type.JSON: "{}::text",
}
JSON_VALUES = {Type.HASH: "encode({}, 'hex')"}


@dataclass(frozen=True)
class Filter:
    """Only rows whose `sql` equals what was chosen. `values`: code and label of each choice, or what tells them."""

    name: str
    label: Any
    sql: str
    values: Sequence[tuple[str, Any]] | Callable[[], Sequence[tuple[str, Any]]]

    @property
    def choices(self) -> Sequence[tuple[str, Any]]:
        return self.values() if callable(self.values) else self.values

    @property
    def codes(self) -> list[str]:
        return [code for code, _label in self.choices]


def nothing_more() -> dict[str, Any]:
    return {}


@dataclass(frozen=True)
class Description:
    """A dataset. `version` grows whenever a column is added, moved or means something else.

    `rows`: FROM and WHERE; it names the bounds %(first)s and %(last)s. `order`: names of columns by which every row has
    one place, and is known again in a later export. `groups`: GROUP BY, if any. `parameters`: what else `rows` and
    columns name, besides %(zone)s, the zone whose days count.
    """

    name: str
    version: int
    title: Any
    about: Any
    columns: Sequence[Column]
    rows: str
    order: Sequence[str]
    filters: Sequence[Filter] = ()
    parameters: Callable[[], Mapping[str, Any]] = field(default=nothing_more)
    law: str = ""
    groups: str = ""

    @property
    def names(self) -> list[str]:
        return [column.name for column in self.columns]

    @property
    def has_personal(self) -> bool:
        return any(column.personal for column in self.columns)

    def select(self, *, personal: bool, chosen: Mapping[str, str]) -> str:
        """SQL of the rows, each value with its own type. `chosen` names filters; their values are parameters."""
        cells = ", ".join(
            f"{one.sql if personal or not one.personal else 'NULL'} AS {one.name}" for one in self.columns
        )
        conditions = "".join(f" AND {one.sql} = %({one.name})s" for one in self.filters if one.name in chosen)
        sql = {column.name: column.sql for column in self.columns}
        order = ", ".join(sql[name] for name in self.order)
        # OFFSET 0: worked out once, however often a cell is looked at further out.
        return f"SELECT {cells} {self.rows}{conditions} {self.groups} ORDER BY {order} OFFSET 0"
