"""JSON Lines (UTF-8): one object per row, numbers, truth values, lists and nothing (null) as such."""

import json
from collections.abc import Generator, Iterator
from typing import IO, Any

from consents.exports.formats.query import Connection, Query, in_blocks

# As CSV with marks that JSON never holds: each row leaves the server as it is.
COPY = "COPY ({query}) TO STDOUT WITH (FORMAT csv, QUOTE E'\\x01', DELIMITER E'\\x02', ENCODING 'UTF8')"


def write(connection: Connection, query: Query) -> Generator[tuple[bytes, int]]:
    values = ", ".join(f"{one.in_json()} AS {one.name}" for one in query.columns)
    sql = COPY.format(query=f"SELECT row_to_json(o) FROM (SELECT {values} FROM ({query.rows}) AS r) AS o")
    with connection.cursor() as cursor, cursor.copy(sql, query.parameters) as copy:  # type: ignore[arg-type]
        yield from in_blocks(map(bytes, copy), headings=0)


def read(file: IO[bytes]) -> Iterator[dict[str, str]]:
    for line in file:
        if not line.endswith(b"\n"):
            raise ValueError("It ends in the middle of a row.")
        yield {name: as_cell(value) for name, value in json.loads(line, parse_float=str).items()}


def as_cell(value: Any) -> str:
    """As the same value reads in a cell of a table."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return " ".join(value)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value)
