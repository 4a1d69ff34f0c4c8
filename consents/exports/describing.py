"""Describe a dataset: its columns in order, where its rows come from, and its filters."""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.utils.text import capfirst

from consents.exports.rules import Dataset, Format, escape_formulas, escape_json_formulas

FOR_PROGRAMS = (Format.CSV, Format.JSON_LINES, Format.XLSX)


class Type(StrEnum):
    """The type of a column. MOMENT: RFC 3339 in UTC; DAY: ISO 8601; LIST: codes; HASH: hexadecimal."""

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
# Types whose cells can never be formulas (none of our numbers is negative).
INERT = {Type.UUID, Type.MOMENT, Type.DAY, Type.INTEGER, Type.DECIMAL, Type.YES_NO, Type.HASH, Type.JSON}


@dataclass(frozen=True)
class Column:
    """A column. `sql`: an expression of its type (LIST: text[], HASH: bytea, JSON: jsonb).

    `source`: the clause of law that requires it. `values`: the codes it may hold, with their words where codes alone do
    not say it. `personal`: left empty unless the export includes personal columns. `inert`: why no cell can be a
    formula, where the type alone does not rule it out.
    """

    name: str
    type: Type
    sql: str
    source: str
    meaning: str
    values: Sequence[str] | Mapping[Any, Any] = ()
    personal: bool = False
    inert: str = ""

    @property
    def words(self) -> dict[str, str]:
        """The codes it may hold, each in words."""
        words: Mapping[Any, Any] = self.values if isinstance(self.values, Mapping) else {}
        return {str(code): str(words.get(code, code.replace("_", " "))) for code in self.values}

    @property
    def is_inert(self) -> bool:
        return self.type in INERT or bool(self.inert)

    @property
    def is_json(self) -> bool:
        """Tell whether cells are JSON, in which text that people typed may follow the first brace."""
        return self.type == Type.JSON or self.inert == JSON_OBJECT

    def in_cells(self, *, guarded: bool, in_pieces: bool = True) -> str:
        """Return SQL of the cell as text, for a row `r`. `guarded`, `in_pieces`: as in `escape_formulas`."""
        cell = CELLS.get(self.type, "{}").format(f"r.{self.name}")
        if guarded and in_pieces and self.is_json:
            return escape_json_formulas(cell)
        return escape_formulas(cell, in_pieces=in_pieces) if guarded and not self.is_inert else cell

    def in_json(self) -> str:
        """Return SQL of the value with its own type, for a row `r`."""
        if self.type == Type.LIST and not self.is_inert:
            items = f"unnest(r.{self.name}) WITH ORDINALITY AS u(item, n)"
            return f"(SELECT array_agg({escape_formulas('item')} ORDER BY n) FROM {items})"
        value = CELLS[Type.HASH].format(f"r.{self.name}") if self.type == Type.HASH else f"r.{self.name}"
        return value if self.is_inert else escape_formulas(value)


CHANGE_MARK = "changed_after_period"


def mark_changes(sql: str, meaning: str) -> Column:
    """Return the column in which a row says itself that it may differ from an earlier export of the period."""
    return Column(CHANGE_MARK, Type.YES_NO, sql, "own", meaning)


CELLS = {
    Type.MOMENT: "btrim(to_json({})::text, '\"')",
    Type.YES_NO: "{}::text",
    Type.LIST: "array_to_string({}, ' ')",
    Type.HASH: "encode({}, 'hex')",
    Type.JSON: "{}::text",
}


@dataclass(frozen=True)
class Filter:
    """Keep only rows whose `sql` equals the chosen code. `values`: (code, label) pairs or their source."""

    name: str
    label: Any
    sql: str
    values: Sequence[tuple[str, Any]] | Callable[[], Sequence[tuple[str, Any]]]

    @property
    def choices(self) -> Sequence[tuple[str, Any]]:
        return self.values() if callable(self.values) else self.values


@dataclass(frozen=True)
class Description:
    """A dataset. Raise `version` whenever a column is added, moved or changes its meaning.

    `rows`: FROM and WHERE, with the period as %(first)s and %(last)s. `order`: columns that give every row a unique
    place, so that a later export can be compared with it. `groups`: GROUP BY, if any. `parameters`: returns the other
    SQL parameters of `rows` and columns, besides %(zone)s, the zone whose days count. `formats`: where it is offered; a
    document only for a register of few rows that people read as a whole.
    """

    name: str
    about: Any
    columns: Sequence[Column]
    rows: str
    order: Sequence[str]
    version: int = 1
    filters: Sequence[Filter] = ()
    parameters: Callable[[], Mapping[str, Any]] = dict
    law: str = ""
    groups: str = ""
    formats: Sequence[Format] = FOR_PROGRAMS

    @property
    def title(self) -> str:
        return str(capfirst(Dataset(self.name).label))

    @property
    def names(self) -> list[str]:
        return [column.name for column in self.columns]

    @property
    def has_personal(self) -> bool:
        return any(column.personal for column in self.columns)

    def select(self, *, personal: bool, chosen: Mapping[str, str]) -> str:
        """Return SQL of the rows, typed. `chosen`: filters by name; their codes are SQL parameters."""
        cells = ", ".join(
            f"{column.sql if personal or not column.personal else 'NULL'} AS {column.name}" for column in self.columns
        )
        conditions = "".join(f" AND {only.sql} = %({only.name})s" for only in self.filters if only.name in chosen)
        sql = {column.name: column.sql for column in self.columns}
        order = ", ".join(sql[name] for name in self.order)
        # OFFSET 0 is an optimization fence: each cell is computed once, however often outer queries read it.
        return f"SELECT {cells} {self.rows}{conditions} {self.groups} ORDER BY {order} OFFSET 0"


NAME = "dictionary.csv"


def render_dictionary(description: Description) -> bytes:
    """Return the dictionary as CSV. Its cells are our own text, so none needs escaping as a formula."""
    text = io.StringIO(newline="")
    table = csv.writer(text, quoting=csv.QUOTE_ALL)
    table.writerow(["column", "type", "allowed_values", "personal", "source", "meaning"])
    for column in description.columns:
        personal = "only if asked for" if column.personal else ""
        table.writerow([column.name, column.type, ", ".join(column.values), personal, column.source, column.meaning])
    return text.getvalue().encode()
