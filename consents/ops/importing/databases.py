"""Rows of another database, asked by its address: any that SQLAlchemy has a dialect for, a cursor on its side."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import date, datetime, time
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, Self
from uuid import UUID

from consents.ops.importing.json_lines import NotACell
from consents.ops.importing.reading import BadFile, Cells, find_cell_fault, normalize_text
from consents.ops.importing.rejects import RejectReason

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
