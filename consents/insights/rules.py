"""Decide what of a count may be shown: groups, the smallest group, what else is hidden, rounding, periods. Pure.

Nobody can be told from what is shown, whoever knows all of it, these rules, and everything of a customer but one fact:

- a group of fewer customers than the minimum is hidden; zero is shown;
- what is hidden is never so few together that the sums tell a small group: more groups are hidden until it is not;
- every number is rounded up or down by chance to a multiple of five, so that the difference between two answers is
  never known within ten;
- a question is counted at most once a month for each period, and again only when as many customers as the minimum have
  come or gone; whoever asks before reads the stored answer, so that no one who came or went is told by the difference.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _

from consents.core.refusals import NotPermitted, NotValid, Refusal

# The code of the purpose whose consent lets a customer be counted. The policy of the vault names it too.
STATISTICS = "statistics"
# No setting goes below this; the database says the same.
FEWEST = 5
BASE = 5
# Of one customer's records, so many count in one group: no customer makes up much of a number.
MOST_PER_CUSTOMER = 5
MOST_GROUPS = 100
LABEL_LENGTH = 80
# New insights of one analyst in thirty days: all together, and of one question. The database says the same.
BUDGET, BUDGET_PER_QUESTION = 20, 6
BUDGET_TIME = timedelta(days=30)


class Grouping(models.TextChoices):
    VALUE = "value", _("equal values")
    MONTH = "month", _("months")
    YEAR = "year", _("years")
    TENS = "tens", _("tens")
    HUNDREDS = "hundreds", _("hundreds")


class Measure(models.TextChoices):
    CUSTOMERS = "customers", _("customers")
    RECORDS = "records", _("entries, at most five of each customer in a group")


class Step(models.TextChoices):
    QUARTER = "quarter", _("quarter")
    YEAR = "year", _("year")


class Outcome(models.TextChoices):
    COUNTED = "counted", _("counted")
    TOO_FEW = "too_few", _("too few customers")
    TOO_MANY_GROUPS = "too_many_groups", _("too many groups")
    CLOSED = "closed", _("no longer allowed")


class NotPrivacyOfficer(NotPermitted):
    sentence = _("Only a privacy officer can add or retire a question.")


class CategoryNotCounted(NotValid):
    sentence = _(
        "This kind of data cannot be counted: the purpose for statistics does not name it, or it is sensitive."
    )


class UnknownField(NotValid):
    sentence = _("This kind of data has no such field.")


class QuestionRetired(Refusal):
    sentence = _("This question was retired. Choose another one.")


class PeriodNotOver(NotValid):
    sentence = _("Choose a period that is over: numbers of a running period still change.")


class NotAnalyst(NotPermitted):
    sentence = _("Your staff account has ended.")


class BudgetSpent(Refusal):
    status = 429
    sentence = _(
        "You have asked as many new questions as one person may in 30 days. What was counted before stays readable."
    )


def parse_day(text: str) -> date | None:
    """Parse the day at the start of a stored date; None for anything else."""
    try:
        return date.fromisoformat(text.strip()[:10])
    except ValueError:
        return None


def parse_number(text: str) -> float | None:
    try:
        return float(text.strip().split(" ")[0].replace(",", ""))
    except (ValueError, IndexError):
        return None


def find_label(grouping: str, text: str) -> str:
    """Return the label of the group that a stored value belongs to; '' where it says nothing."""
    if grouping == Grouping.VALUE:
        return " ".join(text.split())[:LABEL_LENGTH]
    if grouping in (Grouping.MONTH, Grouping.YEAR):
        day = parse_day(text)
        return "" if day is None else day.isoformat()[: 7 if grouping == Grouping.MONTH else 4]
    number, width = parse_number(text), 10 if grouping == Grouping.TENS else 100
    if number is None or not 0 <= number < 1_000_000:
        return ""
    low = int(number) // width * width
    return f"{low}–{low + width - 1}"


def find_period(step: str, text: str) -> str:
    """Return the period that a stored date lies in: '2026', '2026-Q1'; '' where there are no periods."""
    day = parse_day(text) if step else None
    if day is None:
        return ""
    return f"{day.year:04}" + (f"-Q{(day.month + 2) // 3}" if step == Step.QUARTER else "")


def list_periods(step: str, today: date) -> list[str]:
    """List the periods of three years that are over, newest first."""
    if not step:
        return [""]
    firsts = [date(year, month, 1) for year in range(today.year - 3, today.year + 1) for month in (1, 4, 7, 10)]
    periods = dict.fromkeys(find_period(step, first.isoformat()) for first in firsts if first <= today)
    return [period for period in reversed(periods) if period != find_period(step, today.isoformat())]


class TooManyGroups(Refusal):
    """A question with so many answers says nothing about groups."""

    sentence = _("This question has so many different answers that it says nothing about groups.")


@dataclass
class Tally:
    """Counts while customers pass by, in memory that grows with the groups alone."""

    grouping: str
    measure: str
    customers: dict[str, int] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    people: int = 0
    total: int = 0

    def add_customer(self, values: Iterable[str]) -> None:
        """Count the records of one customer, each by the value that it is grouped by. Raises TooManyGroups."""
        found: dict[str, int] = {}
        for value in values:
            if label := find_label(self.grouping, value):
                found[label] = min(found.get(label, 0) + 1, MOST_PER_CUSTOMER)
        if not found:
            return
        by_records = self.measure == Measure.RECORDS
        self.people += 1
        self.total += sum(found.values()) if by_records else 1
        for label, records in found.items():
            self.customers[label] = self.customers.get(label, 0) + 1
            self.numbers[label] = self.numbers.get(label, 0) + (records if by_records else 1)
        if len(self.customers) > 100 * MOST_GROUPS:
            raise TooManyGroups


@dataclass(frozen=True)
class Answer:
    """Hold what may be shown. `cells`: group → its rounded number, None where it is hidden."""

    outcome: Outcome
    total: int | None = None
    cells: Mapping[str, int | None] = field(default_factory=dict)
    has_hidden: bool = False


def build_answer(tally: Tally, minimum: int, choose: Callable[[int], int]) -> Answer:
    """Build what may be shown of a count. `choose(n)` returns a random number below n."""
    if tally.people < minimum:
        return Answer(Outcome.TOO_FEW)
    hidden = choose_hidden(tally.customers, minimum)
    if len(hidden) == len(tally.customers):
        return Answer(Outcome.TOO_FEW)
    # What people typed names a group only where it is shown; months, years and bands name nobody.
    named = tally.customers.keys() - hidden if tally.grouping == Grouping.VALUE else tally.customers
    groups = list_groups(tally.grouping, named)
    if len(groups) > MOST_GROUPS:
        return Answer(Outcome.TOO_MANY_GROUPS)
    cells = {
        label: None if label in hidden else round_number(tally.numbers.get(label, 0), minimum, choose)
        for label in groups
    }
    return Answer(Outcome.COUNTED, round_number(tally.total, minimum, choose), cells, bool(hidden))


def choose_hidden(customers: Mapping[str, int], minimum: int) -> set[str]:
    """Choose the groups to hide: those below the minimum, and then the smallest others until sums tell nothing."""
    hidden = {label for label, number in customers.items() if number < minimum}
    others = sorted((number, label) for label, number in customers.items() if number >= minimum)
    for _number, label in others:
        if is_hidden_well([customers[label] for label in hidden], minimum):
            break
        hidden.add(label)
    return hidden


def may_renew(asked: date, now: date, changed: int, minimum: int) -> bool:
    """Tell whether a question may be counted again: in a later month, once so many customers have come or gone that
    what differs is of no small group.
    """
    return (asked.year, asked.month) < (now.year, now.month) and changed >= minimum


def is_hidden_well(hidden: list[int], minimum: int) -> bool:
    """Tell whether any one of the hidden groups could be as large as one that is shown, whatever the sums tell."""
    return not hidden or (len(hidden) > 1 and sum(hidden) >= minimum + len(hidden) - 1)


def round_number(number: int, minimum: int, choose: Callable[[int], int]) -> int:
    """Round to a multiple of BASE, up or down by chance, true on average; never below the minimum. Zero stays."""
    if not number:
        return 0
    rest = number % BASE
    rounded = number - rest + (BASE if rest and choose(BASE) < rest else 0)
    return max(rounded, -(-minimum // BASE) * BASE)


def list_groups(grouping: str, labels: Iterable[str]) -> list[str]:
    """List the groups in order; months, years and bands without a gap from the first to the last that has somebody."""
    present = sorted(labels, key=get_place)
    if grouping == Grouping.VALUE or not present:
        return present
    if grouping == Grouping.MONTH:
        first, last = (int(label[:4]) * 12 + int(label[5:7]) - 1 for label in (present[0], present[-1]))
        return [f"{place // 12:04}-{place % 12 + 1:02}" for place in range(first, last + 1)][: MOST_GROUPS + 1]
    if grouping == Grouping.YEAR:
        return [f"{year:04}" for year in range(int(present[0]), int(present[-1]) + 1)][: MOST_GROUPS + 1]
    width = 10 if grouping == Grouping.TENS else 100
    lows = range(get_place(present[0])[0], get_place(present[-1])[0] + 1, width)
    return [f"{low}–{low + width - 1}" for low in lows][: MOST_GROUPS + 1]


def get_place(label: str) -> tuple[int, str]:
    head = label.partition("–")[0]
    return (int(head), label) if head.isdecimal() else (0, label)
