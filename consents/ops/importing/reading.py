"""CSV as the world writes it: UTF-8 with or without BOM; comma, semicolon or tab; quotes; any size.

Rows come one at a time, in constant memory. A damaged row costs itself alone: reading goes on with the next line, or,
when a whole but overlong row was passed over, behind it, so that text inside quotes is never taken for a row.
"""

import csv
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Self
from unicodedata import normalize

from consents.core.refusals import Refusal
from consents.ops.importing.rejects import RejectReason
from consents.ops.importing.row_recovery import RowPosition, find_row_end

DELIMITERS = ",;\t"
FIELD_LONGEST = 131_072  # characters
LINE_LONGEST = 1024 * 1024  # bytes
PIECE = 64 * 1024
BOM = b"\xef\xbb\xbf"
OTHER_KINDS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\xff\xfe", b"\xfe\xff")  # workbooks, new and old; UTF-16

type Cells = list[str]


class BadFile(Refusal):
    """The file as a whole cannot be read; nothing was done."""


class LineTooLong(Exception):
    pass


class LineReader:
    """Physical lines as text; bytes that are no UTF-8 become lone surrogates. Knows where it stands and can go back."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.number = 0
        self.offset = 0

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> str:
        raw = self.file.readline(LINE_LONGEST)
        if not raw:
            raise StopIteration
        if len(raw) == LINE_LONGEST and not raw.endswith(b"\n"):
            raise LineTooLong
        self.number += 1
        self.offset += len(raw)
        return raw.decode("utf-8", "surrogateescape")

    def go_to(self, number: int, offset: int) -> None:
        self.number, self.offset = number, offset
        self.file.seek(offset)

    def pass_over(self, delimiter: str) -> RejectReason:
        """Look again at the row that begins here and could not be read, and stand where reading goes on.

        A row that does end was too long: behind it. Otherwise its quotes are broken: on the next line.
        """
        at, number, offset = RowPosition.FIELD_START, self.number, self.offset
        while not at.is_end and (piece := self.file.read(PIECE)):
            at, length = find_row_end(piece, at, ord(delimiter))
            number, offset = number + piece.count(b"\n", 0, length), offset + length
        if at in (RowPosition.QUOTED, RowPosition.BROKEN_QUOTES, RowPosition.BROKEN_LINE):
            self.skip_one()
            return RejectReason.LINE_BREAK if at is RowPosition.BROKEN_LINE else RejectReason.QUOTES
        self.go_to(number, offset)
        return RejectReason.TOO_LONG

    def skip_one(self) -> None:
        self.file.seek(self.offset)
        while raw := self.file.readline(PIECE):
            self.offset += len(raw)
            if raw.endswith(b"\n"):
                break
        self.number += 1


class FileTable(ABC):
    """An open file of rows with named columns. Close it, or use it in `with`."""

    header: Cells

    def __init__(self, path: Path, wanted: Sequence[str]) -> None:
        """Open the file. `wanted`: columns the caller needs. Raises BadFile."""
        self.name = path.name
        try:
            self.file = path.open("rb")
        except OSError:
            raise BadFile(f"{path} cannot be read. Check the name and who may read it.") from None
        try:
            self.lines = LineReader(self.file)
            start = self.file.read(4096) if path.is_file() else b""
            self.begin = len(BOM) if start.startswith(BOM) else 0
            self.find_columns(start, wanted)
        except BaseException:
            self.file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.file.close()

    @abstractmethod
    def find_columns(self, start: bytes, wanted: Sequence[str]) -> None:
        """Set `header` to the columns of the rows. Raises BadFile, also where a wanted one is missing."""

    @abstractmethod
    def rows(self) -> Iterator[tuple[int, Cells | RejectReason]]:
        """Yield every row: the line it began on, and its cells or why it is none. Skip blank lines."""


class CsvTable(FileTable):
    """A CSV file, whose first line names its columns; those wanted also tell the delimiter."""

    def find_columns(self, start: bytes, wanted: Sequence[str]) -> None:
        """Refuse what is certainly not CSV in UTF-8, too."""
        if not start.strip(BOM + b" \r\n"):
            raise BadFile(f"{self.name} is empty, or not a file.")
        if start.startswith(OTHER_KINDS) or b"\0" in start.partition(b"\n")[0]:
            raise BadFile(f"{self.name} is not CSV in UTF-8. Save it as “CSV UTF-8” and try again.")
        self.delimiter, self.header = self.best_header(wanted)
        self.check_header(wanted)

    def best_header(self, wanted: Collection[str]) -> tuple[str, Cells]:
        """Return the delimiter that shows most of the wanted columns; among equals, most columns; then the comma."""
        found = []
        for delimiter in DELIMITERS:
            self.lines.go_to(0, self.begin)
            cells = next(self.records(delimiter), (0, RejectReason.QUOTES))[1]
            header = [] if isinstance(cells, RejectReason) else [normalize_text(cell) for cell in cells]
            found.append((len(set(wanted) & set(header)), len(header), delimiter, header))
        _wanted, _columns, delimiter, header = max(found, key=lambda one: one[:2])
        return delimiter, header

    def check_header(self, wanted: Collection[str]) -> None:
        # The names found are not repeated here: without a header they would be somebody's data.
        if not self.header or not "".join(self.header).isprintable():
            raise BadFile(f"The first line of {self.name} does not name its columns.")
        for column in wanted:
            if column not in self.header:
                raise BadFile(f"{self.name} has no column “{column}”. Check its first line and the mapping.")
            if self.header.count(column) > 1:
                raise BadFile(f"{self.name} has more than one column “{column}”.")
        named = [column for column in self.header if column]
        if len(named) != len(set(named)):
            raise BadFile(f"{self.name} has two columns of one name.")

    def rows(self) -> Iterator[tuple[int, Cells | RejectReason]]:
        self.lines.go_to(0, self.begin)
        records = self.records(self.delimiter)
        next(records)
        width = len(self.header)
        for line, cells in records:
            if isinstance(cells, RejectReason):
                yield line, cells
            elif any(cells) and any(cell.strip() for cell in cells):
                yield line, cells if len(cells) == width else RejectReason.COLUMNS

    def records(self, delimiter: str) -> Iterator[tuple[int, Cells | RejectReason]]:
        csv.field_size_limit(FIELD_LONGEST)
        lines = self.lines
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
        while True:
            before, offset = lines.number, lines.offset
            try:
                cells = next(reader)
            except StopIteration:
                return
            except (csv.Error, LineTooLong):
                lines.go_to(before, offset)
                yield before + 1, lines.pass_over(delimiter)
            else:
                if cells:
                    yield before + 1, find_cell_fault(cells) or cells


def find_cell_fault(cells: Cells) -> RejectReason | None:
    text = "".join(cells)
    if "\0" in text:
        return RejectReason.NUL
    try:
        text.encode()
    except UnicodeEncodeError:
        return RejectReason.NOT_UTF8
    return None


def normalize_text(text: str) -> str:
    """Return the one spelling of a text: composed (NFC), without space around it."""
    return (text if text.isascii() else normalize("NFC", text)).strip()
