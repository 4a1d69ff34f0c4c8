"""What somebody can work out from every answer there ever was, who knows the rules and all of a customer but one fact.

A finding is a certainty: that a named group, or the difference between two of its numbers, is of one to ten customers.
Who knows everything else about one of them then knows that fact too.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from consents.insights import rules

SMALL = 10
type Interval = tuple[float, float]


@dataclass(frozen=True)
class Rules:
    """Which rules are in force. The attacker knows."""

    minimum: int = 11
    is_complementary: bool = True
    is_rounded: bool = True
    is_monthly: bool = True
    is_renewed_late: bool = True


@dataclass(frozen=True)
class Seen:
    """One answer, as everybody reads it: of which question, in which month; `is_single`: each customer in one group."""

    question: str
    month: int
    total: int | None
    cells: Mapping[str, int | None]
    has_hidden: bool
    is_single: bool = True


def bound(shown: int, in_force: Rules) -> Interval:
    """Between which numbers the true one lies."""
    if not in_force.is_rounded or (shown == 0 and in_force.minimum > 1):
        return shown, shown
    least = -(-in_force.minimum // rules.BASE) * rules.BASE
    if shown == least:
        return in_force.minimum, shown + rules.BASE - 1
    return max(shown - rules.BASE + 1, 0), shown + rules.BASE - 1


def find_people(answers: Sequence[Seen], in_force: Rules) -> list[str]:
    found = [finding for seen in answers for finding in find_in_one(seen, in_force)]
    return [*found, *find_in_differences(answers, in_force), *find_in_changes(answers)]


def is_small(interval: Interval) -> bool:
    low, high = interval
    return low >= 1 and high <= SMALL


def find_in_one(seen: Seen, in_force: Rules) -> Iterator[str]:
    """A shown number that is small, or a hidden group that the sums leave no room in."""
    for label, number in seen.cells.items():
        if number is not None and is_small(bound(number, in_force)):
            yield f"{seen.question} {seen.month}: {label} is {number}"
    if seen.total is None or not seen.has_hidden:
        return
    hidden = [label for label, number in seen.cells.items() if number is None]
    if not in_force.is_complementary:
        # Then hidden means small.
        yield from (f"{seen.question} {seen.month}: {label} is small" for label in hidden or ["another group"])
    elif seen.is_single:
        low, high = bound(seen.total, in_force)
        shown = [bound(number, in_force) for number in seen.cells.values() if number is not None]
        room = (low - sum(most for _, most in shown), high - sum(least for least, _ in shown))
        for label in hidden or ["other groups"]:
            others = max(len(hidden) - 1, 1)
            if is_small((max(room[0] - others * 10**6, 1), room[1] - others)):
                yield f"{seen.question} {seen.month}: {label} is at most {room[1] - others}"


def find_in_differences(answers: Sequence[Seen], in_force: Rules) -> Iterator[str]:
    """Each number of each question, month by month: who withdrew in between, was in it or not."""
    numbers: dict[tuple[str, str], dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
    for seen in answers:
        for label, number in [("all", seen.total), *seen.cells.items()]:
            if number is not None:
                numbers[seen.question, label][seen.month].append(number)
    for about, by_month in numbers.items():
        bounds = [estimate(shown, in_force) for _month, shown in sorted(by_month.items())]
        for place, (low, high) in enumerate(bounds):
            for later_low, later_high in bounds[place + 1 :]:
                if is_small((low - later_high, high - later_low)) or is_small((later_low - high, later_high - low)):
                    yield f"{about}: {(low, high)} became {(later_low, later_high)}"


def find_in_changes(answers: Sequence[Seen]) -> Iterator[str]:
    """A group that is hidden in one month and empty in another: of the few who left in between, some were in it."""
    by_question: dict[str, list[Seen]] = defaultdict(list)
    for seen in answers:
        if all(seen.month != earlier.month for earlier in by_question[seen.question][-1:]):
            by_question[seen.question].append(seen)
    for question, months in by_question.items():
        for one, other in combinations(months, 2):
            if abs(other.month - one.month) > SMALL:  # one leaves each month
                continue
            for label in one.cells.keys() & other.cells.keys():
                if {one.cells[label], other.cells[label]} == {None, 0}:
                    yield f"{question}: {label} was empty in month {one.month} or {other.month}"
            if one.has_hidden != other.has_hidden:
                yield f"{question}: a small group was there in one month"


def estimate(shown: Sequence[int], in_force: Rules) -> Interval:
    """Between which numbers the true one lies, from everything shown of it in one month. Many rounds tell the mean."""
    if len(shown) > 1 and in_force.is_rounded:
        mean = round(sum(shown) / len(shown))
        return mean, mean
    intervals = [bound(number, in_force) for number in shown]
    return max(low for low, _ in intervals), min(high for _, high in intervals)
