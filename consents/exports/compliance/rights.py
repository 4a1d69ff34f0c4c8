"""Rights requests of a year: received, how they were answered, how fast; and what is open now by days left."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consents.exports.compliance.counting import bounds, by_month, rows
from consents.rights.rules.answers import Outcome
from consents.rights.rules.kinds import Type

# Calendar days, as the exported record counts them. LIMIT ALL keeps them apart from the counting: so grouped, the
# database knows that there are few groups, and counts in parallel.
COUNTED = f"""
SELECT request_type, outcome, denial_reason, days, is_late, min(allowed), {by_month("received_at")}
FROM (
    SELECT request_type, outcome, denial_reason, received_at, responded_at::date - received_at::date AS days,
           due_at::date - received_at::date AS allowed, responded_at > coalesce(extended_to, due_at) AS is_late
    FROM rights_rightsrequest
    WHERE received_at >= %(first)s AND received_at < %(last)s
    LIMIT ALL
) AS each
GROUP BY 1, 2, 3, 4, 5
"""
# While the customer is waited for, the clock stands still: such a request is not late.
OPEN = """
SELECT waiting_since IS NOT NULL, coalesce(extended_to, due_at) < portal_now(),
       coalesce(extended_to, due_at)::date - portal_now()::date, count(*)
FROM rights_rightsrequest
WHERE state <> 'answered'
GROUP BY 1, 2, 3
"""
# In this order in the table of metrics; "" is not answered.
OUTCOMES = [Outcome.COMPLIED_WHOLE, Outcome.COMPLIED_PART, Outcome.DENIED, Outcome.NO_DATA, Outcome.WITHDRAWN, ""]
# (days left at most, label)
LEFT = (
    (2, gettext_lazy("2 days or less")),
    (7, gettext_lazy("3 to 7 days")),
    (14, gettext_lazy("8 to 14 days")),
    (30, gettext_lazy("15 to 30 days")),
    (None, gettext_lazy("more than 30 days")),
)


class Counted(NamedTuple):
    """Requests alike in all this, month by month. `days` (None: not answered) from receipt to answer; `limit`: the
    fewest that any of them was given."""

    type: Type
    outcome: str
    reason: str
    days: int | None
    is_late: bool | None
    limit: int
    months: Sequence[int]

    @property
    def total(self) -> int:
        return sum(self.months)


@dataclass(frozen=True)
class Received:
    """Of one right: how many came in each month, how they ended ("" for those not answered), why they were refused."""

    type: Type
    months: Sequence[int]
    outcomes: Mapping[str, int]
    reasons: Mapping[str, int]

    @property
    def total(self) -> int:
        return sum(self.months)


@dataclass(frozen=True)
class Times:
    """Of one right: calendar days from receipt to answer, the shortest limit among them, and how many came late."""

    type: Type
    median: float
    mean: float
    slowest: int
    limit: int
    late: int


def counted(year: int, zone: ZoneInfo) -> list[Counted]:
    return [Counted(Type(type), *rest) for type, *rest in rows(COUNTED, zone, **bounds(year, zone))]


def received(found: Iterable[Counted]) -> list[Received]:
    """The most asked for first."""
    by_type: dict[Type, list[Counted]] = defaultdict(list)
    for one in found:
        by_type[one.type].append(one)
    made = [
        Received(
            type,
            [sum(month) for month in zip(*(one.months for one in alike), strict=True)],
            summed((one.outcome, one.total) for one in alike),
            summed((one.reason, one.total) for one in alike if one.reason),
        )
        for type, alike in by_type.items()
    ]
    return sorted(made, key=lambda one: (-one.total, one.type))


def times(found: Iterable[Counted]) -> dict[Type, Times]:
    """Rights with at least one answer. What was taken back was not answered."""
    answered: dict[Type, list[tuple[int, int, bool, int]]] = defaultdict(list)
    for one in found:
        if one.days is not None and one.outcome != Outcome.WITHDRAWN:
            answered[one.type].append((one.days, one.limit, bool(one.is_late), one.total))
    return {type: timed(type, counted) for type, counted in answered.items()}


def timed(type: Type, counted: Sequence[tuple[int, int, bool, int]]) -> Times:
    days = summed((days, count) for days, _limit, _late, count in counted)
    return Times(
        type,
        median(days),
        sum(day * count for day, count in days.items()) / sum(days.values()),
        max(days),
        min(limit for _days, limit, _late, _count in counted),
        sum(count for _days, _limit, late, count in counted if late),
    )


def summed[Key](pairs: Iterable[tuple[Key, int]]) -> dict[Key, int]:
    sums: dict[Key, int] = defaultdict(int)
    for key, count in pairs:
        sums[key] += count
    return dict(sums)


def median(counts: Mapping[int, int]) -> float:
    """Of values that come so many times each; between the two in the middle where their number is even."""
    values, last = sorted(counts), list(accumulate(counts[value] for value in sorted(counts)))
    middle = ((last[-1] - 1) // 2, last[-1] // 2)
    return sum(next(value for value, end in zip(values, last, strict=True) if place < end) for place in middle) / 2


def open_by_days_left(zone: ZoneInfo) -> list[tuple[object, int]]:
    """(label, number), the late ones first, last those that wait for the customer."""
    found = rows(OPEN, zone)
    waiting = sum(count for is_waiting, _late, _days, count in found if is_waiting)
    late = sum(count for is_waiting, is_late, _days, count in found if is_late and not is_waiting)
    left = [(days, count) for is_waiting, is_late, days, count in found if not (is_late or is_waiting)]
    buckets = dict.fromkeys((most for most, _label in LEFT), 0)
    for days, count in left:
        buckets[next(most for most in buckets if most is None or days <= most)] += count
    return [
        (_("Late"), late),
        *((label, buckets[most]) for most, label in LEFT),
        (_("Waits for the customer"), waiting),
    ]


@dataclass(frozen=True)
class Metric:
    """One line of the year's metrics (11 CCR 7102; Art 5(2)): what came, how it ended, how long it took."""

    received: Received
    times: Times | None

    @property
    def counts(self) -> list[int]:
        return [self.received.outcomes.get(outcome, 0) for outcome in OUTCOMES]


def metrics(found: Sequence[Received], answered: Mapping[Type, Times]) -> list[Metric]:
    return [Metric(one, answered.get(one.type)) for one in found]
