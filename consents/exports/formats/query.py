"""The query that a format writes: rows of a dataset, as text cells or as typed values."""

import json
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO, Any

import psycopg

from consents.exports.describing import Column, Description

Connection = psycopg.Connection[Any]
BLOCK = 256 * 1024


@dataclass(frozen=True)
class Query:
    """The rows of a dataset under its filters. `values`: every other SQL parameter, including the period.

    `facts`: labels and values that say what was exported, by whom and why, for formats with room for them; `at`:
    when it was taken, which a document is dated with.
    """

    description: Description
    values: Mapping[str, Any]
    chosen: Mapping[str, str]
    personal: bool = False
    facts: Sequence[tuple[str, str]] = ()
    at: datetime = datetime(1980, 1, 1, tzinfo=UTC)

    @property
    def columns(self) -> list[Column]:
        return list(self.description.columns)

    @property
    def rows(self) -> str:
        return self.description.select(personal=self.personal, chosen=self.chosen)

    @property
    def parameters(self) -> dict[str, Any]:
        return {**self.values, **self.chosen}

    def cells(self, *, guarded: bool, in_pieces: bool = True) -> str:
        """Return SQL that selects every cell as text. `guarded`, `in_pieces`: as in `escape_formulas`."""
        cells = ", ".join(f"{one.in_cells(guarded=guarded, in_pieces=in_pieces)} AS {one.name}" for one in self.columns)
        return f"SELECT {cells} FROM ({self.rows}) AS r"


def read_cells(
    connection: Connection, query: Query, *, guarded: bool, in_pieces: bool = True
) -> Iterator[dict[str, str]]:
    """Yield each row as text, by the names of its columns. `guarded`, `in_pieces`: as in `escape_formulas`."""
    sql = f"COPY ({query.cells(guarded=guarded, in_pieces=in_pieces)}) TO STDOUT"
    names = query.description.names
    with connection.cursor() as cursor, cursor.copy(sql, query.parameters) as copy:
        for row in copy.rows():
            yield dict(zip(names, (cell or "" for cell in row), strict=True))


def split_into_blocks(lines: Iterable[bytes], *, headings: int) -> Iterator[tuple[bytes, int]]:
    """Yield the headings at once, then blocks of about 256 KiB, each with its number of rows."""
    block, rows = bytearray(), -headings
    for line in lines:
        block += line
        rows += 1
        if len(block) >= BLOCK or rows == 0:
            yield bytes(block), rows
            block, rows = bytearray(), 0
    if block:
        yield bytes(block), rows


# CSV with control characters as quote and delimiter, which JSON never contains: each row passes unquoted.
COPY = "COPY ({query}) TO STDOUT WITH (FORMAT csv, QUOTE E'\\x01', DELIMITER E'\\x02', ENCODING 'UTF8')"


def write_json_lines(connection: Connection, query: Query) -> Generator[tuple[bytes, int]]:
    values = ", ".join(f"{column.in_json()} AS {column.name}" for column in query.columns)
    sql = COPY.format(query=f"SELECT row_to_json(o) FROM (SELECT {values} FROM ({query.rows}) AS r) AS o")
    with connection.cursor() as cursor, cursor.copy(sql, query.parameters) as copy:
        yield from split_into_blocks(map(bytes, copy), headings=0)


def read_json_lines(file: IO[bytes]) -> Iterator[dict[str, str]]:
    for line in file:
        if not line.endswith(b"\n"):
            raise ValueError("The file ends in the middle of a row.")
        yield {name: render_cell(value) for name, value in json.loads(line, parse_float=str).items()}


def render_cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return " ".join(value)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value)
