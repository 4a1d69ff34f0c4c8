"""The formats: each writes the rows of a query in blocks of about 256 KiB, and reads a file of its own back."""

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import IO

from consents.exports.formats import delimited, json_lines, workbook
from consents.exports.formats.query import Connection, Query
from consents.exports.kinds import Format

__all__ = ["FORMATS", "Kind", "Query"]

Block = tuple[bytes, int]


@dataclass(frozen=True)
class Kind:
    """`write`: blocks, each with the number of rows that it ends; headings are none. `read`: the rows of a file as text
    in each cell, in order. Raises ValueError for a file that is not whole."""

    content_type: str
    write: Callable[[Connection, Query], Generator[Block]]
    read: Callable[[IO[bytes]], Iterator[dict[str, str]]]


FORMATS = {
    Format.CSV: Kind("text/csv; charset=utf-8; header=present", delimited.write, delimited.read),
    Format.JSON_LINES: Kind("application/jsonl", json_lines.write, json_lines.read),
    Format.XLSX: Kind(
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", workbook.write, workbook.read
    ),
}
