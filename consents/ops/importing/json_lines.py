"""JSON Lines: one object a line, its names the columns. Read like CSV: row by row, a damaged one costs itself alone."""

import json
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from consents.ops.importing.reading import (
    BadFile,
    Cells,
    CsvTable,
    FileTable,
    LineTooLong,
    find_cell_fault,
    normalize_text,
)
from consents.ops.importing.rejects import RejectReason

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
