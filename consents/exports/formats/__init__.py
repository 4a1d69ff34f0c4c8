"""Write the rows of a query as CSV, JSON Lines, XLSX or PDF in blocks of about 256 KiB, and read such files back."""

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import IO

from consents.exports.formats import comma_separated, papers, query, workbook
from consents.exports.formats.query import Connection, Query
from consents.exports.rules import Format

__all__ = ["FORMATS", "FormatHandler", "Query"]

Block = tuple[bytes, int]


@dataclass(frozen=True)
class FormatHandler:
    """`write` yields blocks with the number of rows each completes (headings do not count).

    `read` yields rows as text cells, in order, and raises ValueError for an incomplete file.
    """

    content_type: str
    write: Callable[[Connection, Query], Generator[Block]]
    read: Callable[[IO[bytes]], Iterator[dict[str, str]]]


FORMATS = {
    Format.CSV: FormatHandler(
        "text/csv; charset=utf-8; header=present", comma_separated.write_csv, comma_separated.read_csv
    ),
    Format.JSON_LINES: FormatHandler("application/jsonl", query.write_json_lines, query.read_json_lines),
    Format.XLSX: FormatHandler(
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        workbook.write_workbook,
        workbook.read_workbook,
    ),
    Format.PDF: FormatHandler("application/pdf", papers.write_document, papers.read_document),
}
