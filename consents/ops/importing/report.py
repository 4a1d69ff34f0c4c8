"""Count and describe what an import did, without any value of a row."""

from collections import Counter
from dataclasses import astuple, dataclass, field
from enum import IntEnum

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from consents.ops.importing.rejects import SENTENCES, Reject, RejectReason


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
        return _("%(new)s new, %(changed)s changed, %(unchanged)s unchanged") % {
            "new": f"{self.new:,}",
            "changed": f"{self.changed:,}",
            "unchanged": f"{self.unchanged:,}",
        }


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
        lines = [describe_older(self.older)] if self.older else []
        lines += [describe_missing(self.missing)] if self.missing is not None else []
        backwards = _(
            "The newest change in the source is older than that of the last import: it may have been restored. Import"
            " it whole, once, without --since."
        )
        return [*lines, backwards] if self.is_backwards else lines

    def reject(self, rejects: list[Reject]) -> None:
        self.rejects.update(reject.reason for reject in rejects)

    def lines(self, *, file: str, is_dry: bool, has_customers: bool, seconds: float) -> list[str]:
        """Return the lines of the report."""
        speed = f"{self.rows / max(seconds, 0.001):,.0f}"
        counts = {"file": file, "rows": f"{self.rows:,}", "seconds": f"{seconds:,.1f}", "speed": speed}
        lines = [_("%(file)s: %(rows)s rows read in %(seconds)s seconds (%(speed)s a second).") % counts]
        if is_dry:
            lines.insert(0, _("Dry run: nothing was stored. This is what would happen."))
        if has_customers:
            lines.append(_("Customers: %(tally)s.") % {"tally": self.customers})
        lines.append(_("Records: %(tally)s.") % {"tally": self.records})
        if self.lost_countries:
            lines.append(describe_lost_countries(self.lost_countries))
        if self.suspected:
            lines.append(describe_suspects(self.suspected))
        if self.erased:
            lines.append(describe_erasures(self.erased))
        if self.deleted:
            lines.append(describe_deletions(self.deleted))
        lines += self.describe_source()
        if self.drafts:
            titles = ", ".join(sorted(self.drafts))
            lines.append(_("Not published yet, so nobody can ask for it: %(titles)s.") % {"titles": titles})
        lines.append(_("Rejected: %(count)s.") % {"count": f"{self.rejects.total():,}"})
        lines += [f"  {count:,}  {SENTENCES[reason]}" for reason, count in self.rejects.most_common()]
        return lines


def describe_older(count: int) -> str:
    words = ngettext(
        "%(count)s row had not changed since the last import.",
        "%(count)s rows had not changed since the last import.",
        count,
    )
    return words % {"count": f"{count:,}"}


def describe_missing(count: int) -> str:
    words = ngettext(
        "%(count)s customer here is not in it. Nothing was deleted: erasing takes two officers.",
        "%(count)s customers here are not in it. Nothing was deleted: erasing takes two officers.",
        count,
    )
    return words % {"count": f"{count:,}"}


def describe_suspects(count: int) -> str:
    words = ngettext(
        "%(count)s cell says NULL, None or the like, and was taken as a value. If it means that nothing is known, name"
        ' the word in the mapping: empty = ["NULL"].',
        "%(count)s cells say NULL, None or the like, and were taken as values. If they mean that nothing is known, name"
        ' the words in the mapping: empty = ["NULL"].',
        count,
    )
    return words % {"count": f"{count:,}"}


def describe_erasures(count: int) -> str:
    words = ngettext(
        "%(count)s row is of a customer who was erased; it was not taken in again.",
        "%(count)s rows are of customers who were erased; they were not taken in again.",
        count,
    )
    return words % {"count": f"{count:,}"}


def describe_deletions(count: int) -> str:
    words = ngettext(
        "%(count)s record is of a kind that was deleted for its customer; it was not taken in again.",
        "%(count)s records are of kinds that were deleted for their customers; they were not taken in again.",
        count,
    )
    return words % {"count": f"{count:,}"}


def describe_lost_countries(count: int) -> str:
    words = ngettext(
        "%(count)s row names a country the mapping has no code for; it was left empty.",
        "%(count)s rows name a country the mapping has no code for; it was left empty.",
        count,
    )
    return words % {"count": f"{count:,}"}
