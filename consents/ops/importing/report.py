"""Count and describe what an import did, without any value of a row."""

from collections import Counter
from dataclasses import astuple, dataclass, field
from enum import IntEnum

from consents.core.counts import write_count
from consents.ops.importing.rejects import SENTENCES, Reject, RejectReason

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
