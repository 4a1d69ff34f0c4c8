"""Count and describe what an import did, without any value of a row."""

import csv
import gc
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass, field
from enum import IntEnum, StrEnum
from pathlib import Path
from typing import IO

from django.core.management.base import OutputWrapper
from tqdm import tqdm

from consents.core.charts import write_count
from consents.core.grouped_ids import escape_cell
from consents.core.refusals import Refusal

# Rows that stay out: why, and the file that lists them.

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


# Behind a number: of one, of several.
OLDER = "row had not changed since the last import.", "rows had not changed since the last import."
MISSING = (
    "customer here is not in it. Nothing was deleted: erasing takes two officers.",
    "customers here are not in it. Nothing was deleted: erasing takes two officers.",
)
SUSPECTED = (
    "cell says NULL, None or the like, and was taken as a value. If it means that nothing is known, name the word in"
    ' the mapping: empty = ["NULL"].',
    "cells say NULL, None or the like, and were taken as values. If they mean that nothing is known, name the words in"
    ' the mapping: empty = ["NULL"].',
)
ERASED = (
    "row is of a customer who was erased; it was not taken in again.",
    "rows are of customers who were erased; they were not taken in again.",
)
DELETED = (
    "record is of a kind that was deleted for its customer; it was not taken in again.",
    "records are of kinds that were deleted for their customers; they were not taken in again.",
)
LOST_COUNTRIES = (
    "row names a country the mapping has no code for; it was left empty.",
    "rows name a country the mapping has no code for; it was left empty.",
)
BACKWARDS = (
    "The newest change in the source is older than that of the last import: it may have been restored. Import it whole,"
    " once, without --since."
)


class ExitCode(IntEnum):
    """Exit codes of `import_customers`."""

    ALL_IN = 0
    SOME_REJECTED = 1
    NOTHING_DONE = 2
    STOPPED = 3


@dataclass
class Tally:
    new: int = 0
    changed: int = 0
    unchanged: int = 0

    def add(self, new: int, changed: int, unchanged: int) -> None:
        self.new, self.changed, self.unchanged = self.new + new, self.changed + changed, self.unchanged + unchanged

    def __str__(self) -> str:
        return f"{self.new:,} new, {self.changed:,} changed, {self.unchanged:,} unchanged"


@dataclass
class Report:
    """Counts of one run, or of one batch of it.

    `suspected`: cells with a word that programs write for nothing. `drafts`: titles of its data categories that nobody
    published yet.
    """

    rows: int = 0
    customers: Tally = field(default_factory=Tally)
    records: Tally = field(default_factory=Tally)
    rejects: Counter[RejectReason] = field(default_factory=Counter)
    lost_countries: int = 0
    suspected: int = 0
    erased: int = 0
    deleted: int = 0
    older: int = 0
    missing: int | None = None
    is_backwards: bool = False
    drafts: set[str] = field(default_factory=set)

    @property
    def exit(self) -> ExitCode:
        return ExitCode.SOME_REJECTED if self.rejects or self.is_backwards else ExitCode.ALL_IN

    def add(self, batch: "Report") -> None:
        """Add a batch that is in."""
        self.rows += batch.rows
        self.customers.add(*astuple(batch.customers))
        self.records.add(*astuple(batch.records))
        self.rejects += batch.rejects
        self.lost_countries += batch.lost_countries
        self.suspected += batch.suspected
        self.erased += batch.erased
        self.deleted += batch.deleted
        self.drafts |= batch.drafts

    def describe_source(self) -> list[str]:
        """Say what the source told of itself: what had not changed, what it lacks, whether it went backwards."""
        lines = [write_count(self.older, *OLDER)] if self.older else []
        lines += [write_count(self.missing, *MISSING)] if self.missing is not None else []
        return [*lines, BACKWARDS] if self.is_backwards else lines

    def reject(self, rejects: list[Reject]) -> None:
        self.rejects.update(reject.reason for reject in rejects)

    def lines(self, *, file: str, is_dry: bool, has_customers: bool, seconds: float) -> list[str]:
        """Return the lines of the report."""
        speed = f"{self.rows / max(seconds, 0.001):,.0f}"
        read = f"{write_count(self.rows, 'row')} read in {seconds:,.1f} seconds"
        lines = [f"{file}: {read} ({speed} a second)."]
        if is_dry:
            lines.insert(0, "Dry run: nothing was stored. This is what would happen.")
        if has_customers:
            lines.append(f"Customers: {self.customers}.")
        lines.append(f"Records: {self.records}.")
        counts = [
            (self.lost_countries, LOST_COUNTRIES),
            (self.suspected, SUSPECTED),
            (self.erased, ERASED),
            (self.deleted, DELETED),
        ]
        lines += [write_count(number, *words) for number, words in counts if number]
        lines += self.describe_source()
        if self.drafts:
            titles = ", ".join(sorted(self.drafts))
            lines.append(f"Not published yet, so nobody can ask for it: {titles}.")
        lines.append(f"Rejected: {self.rejects.total():,}.")
        lines += [f"  {count:,}  {SENTENCES[reason]}" for reason, count in self.rejects.most_common()]
        return lines


EVERY = 100_000  # rows between two plain lines


class Progress:
    def __init__(self, file: Path | None, stream: OutputWrapper) -> None:
        self.stream = stream
        self.told = 0
        self.bar = None
        if stream.isatty() and file and file.is_file():
            # Not through the stream: Django's adds a line's end and a colour to each write.
            self.bar = tqdm(total=file.stat().st_size, unit="B", unit_scale=True, file=sys.stderr)

    def close(self) -> None:
        if self.bar is not None:
            self.bar.close()

    def __call__(self, offset: int, rows: int) -> None:
        if self.bar is not None:
            self.bar.update(offset - self.bar.n)
        elif rows // EVERY > self.told:
            self.told = rows // EVERY
            self.stream.write(f"{write_count(rows, 'row')} done.")


OBJECTS = 100_000  # made and not gone, between two searches for cycles
LONGEST_TURN = 0.0002  # seconds that one thread may go on while another has something to do


@contextmanager
def tune_interpreter() -> Iterator[None]:
    """Look for cycles seldom, and not among what was there before; let threads take short turns."""
    thresholds, turn = gc.get_threshold(), sys.getswitchinterval()
    gc.freeze()
    gc.set_threshold(OBJECTS, *thresholds[1:])
    sys.setswitchinterval(LONGEST_TURN)
    try:
        yield
    finally:
        sys.setswitchinterval(turn)
        gc.set_threshold(*thresholds)
        gc.unfreeze()
