"""XLSX, written as it is sent: no row waits in memory and none lies on disk in clear, as xlsxwriter's would.

Text is typed as text, and so is what a spreadsheet would take for a formula, a date or a number of its own: nothing is
calculated, nothing changed. Numbers are numbers; truth values are text, since LibreOffice makes a formula of one. A
sheet ends after 1,048,575 rows.
"""

import io
import re
from collections.abc import Generator, Iterator
from typing import IO, Any
from xml.etree import ElementTree
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile, ZipInfo
from zlib import error as ZlibError

from consents.exports.describing import Type
from consents.exports.formats import parts
from consents.exports.formats.query import BLOCK, Connection, Query

ROWS = 1_048_575  # and a heading
LARGEST_SHEET = 1_500_000_000  # bytes of XML; more would need a kind of ZIP that Excel does not read as a stream
AT_ONCE = 500  # rows
LONGEST = 32_767  # UTF-16 units of a cell
CUT = "… [longer than a spreadsheet's cell: whole in CSV and JSON Lines]"
COPY = "COPY ({query}) TO STDOUT"
Cells = tuple[Any, ...]
# The same file for the same rows, whenever it is written.
MOMENT = (1980, 1, 1, 0, 0, 0)
UNFIT = re.compile("[&<>\x00-\x08\x0b\x0c\r\x0e-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
NAMED = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
SPELLED = re.compile("_x([0-9A-Fa-f]{4})_")


class Sink(io.RawIOBase):
    """What a ZIP is written to, taken away piece by piece. Cannot be gone back in, so the ZIP is a stream."""

    def __init__(self) -> None:
        self.held = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, some: Any) -> int:
        self.held += some
        return len(some)

    def taken(self) -> bytes:
        held, self.held = bytes(self.held), bytearray()
        return held


def write(connection: Connection, query: Query) -> Generator[tuple[bytes, int]]:
    sql = COPY.format(query=query.cells(guarded=False))
    with connection.cursor() as cursor, cursor.copy(sql, query.parameters) as copy:  # type: ignore[arg-type]
        yield from Workbook(query).written(copy.rows())


class Workbook:
    def __init__(self, query: Query) -> None:
        self.query = query
        self.heading = row_of([text_cell(column.name, parts.HEADING) for column in query.columns])
        self.cells = [CELLS.get(column.type, text_cell) for column in query.columns]
        self.sink = Sink()
        self.zip = ZipFile(self.sink, "w", ZIP_DEFLATED, compresslevel=1)

    def written(self, rows: Iterator[Cells]) -> Generator[tuple[bytes, int]]:
        """Sheet after sheet; at the end what binds them, since only then their number is known."""
        sheets, row = 1, (yield from self.sheet(1, next(rows, None), rows))
        while row is not None:
            sheets += 1
            row = yield from self.sheet(sheets, row, rows)
        for name, content in parts.bindings(sheets, self.query.description.name):
            self.zip.writestr(part(name), content)
        self.zip.close()
        yield self.sink.taken(), 0

    def sheet(
        self, number: int, row: Cells | None, rows: Iterator[Cells]
    ) -> Generator[tuple[bytes, int], None, Cells | None]:
        """As many rows as one sheet holds, from `row` on; returns the one after them."""
        held, count, size, told = [parts.HEAD, parts.SHEET, self.heading], 0, 0, 0
        with self.zip.open(part(parts.sheet_name(number)), "w") as out:
            while row is not None and count < ROWS and size < LARGEST_SHEET:
                held.append(row_of([cell(value) for cell, value in zip(self.cells, row, strict=True)]))
                count, row = count + 1, next(rows, None)
                if count % AT_ONCE == 0:
                    text = "".join(held).encode()
                    held, size = [], size + len(text)
                    out.write(text)
                if len(self.sink.held) >= BLOCK or count == AT_ONCE:  # the first ones leave at once
                    yield self.sink.taken(), count - told
                    told = count
            out.write("".join([*held, parts.SHEET_END]).encode())
        yield self.sink.taken(), count - told
        return row


def part(name: str) -> ZipInfo:
    info = ZipInfo(name, MOMENT)
    info.compress_type = ZIP_DEFLATED
    return info


def row_of(cells: list[str]) -> str:
    return f"<row>{''.join(cells)}</row>"


def text_cell(value: str | None, style: int = parts.TEXT) -> str:
    """Typed as text, white space and all."""
    if not value:
        return "<c/>"
    return f'<c s="{style}" t="inlineStr"><is><t xml:space="preserve">{spelled(value)}</t></is></c>'


def number_cell(value: str | None) -> str:
    return f"<c><v>{value}</v></c>" if value else "<c/>"


CELLS = {Type.INTEGER: number_cell, Type.DECIMAL: number_cell}


def spelled(value: str) -> str:
    """What XML does not hold, in the spelling of spreadsheets: _x0001_. Cut where a cell ends, saying so."""
    return UNFIT.sub(lambda found: NAMED.get(found[0]) or f"_x{ord(found[0]):04X}_", fitting(value))


def fitting(value: str) -> str:
    if len(value) > LONGEST // 2 and len(value.encode("utf-16-le")) // 2 > LONGEST:
        return value[: LONGEST // 2 - len(CUT)] + CUT
    return value


def read(file: IO[bytes]) -> Iterator[dict[str, str]]:
    try:
        with ZipFile(file) as book:
            sheets = [name for name in book.namelist() if name.startswith("xl/worksheets/sheet")]
            for name in sheets:
                with book.open(name) as sheet:
                    yield from rows_of(sheet)
    except (BadZipFile, ElementTree.ParseError, ZlibError, EOFError) as reason:
        raise ValueError(type(reason).__name__) from None


def rows_of(sheet: IO[bytes]) -> Iterator[dict[str, str]]:
    headings: list[str] = []
    above: list[ElementTree.Element] = []
    for event, element in ElementTree.iterparse(sheet, ["start", "end"]):
        if event == "start":
            above.append(element)
            continue
        above.pop()
        if element.tag != f"{{{parts.MAIN}}}row":
            continue
        cells = [cell_of(one) for one in element]
        above[-1].clear()  # of the rows that were read
        if headings:
            yield dict(zip(headings, cells, strict=True))
        headings = headings or cells


def cell_of(element: ElementTree.Element) -> str:
    return SPELLED.sub(lambda found: chr(int(found[1], 16)), "".join(element.itertext()))
