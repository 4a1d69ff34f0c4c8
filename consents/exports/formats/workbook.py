"""XLSX, written while it is sent: no row waits in memory or lies unencrypted on disk (xlsxwriter would do either).

Text cells are typed as text, so a spreadsheet cannot turn them into formulas, dates or numbers. Numbers are numbers,
moments and days are dates; booleans are text, since LibreOffice makes formulas of them. A sheet holds up to 1,048,575
rows; behind the records stand the dictionary with codes in words, and the facts of the manifest.
"""

import io
import re
import zlib
from collections.abc import Callable, Generator, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import IO, Any
from xml.etree import ElementTree
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile, ZipInfo

from consents.exports.describing import Column, Type
from consents.exports.formats import workbook_parts
from consents.exports.formats.query import BLOCK, Connection, Query

# Days and moments as spreadsheets count them, exact to the microsecond both ways: whole days since 1899-12-30 (UTC).
#
# Before March 1900 Excel counts a day that never was; what lies there, or is no moment at all, stays text.

ZERO = datetime(1899, 12, 30, tzinfo=UTC)
FIRST = datetime(1900, 3, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
DAY = 86_400_000_000  # microseconds
PARTS = 10**12  # of a day; finer than a microsecond, and no more digits than a program keeps


def count_serial_days(moment: str) -> str | None:
    """Return the serial number of an RFC 3339 moment, or None if a spreadsheet has none for it."""
    try:
        at = datetime.fromisoformat(moment)
    except ValueError:
        return None
    if at.tzinfo is None or at < FIRST:
        return None
    days, rest = divmod((at - ZERO) // MICROSECOND, DAY)
    part = (rest * PARTS + DAY // 2) // DAY
    return f"{days}.{part:012d}".rstrip("0").rstrip(".")


def count_whole_days(day: str) -> str | None:
    """Return the serial number of an ISO 8601 day, or None if a spreadsheet has none for it."""
    try:
        at = date.fromisoformat(day)
    except ValueError:
        return None
    return str((at - ZERO.date()).days) if at >= FIRST.date() else None


def read_serial_moment(number: str) -> str:
    """Return the moment as the other formats write it."""
    days, _point, part = number.partition(".")
    micros = (int(part.ljust(12, "0")[:12] or "0") * DAY + PARTS // 2) // PARTS
    at = ZERO + timedelta(days=int(days), microseconds=micros)
    fraction = f".{at.microsecond:06d}".rstrip("0") if at.microsecond else ""
    return f"{at:%Y-%m-%dT%H:%M:%S}{fraction}+00:00"


def read_serial_day(number: str) -> str:
    return str(ZERO.date() + timedelta(days=int(number)))


MAX_ROWS = 1_048_575  # of a sheet, below its heading
LARGEST_SHEET = 1_500_000_000  # bytes of XML; more would need ZIP64, which Excel does not accept from a streamed ZIP
ROWS_PER_WRITE = 500
DICTIONARY = ["column", "type", "meaning", "source", "codes in words"]
PERSONAL = "Personal: filled only if asked for, and agreed to by a second officer."
MAX_CELL_LENGTH = 32_767  # UTF-16 code units
TRUNCATED = "… [longer than a spreadsheet's cell: whole in CSV and JSON Lines]"
Cells = tuple[Any, ...]
# A fixed date, so that the same rows always give the same file.
MOMENT = (1980, 1, 1, 0, 0, 0)
UNFIT = re.compile("[&<>\x00-\x08\x0b\x0c\r\x0e-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
NAMED = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
SPELLED = re.compile("_x([0-9A-Fa-f]{4})_")


class ByteSink(io.RawIOBase):
    """A write-only file whose bytes are taken away piece by piece. It cannot seek, so the ZIP is streamed."""

    def __init__(self) -> None:
        self.held = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.held += data
        return len(data)

    def take(self) -> bytes:
        held, self.held = bytes(self.held), bytearray()
        return held


def write_workbook(connection: Connection, query: Query) -> Generator[tuple[bytes, int]]:
    sql = f"COPY ({query.cells(guarded=False)}) TO STDOUT"
    with connection.cursor() as cursor, cursor.copy(sql, query.parameters) as copy:
        yield from Workbook(query).write_sheets(copy.rows())


class Workbook:
    def __init__(self, query: Query) -> None:
        self.query = query
        self.title = str(query.description.title)
        self.widths = [workbook_parts.choose_width(column) for column in query.columns]
        self.heading = render_heading(query.description.names)
        self.cells = [CELLS.get(column.type, render_text_cell) for column in query.columns]
        self.has_key = query.description.names[0] == query.description.order[-1]
        self.sheets: list[workbook_parts.Sheet] = []
        self.sink = ByteSink()
        self.zip = ZipFile(self.sink, "w", ZIP_DEFLATED, compresslevel=1)

    def write_sheets(self, rows: Iterator[Cells]) -> Generator[tuple[bytes, int]]:
        """Yield sheet after sheet, then the parts that list them, since only then their number is known."""
        row = yield from self.write_sheet(next(rows, None), rows)
        while row is not None:
            row = yield from self.write_sheet(row, rows)
        for name, (headings, cells, widths) in self.list_other_sheets().items():
            content = self.render_table(headings, cells, widths)
            path = f"xl/worksheets/{name.lower()}.xml"
            self.zip.writestr(build_zip_info(path), workbook_parts.HEAD + content)
            self.sheets.append(workbook_parts.Sheet(path, name, len(headings), len(cells)))
        for path, content in workbook_parts.build_package_parts(self.sheets):
            self.zip.writestr(build_zip_info(path), content)
        self.zip.close()
        yield self.sink.take(), 0

    def list_other_sheets(self) -> dict[str, tuple[list[str], list[list[str]], list[int]]]:
        """Return headings, rows and widths of the sheets that hold no records, by their name."""
        facts = [[str(label), str(value)] for label, value in self.query.facts]
        columns = [list_dictionary_cells(column) for column in self.query.columns]
        return {
            "Dictionary": (DICTIONARY, columns, [26, 16, 50, 24, 66]),
            "Manifest": (["fact", "value"], facts, [28, 110]),
        }

    def render_table(self, headings: list[str], rows: list[list[str]], widths: list[int]) -> str:
        lines = [render_row([render_text_cell(cell, workbook_parts.WRAPPED) for cell in line]) for line in rows]
        return "".join(
            [
                workbook_parts.render_sheet_head(widths),
                render_heading(headings),
                *lines,
                workbook_parts.render_sheet_end(widths, self.title, len(rows)),
            ]
        )

    def write_sheet(self, row: Cells | None, rows: Iterator[Cells]) -> Generator[tuple[bytes, int], None, Cells | None]:
        """Yield one full sheet, starting with `row`; return the first row of the next one."""
        held = [workbook_parts.HEAD, workbook_parts.render_sheet_head(self.widths), self.heading]
        count, size, counted, number = 0, 0, 0, len(self.sheets) + 1
        with self.zip.open(build_zip_info(workbook_parts.get_sheet_path(number)), "w") as out:
            while row is not None and count < MAX_ROWS and size < LARGEST_SHEET:
                held.append(render_row([cell(value) for cell, value in zip(self.cells, row, strict=True)]))
                count, row = count + 1, next(rows, None)
                if count % ROWS_PER_WRITE == 0:
                    text = "".join(held).encode()
                    held, size = [], size + len(text)
                    out.write(text)
                if len(self.sink.held) >= BLOCK or count == ROWS_PER_WRITE:  # the first rows leave at once
                    yield self.sink.take(), count - counted
                    counted = count
            held.append(workbook_parts.render_sheet_end(self.widths, self.title, count, has_key=self.has_key))
            out.write("".join(held).encode())
        self.sheets.append(self.describe_sheet(number, count))
        yield self.sink.take(), count - counted
        return row

    def describe_sheet(self, number: int, rows: int) -> workbook_parts.Sheet:
        name = self.query.description.name[:25]
        path, name = workbook_parts.get_sheet_path(number), name if number == 1 else f"{name} {number}"
        return workbook_parts.Sheet(path, name, len(self.widths), rows, has_key=self.has_key)


def build_zip_info(name: str) -> ZipInfo:
    info = ZipInfo(name, MOMENT)
    info.compress_type = ZIP_DEFLATED
    return info


def render_row(cells: list[str]) -> str:
    return f"<row>{''.join(cells)}</row>"


def render_text_cell(value: str | None, style: int = workbook_parts.TEXT) -> str:
    """Render a cell typed as text, white space preserved."""
    if not value:
        return "<c/>"
    return f'<c s="{style}" t="inlineStr"><is><t xml:space="preserve">{escape_text(value)}</t></is></c>'


def render_number_cell(value: str | None) -> str:
    return f"<c><v>{value}</v></c>" if value else "<c/>"


def render_serial_cell(value: str | None, style: int, count: Callable[[str], str | None]) -> str:
    number = count(value) if value else None
    return f'<c s="{style}"><v>{number}</v></c>' if number else render_text_cell(value)


CELLS: dict[Type, Callable[[str | None], str]] = {
    Type.INTEGER: render_number_cell,
    Type.DECIMAL: render_number_cell,
    Type.MOMENT: partial(render_serial_cell, style=workbook_parts.MOMENT, count=count_serial_days),
    Type.DAY: partial(render_serial_cell, style=workbook_parts.DAY, count=count_whole_days),
    # What people wrote is broken into lines, so that nothing of it is cut off on paper; codes and hashes stay in one.
    Type.TEXT: partial(render_text_cell, style=workbook_parts.WRAPPED),
    Type.LIST: partial(render_text_cell, style=workbook_parts.WRAPPED),
}


def render_heading(names: list[str]) -> str:
    return render_row([render_text_cell(name, workbook_parts.HEADING) for name in names])


def escape_text(value: str) -> str:
    """Escape characters that XML forbids the way spreadsheets do (_x0001_), and truncate an overlong cell."""
    return UNFIT.sub(lambda match: NAMED.get(match[0]) or f"_x{ord(match[0]):04X}_", truncate_cell(value))


def truncate_cell(value: str) -> str:
    if len(value) > MAX_CELL_LENGTH // 2 and len(value.encode("utf-16-le")) // 2 > MAX_CELL_LENGTH:
        return value[: MAX_CELL_LENGTH // 2 - len(TRUNCATED)] + TRUNCATED
    return value


def read_workbook(file: IO[bytes]) -> Iterator[dict[str, str]]:
    try:
        with ZipFile(file) as book:
            sheets = [name for name in book.namelist() if name.startswith("xl/worksheets/sheet")]
            for name in sheets:
                with book.open(name) as sheet:
                    yield from parse_sheet(sheet)
    except (BadZipFile, ElementTree.ParseError, zlib.error, EOFError) as error:
        raise ValueError(type(error).__name__) from None


def parse_sheet(sheet: IO[bytes]) -> Iterator[dict[str, str]]:
    headings: list[str] = []
    above: list[ElementTree.Element] = []
    for event, element in ElementTree.iterparse(sheet, ["start", "end"]):
        if event == "start":
            above.append(element)
            continue
        above.pop()
        if element.tag != f"{{{workbook_parts.MAIN}}}row":
            continue
        cells = [parse_cell(cell) for cell in element]
        above[-1].clear()  # rows already read need no memory
        if headings:
            yield dict(zip(headings, cells, strict=True))
        headings = headings or cells


def list_dictionary_cells(column: Column) -> list[str]:
    """Return the row of the dictionary's sheet: as in `dictionary.csv`, with the codes in words."""
    meaning = f"{column.meaning} {PERSONAL}" if column.personal else column.meaning
    codes = "\n".join(code if words == code else f"{code}: {words}" for code, words in column.words.items())
    return [
        column.name,
        "moment (UTC)" if column.type == Type.MOMENT else str(column.type),
        meaning,
        column.source,
        codes,
    ]


SERIALS = {
    str(workbook_parts.MOMENT): read_serial_moment,
    str(workbook_parts.DAY): read_serial_day,
}


def parse_cell(element: ElementTree.Element) -> str:
    if read := SERIALS.get(element.get("s", "")):
        return read(element.findtext(f"{{{workbook_parts.MAIN}}}v", ""))
    return SPELLED.sub(lambda match: chr(int(match[1], 16)), "".join(element.itertext()))
