"""CSV (RFC 4180, UTF-8) straight from COPY: every cell quoted, formulas escaped."""

import csv
import io
from collections.abc import Generator, Iterator
from typing import IO

from consents.exports.formats.query import Connection, Query, split_into_blocks

COPY = "COPY ({query}) TO STDOUT WITH (FORMAT csv, HEADER, FORCE_QUOTE *, ENCODING 'UTF8')"


def write_csv(connection: Connection, query: Query) -> Generator[tuple[bytes, int]]:
    """Yield the file in blocks. Closing the generator early, from any thread, ends the query."""
    sql = COPY.format(query=query.cells(guarded=True))
    with connection.cursor() as cursor, cursor.copy(sql, query.parameters) as copy:
        # The server sends a row at a time, and ends it with a line feed alone.
        yield from split_into_blocks((bytes(row[:-1]) + b"\r\n" for row in copy), headings=1)


def read_csv(file: IO[bytes]) -> Iterator[dict[str, str]]:
    text = io.TextIOWrapper(file, "utf-8", newline="")
    rows = csv.reader(text, strict=True)
    try:
        headings = next(rows, [])
        yield from (dict(zip(headings, row, strict=True)) for row in rows)
    except csv.Error as error:
        raise ValueError(str(error)) from None
    finally:
        text.detach()  # the caller closes the file
