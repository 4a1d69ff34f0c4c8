"""CSV (RFC 4180, UTF-8), straight from COPY: every cell in quotes, none a formula to a spreadsheet."""

import csv
import io
from collections.abc import Generator, Iterator
from typing import IO

from consents.exports.formats.query import Connection, Query, in_blocks

COPY = "COPY ({query}) TO STDOUT WITH (FORMAT csv, HEADER, FORCE_QUOTE *, ENCODING 'UTF8')"


def write(connection: Connection, query: Query) -> Generator[tuple[bytes, int]]:
    """Closing the generator early, from whatever thread, ends the query."""
    sql = COPY.format(query=query.cells(guarded=True))
    with connection.cursor() as cursor, cursor.copy(sql, query.parameters) as copy:  # type: ignore[arg-type]
        yield from in_blocks(map(bytes, copy), headings=1)


def read(file: IO[bytes]) -> Iterator[dict[str, str]]:
    text = io.TextIOWrapper(file, "utf-8", newline="")
    rows = csv.reader(text, strict=True)
    try:
        headings = next(rows, [])
        yield from (dict(zip(headings, row, strict=True)) for row in rows)
    except csv.Error as reason:
        raise ValueError(str(reason)) from None
    finally:
        text.detach()  # the file is its opener's to close
