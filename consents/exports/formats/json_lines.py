"""JSON Lines (UTF-8): one object per row; numbers, booleans, lists and null keep their JSON types."""

import json
from collections.abc import Generator, Iterator
from typing import IO, Any

from consents.exports.formats.query import Connection, Query, split_into_blocks

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
    """Return the text that the same value has in a cell of CSV or XLSX."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return " ".join(value)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value)
