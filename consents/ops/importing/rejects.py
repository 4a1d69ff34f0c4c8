"""Rows that stay out: why, and the file that lists them."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import IO

from consents.core.formulas import escape_cell
from consents.core.refusals import Refusal

HEADER = ["line", "column", "reason"]


class RejectReason(StrEnum):
    COLUMNS = "columns"
    NO_REFERENCE = "no_reference"
    NO_RECORD_KEY = "no_record_key"
    REPEATED = "repeated"
    UNKNOWN_REFERENCE = "unknown_reference"
    NOT_JOINED = "not_joined"
    EMAIL = "email"
    BIRTH_DATE = "birth_date"
    TOO_LONG = "too_long"
    NUL = "nul"
    NOT_UTF8 = "not_utf8"
    QUOTES = "quotes"
    LINE_BREAK = "line_break"
    NOT_OBJECT = "not_object"
    VALUE = "value"
    CHANGED = "changed"


SENTENCES = {
    RejectReason.COLUMNS: "not as many columns as the first line has",
    RejectReason.NO_REFERENCE: "no customer reference",
    RejectReason.NO_RECORD_KEY: "no record key",
    RejectReason.REPEATED: "the reference or record key was in an earlier line of this file",
    RejectReason.UNKNOWN_REFERENCE: "no customer has this reference",
    RejectReason.NOT_JOINED: "the joined file names no customer for this line, or more than one",
    RejectReason.EMAIL: "not an email address",
    RejectReason.BIRTH_DATE: "not a birth date like 1990-12-31",
    RejectReason.TOO_LONG: "a value is too long",
    RejectReason.NUL: "a NUL byte",
    RejectReason.NOT_UTF8: "not UTF-8 text",
    RejectReason.QUOTES: "a quotation mark is never closed, or text follows a closing one",
    RejectReason.LINE_BREAK: "a line break outside quotation marks",
    RejectReason.NOT_OBJECT: "not a JSON object of texts, numbers, true, false and null",
    RejectReason.VALUE: "a value that is no text, number, date or truth",
    RejectReason.CHANGED: "not a moment like 2026-01-31T12:00, nor a number",
}


@dataclass(frozen=True, slots=True)
class Reject:
    """`line` is the physical line (the first is 1) the row began on; `column` the name of the one to blame, if any."""

    line: int
    reason: RejectReason
    column: str = ""


class CannotWriteRejects(Refusal):
    pass


class RejectFile:
    """CSV of `line,column,reason`, written when there is something to write; an older one of ours makes way."""

    def __init__(self, path: Path, *, never: Iterable[Path]) -> None:
        """Raises CannotWriteRejects before anything is imported."""
        self.path = path
        self.file: IO[str] | None = None
        if any(path.resolve() == other.resolve() for other in never) or not self.is_ours_or_new():
            raise CannotWriteRejects(f"{path} exists and is not a reject file. Name another one.")
        try:
            self.path.touch()
            self.path.unlink()
        except OSError:
            raise CannotWriteRejects(f"{path} cannot be written. Name another file for rejected lines.") from None

    def is_ours_or_new(self) -> bool:
        if not self.path.is_file():
            return not self.path.exists()
        with self.path.open("rb") as file:
            return file.readline(100).strip() == ",".join(HEADER).encode()

    def add(self, rejects: Iterable[Reject]) -> None:
        for reject in rejects:
            if self.file is None:
                self.file = self.path.open("w", newline="", encoding="utf-8")
                csv.writer(self.file).writerow(HEADER)
            csv.writer(self.file).writerow([reject.line, escape_cell(reject.column), SENTENCES[reject.reason]])

    def close(self) -> None:
        if self.file:
            self.file.close()
