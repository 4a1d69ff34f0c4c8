"""CSV as the world writes it: UTF-8 with or without BOM; comma, semicolon or tab; quotes; any size.

Rows come one at a time, in constant memory. A damaged row costs itself alone: reading goes on with the next line, or,
when a whole but overlong row was passed over, behind it, so that text inside quotes is never taken for a row.
"""

import csv
import json
import re
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from itertools import islice
from pathlib import Path
from types import SimpleNamespace
from typing import Any, BinaryIO, Self
from unicodedata import normalize
from uuid import UUID

from consents.core.refusals import Refusal
from consents.ops.importing.report import RejectReason

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


# Rows of another database, asked by its address: any that SQLAlchemy has a dialect for, a cursor on its side.

ROWS_AT_ONCE = 2000
SINCE = ":since"


class SourceClosed(OSError):
    """Signal a source that ended before its rows did."""


class DatabaseTable:
    """The answer to a query, with the interface of FileTable. Rows are counted like lines; the names are the first."""

    def __init__(self, address: str, query: str, *, columns: Sequence[str], since: str) -> None:
        """Ask. `since` goes into the query where it says `:since`. Raises BadFile, without a word of the address."""
        self.name, self.lines = "database", SimpleNamespace(offset=0)
        self.connection, self.failure = connect(address)
        try:
            self.answer = self.connection.execute(*build_question(query, since))
            self.header = [normalize_text(name) for name in list(self.answer.keys())]
        except self.failure as error:
            self.connection.close()
            raise BadFile(f"The database refuses the query of the mapping ({type(error).__name__}).") from None
        for column in columns:
            if self.header.count(column) != 1:
                self.connection.close()
                raise BadFile(f"The query must name the column “{column}” once.")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        with suppress(self.failure):
            self.answer.close()
        self.connection.close()

    def rows(self) -> Iterator[tuple[int, Cells | RejectReason]]:
        """Yield every row: its number, counted as lines of a file are, and its cells or why it is none.

        Raises SourceClosed.
        """
        try:
            for number, values in enumerate(self.answer, start=2):
                yield number, read_cells(values)
        except self.failure as error:
            raise SourceClosed(type(error).__name__) from None


def connect(address: str) -> tuple[Any, type[Exception]]:
    """Return a connection, and what it raises. Raises BadFile."""
    try:
        import sqlalchemy
    except ImportError:
        raise BadFile("To read from a database install SQLAlchemy: `uv sync --extra databases`.") from None
    try:
        engine = sqlalchemy.create_engine(address, poolclass=sqlalchemy.NullPool)
        connection = engine.connect().execution_options(stream_results=True, max_row_buffer=ROWS_AT_ONCE)
    except (sqlalchemy.exc.SQLAlchemyError, ImportError, ValueError) as error:
        raise BadFile(
            f"The database that PORTAL_IMPORT_DATABASE names cannot be reached ({type(error).__name__})."
        ) from None
    return connection, sqlalchemy.exc.SQLAlchemyError


def build_question(query: str, since: str) -> tuple[Any, dict[str, str]]:
    import sqlalchemy

    return sqlalchemy.text(query), {"since": since} if SINCE in query else {}


def read_cells(values: Sequence[object]) -> Cells | RejectReason:
    try:
        cells = [write_value(value) for value in values]
    except NotACell:
        return RejectReason.VALUE
    return find_cell_fault(cells) or cells


def write_value(value: object) -> str:
    """Return the text of a database's value, empty for NULL. Raises NotACell."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case str() | int() | float() | Decimal() | UUID():
            return str(value)
        case datetime() | date() | time():
            return value.isoformat()
    raise NotACell


# JSON Lines: one object a line, its names the columns. Read like CSV: row by row, a damaged one costs itself alone.

ENDINGS = (".jsonl", ".ndjson")
LOOKED_AT = 1_000  # rows, among which each column must be named once


class NotACell(ValueError):
    """Signal what no cell can hold: a list, an object, a number that is none."""


class JsonTable(FileTable):
    """A file of JSON Lines. Its columns are those wanted; a name that a row leaves out is an empty cell."""

    def find_columns(self, start: bytes, wanted: Sequence[str]) -> None:
        """Look for each among the first rows."""
        self.header = list(wanted)
        objects = [content for _line, content in islice(self.objects(), LOOKED_AT) if isinstance(content, dict)]
        if not objects:
            raise BadFile(f"{self.name} is not JSON Lines: no line of its beginning is an object.")
        named = {name for content in objects for name in content}
        for column in self.header:
            if column not in named:
                raise BadFile(f"{self.name} has no name “{column}”. Check its first lines and the mapping.")

    def rows(self) -> Iterator[tuple[int, Cells | RejectReason]]:
        for line, content in self.objects():
            if isinstance(content, RejectReason):
                yield line, content
                continue
            try:
                cells = [write_cell(content.get(column)) for column in self.header]
            except NotACell:
                yield line, RejectReason.NOT_OBJECT
            else:
                yield line, find_cell_fault(cells) or cells

    def objects(self) -> Iterator[tuple[int, dict[str, Any] | RejectReason]]:
        self.lines.go_to(0, self.begin)
        while True:
            try:
                text = next(self.lines)
            except StopIteration:
                return
            except LineTooLong:
                self.lines.skip_one()
                yield self.lines.number, RejectReason.TOO_LONG
            else:
                if text.strip():
                    yield self.lines.number, parse_row(text)


def parse_row(text: str) -> dict[str, Any] | RejectReason:
    """Parse one line; numbers stay spelled as they are."""
    try:
        content = json.loads(text, parse_int=str, parse_float=str, parse_constant=refuse_constant)
    except (ValueError, RecursionError):
        return find_cell_fault([text]) or RejectReason.NOT_OBJECT
    if not isinstance(content, dict):
        return RejectReason.NOT_OBJECT
    return {normalize_text(name): value for name, value in content.items()}


def refuse_constant(name: str) -> None:
    """Raises NotACell: NaN and Infinity are no JSON."""
    raise NotACell(name)


def write_cell(value: object) -> str:
    """Return the text of a value, empty for null. Raises NotACell."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    raise NotACell


def open_table(path: Path, wanted: Sequence[str]) -> FileTable:
    """Open a file by the ending of its name: JSON Lines, or else CSV. Raises BadFile."""
    return (JsonTable if path.suffix.lower() in ENDINGS else CsvTable)(path, wanted)


QUOTE, NEWLINE, RETURN = b'"\n\r'


class RowPosition(Enum):
    """States of the CSV state machine."""

    FIELD_START = "field start"
    PLAIN = "plain"
    QUOTED = "quoted"
    QUOTE_IN_QUOTED = "quote in quoted"
    RETURN = "carriage return"
    END = "end"
    BROKEN_QUOTES = "broken quotes"
    BROKEN_LINE = "broken line"

    @property
    def is_end(self) -> bool:
        return self in (RowPosition.END, RowPosition.BROKEN_QUOTES, RowPosition.BROKEN_LINE)


def find_row_end(piece: bytes, at: RowPosition, delimiter: int) -> tuple[RowPosition, int]:
    """Advance through a piece of a row from state `at`. Return the new state and how many bytes belong to the row."""
    plain_end = re.compile(b"[\r\n" + bytes([delimiter]) + b"]")
    place = 0
    while place < len(piece) and not at.is_end:
        if at is RowPosition.QUOTED:
            place = piece.find(QUOTE, place)
        elif at is RowPosition.PLAIN:
            found = plain_end.search(piece, place)
            place = found.start() if found else -1
        if place < 0:
            return at, len(piece)
        at = advance_state(at, piece[place], delimiter)
        place += 1
    return at, place


def advance_state(at: RowPosition, byte: int, delimiter: int) -> RowPosition:
    """Return the next state, as Python's csv module in strict mode would."""
    if at is RowPosition.QUOTED:
        return RowPosition.QUOTE_IN_QUOTED if byte == QUOTE else RowPosition.QUOTED
    if byte == NEWLINE:
        return RowPosition.END
    if byte == RETURN:
        return RowPosition.RETURN
    if at is RowPosition.RETURN:
        return RowPosition.BROKEN_LINE
    if byte == delimiter:
        return RowPosition.FIELD_START
    if byte == QUOTE and at is not RowPosition.PLAIN:
        return RowPosition.QUOTED
    return RowPosition.BROKEN_QUOTES if at is RowPosition.QUOTE_IN_QUOTED else RowPosition.PLAIN
