"""Rights requests of a year: received, how they were answered, how fast; and what is open now by days left."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consents.exports.compliance.counting import MONTHS, bounds, rows
from consents.rights.rules.answers import Outcome
from consents.rights.rules.kinds import Type

IN_YEAR = "FROM rights_rightsrequest WHERE received_at >= %(first)s AND received_at < %(last)s"
# By bounds rather than by the name of the month: so grouped, the database knows that there are few groups, and counts
# in parallel.
BY_MONTH = ", ".join(
    f"count(*) FILTER (WHERE received_at >= %(month_{month})s AND received_at < %(month_{month + 1})s)"
    for month in MONTHS
)
RECEIVED = f"SELECT request_type, outcome, denial_reason, count(*), {BY_MONTH} {IN_YEAR} GROUP BY 1, 2, 3"
# Calendar days, as the exported record counts them. What was taken back was not answered.
DAYS = "(({}) AT TIME ZONE %(zone)s)::date - (received_at AT TIME ZONE %(zone)s)::date".format
TIMES = f"""
SELECT request_type, {DAYS("responded_at")}, {DAYS("due_at")}, responded_at > coalesce(extended_to, due_at), count(*)
{IN_YEAR} AND outcome NOT IN ('', '{Outcome.WITHDRAWN}')
GROUP BY 1, 2, 3, 4
"""
OPEN = """
SELECT coalesce(extended_to, due_at) < portal_now(),
       (coalesce(extended_to, due_at) AT TIME ZONE %(zone)s)::date - (portal_now() AT TIME ZONE %(zone)s)::date,
       count(*)
FROM rights_rightsrequest
WHERE state <> 'answered'
GROUP BY 1, 2
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


def received(year: int, zone: ZoneInfo) -> list[Received]:
    """The most asked for first."""
    found: dict[str, list[tuple]] = defaultdict(list)
    for type, *row in rows(RECEIVED, **bounds(year, zone), **months(year, zone)):
        found[type].append(tuple(row))
    made = [
        Received(
            Type(type),
            [sum(row[2 + month] for row in counted) for month in MONTHS],
            summed((outcome, count) for outcome, _reason, count, *_months in counted),
            summed((reason, count) for _outcome, reason, count, *_months in counted if reason),
        )
        for type, counted in found.items()
    ]
    return sorted(made, key=lambda one: (-one.total, one.type))


def months(year: int, zone: ZoneInfo) -> dict[str, datetime]:
    """Parameters of `BY_MONTH`: the first moment of each month, and of the one after the last."""
    first = {f"month_{month}": datetime(year, month, 1, tzinfo=zone) for month in MONTHS}
    return first | {"month_13": datetime(year + 1, 1, 1, tzinfo=zone)}


def times(year: int, zone: ZoneInfo) -> dict[Type, Times]:
    """Rights with at least one answer."""
    found: dict[str, list[tuple]] = defaultdict(list)
    for type, *row in rows(TIMES, **bounds(year, zone)):
        found[type].append(tuple(row))
    return {Type(type): timed(Type(type), counted) for type, counted in found.items()}


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
    """(label, number), the late ones first."""
    found = rows(OPEN, zone=zone.key)
    late = sum(count for is_late, _days, count in found if is_late)
    left = [(days, count) for is_late, days, count in found if not is_late]
    buckets = dict.fromkeys((most for most, _label in LEFT), 0)
    for days, count in left:
        buckets[next(most for most in buckets if most is None or days <= most)] += count
    return [(_("Late"), late), *((label, buckets[most]) for most, label in LEFT)]


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
