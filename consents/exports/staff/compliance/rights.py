"""Count the rights requests of a year, their outcomes and response times, and those open now by days left."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.template.defaultfilters import floatformat
from django.urls import reverse
from django.utils.dates import MONTHS_AP
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from consents.core import charts
from consents.core.charts import Bar, Chart, Table, format_number
from consents.exports.staff.compliance.counting import MONTHS, build_month_counts, get_year_bounds, run_query
from consents.law.kinds import KINDS, PROVISIONS, Regime, Type
from consents.law.reasons import Reason
from consents.rights.rules import Outcome
from consents.rights.selectors import count_open_requests

# Calendar days, as in the exported register. LIMIT ALL keeps the subquery separate, so that PostgreSQL expects few
# groups and counts in parallel.
COUNT_REQUESTS = f"""
SELECT request_type, outcome, denial_reason, days, is_late, min(allowed), {build_month_counts("received_at")}
FROM (
    SELECT request_type, outcome, denial_reason, received_at, responded_at::date - received_at::date AS days,
           due_at::date - received_at::date AS allowed, responded_at > answer_by AS is_late
    FROM rights_register
    WHERE received_at >= %(first)s AND received_at < %(last)s
    LIMIT ALL
) AS each
GROUP BY 1, 2, 3, 4, 5
"""
# The order of columns in the table of metrics; "" is unanswered.
OUTCOMES = [Outcome.COMPLIED_WHOLE, Outcome.COMPLIED_PART, Outcome.DENIED, Outcome.NO_DATA, Outcome.WITHDRAWN, ""]
# (days left at most, label)
DAYS_LEFT = (
    (2, gettext_lazy("2 days or less")),
    (7, gettext_lazy("3 to 7 days")),
    (14, gettext_lazy("8 to 14 days")),
    (30, gettext_lazy("15 to 30 days")),
    (None, gettext_lazy("More than 30 days")),
)


class RequestGroup(NamedTuple):
    """Requests that agree in all of these fields, per month.

    `days`: from receipt to answer (None: unanswered); `limit`: the shortest deadline among them, in days.
    """

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
class RightTotals:
    """Requests for one right: received per month, by outcome ("" for unanswered), and by reason for refusal."""

    type: Type
    months: Sequence[int]
    outcomes: Mapping[str, int]
    reasons: Mapping[str, int]

    @property
    def total(self) -> int:
        return sum(self.months)


@dataclass(frozen=True)
class ResponseTimes:
    """Response times of one right in calendar days, the shortest limit among them, and the number of late answers."""

    type: Type
    median: float
    mean: float
    slowest: int
    limit: int
    late: int


def count_requests(year: int, zone: ZoneInfo) -> list[RequestGroup]:
    return [
        RequestGroup(Type(type), *rest)
        for type, *rest in run_query(COUNT_REQUESTS, zone, **get_year_bounds(year, zone))
    ]


def sum_by_right(found: Iterable[RequestGroup]) -> list[RightTotals]:
    """Sum up by right, the most requested first."""
    by_type: dict[Type, list[RequestGroup]] = defaultdict(list)
    for one in found:
        by_type[one.type].append(one)
    totals = [
        RightTotals(
            type,
            [sum(month) for month in zip(*(one.months for one in alike), strict=True)],
            sum_by_key((one.outcome, one.total) for one in alike),
            sum_by_key((one.reason, one.total) for one in alike if one.reason),
        )
        for type, alike in by_type.items()
    ]
    return sorted(totals, key=lambda one: (-one.total, one.type))


def measure_response_times(found: Iterable[RequestGroup]) -> dict[Type, ResponseTimes]:
    """Measure rights with at least one answer, in one order. Withdrawn requests do not count as answered."""
    answered: dict[Type, list[RequestGroup]] = defaultdict(list)
    for one in found:
        if one.days is not None and one.outcome != Outcome.WITHDRAWN:
            answered[one.type].append(one)
    return {type: build_response_times(type, answered[type]) for type in Type if type in answered}


def build_response_times(type: Type, answered: Sequence[RequestGroup]) -> ResponseTimes:
    days = sum_by_key((one.days, one.total) for one in answered if one.days is not None)
    return ResponseTimes(
        type,
        find_weighted_median(days),
        sum(day * count for day, count in days.items()) / sum(days.values()),
        max(days),
        min(one.limit for one in answered),
        sum(one.total for one in answered if one.is_late),
    )


def sum_by_key[Key](pairs: Iterable[tuple[Key, int]]) -> dict[Key, int]:
    sums: dict[Key, int] = defaultdict(int)
    for key, count in pairs:
        sums[key] += count
    return dict(sums)


def find_weighted_median(counts: Mapping[int, int]) -> float:
    """Return the median of values with their counts; the mean of the middle two if their number is even."""
    values, last = sorted(counts), list(accumulate(counts[value] for value in sorted(counts)))
    middle = ((last[-1] - 1) // 2, last[-1] // 2)
    return sum(next(value for value, end in zip(values, last, strict=True) if place < end) for place in middle) / 2


def count_open_by_days_left(zone: ZoneInfo) -> list[tuple[object, int]]:
    """Return (label, number), first the late ones, last those whose clock stands still."""
    found = count_open_requests(zone.key)
    buckets = dict.fromkeys((most for most, _label in DAYS_LEFT), 0)
    for one in found:
        if not one.is_waiting and not one.is_late:
            buckets[next(most for most in buckets if most is None or one.days <= most)] += one.number
    return [
        (_("Late"), sum(one.number for one in found if one.is_late and not one.is_waiting)),
        *((label, buckets[most]) for most, label in DAYS_LEFT),
        (_("The clock stands still"), sum(one.number for one in found if one.is_waiting)),
    ]


@dataclass(frozen=True)
class Metric:
    """A row of the year's metrics (11 CCR 7102; GDPR Art 5(2)): received, outcomes, response times."""

    received: RightTotals
    times: ResponseTimes | None

    @property
    def provision(self) -> str:
        """Return the law: rights of two laws differ in their words alone."""
        return PROVISIONS[self.received.type]

    @property
    def counts(self) -> list[int]:
        return [self.received.outcomes.get(outcome, 0) for outcome in OUTCOMES]


def build_metrics(found: Sequence[RightTotals], answered: Mapping[Type, ResponseTimes]) -> list[Metric]:
    """Build a row for each right that was asked for, and for those of California that nobody asked for; none for a year
    without any request.
    """
    if not found:
        return []
    asked = {one.type for one in found}
    unasked = [RightTotals(type, [0] * 12, {}, {}) for type in KINDS[Regime.CCPA] if type not in asked]
    return [Metric(one, answered.get(one.type)) for one in [*found, *unasked]]


# Draw the charts of rights requests: open, response times, received, and reasons for refusal.


def build_queue_url(**only: object) -> str:
    return f"{reverse('admin:rights_rightsrequest_changelist')}?{urlencode(only)}"


def draw_open_chart(found: Sequence[tuple[object, int]]) -> Chart:
    (_label, late), *rest = found
    total = late + sum(count for _label, count in rest)
    sentence = ngettext(
        "%(open)s privacy request is open, %(late)s late", "%(open)s privacy requests are open, %(late)s late", total
    )
    bars = [Bar(label, count, tone="late" if place == 0 else "plain") for place, (label, count) in enumerate(found)]
    return charts.draw_bars(
        bars,
        key="open",
        title=sentence % {"open": format_number(total), "late": format_number(late)},
        about=_("Bars: open requests by the days left until the answer is due, the late ones first."),
        table=Table([_("Days left"), _("Requests")], found),
        url=reverse("admin:rights_rightsrequest_changelist"),
        link=_("The queue"),
    )


def draw_received_charts(found: Sequence[RightTotals], year: int) -> list[Chart]:
    """Draw a chart for each right, all on the same scale."""
    most = max((count for one in found for count in one.months), default=0)
    return [
        Chart(
            key=f"received-{place}",
            title=_("%(right)s: %(count)s received") % {"right": one.type.label, "count": format_number(one.total)},
            about=_("A column for the requests received in each month."),
            table=Table([_("Month"), _("Requests")], [[MONTHS_AP[m], one.months[m - 1]] for m in MONTHS]),
            template="admin/charts/columns.html",
            height=120,
            shapes={"columns": charts.build_columns(one.months, most), "labels": charts.QUARTERS},
            url=build_queue_url(state="all", right=one.type.value, received=year),
            link=_("These requests"),
        )
        for place, one in enumerate(found)
    ]


def draw_times_chart(found: Mapping[Type, ResponseTimes], year: int) -> Chart:
    times = found.values()
    late = sum(one.late for one in times)
    lines = [(one.type.label, describe_times(one), [one.median, one.slowest], one.limit) for one in times]
    placed, height = charts.build_dots(lines)
    return Chart(
        key="times",
        title=describe_late(late, times),
        about=_(
            "For each right a line of days: a full dot where half were answered, an open one for the slowest answer, "
            "and a dashed line for the limit."
        ),
        table=Table(
            [_("Right"), _("Median"), _("Mean"), _("Slowest"), _("Limit"), _("Late")],
            [[o.type.label, floatformat(o.median), floatformat(o.mean, 1), o.slowest, o.limit, o.late] for o in times],
        ),
        template="admin/charts/dots.html",
        height=height,
        shapes=placed,
        url=build_queue_url(state="answered", received=year, **({"late": "yes"} if late else {})),
        link=_("Those answered late") if late else _("Those answered"),
    )


def describe_late(late: int, times: Iterable[ResponseTimes]) -> str:
    if not late:
        # An answer in time lies past the limit drawn where its deadline was extended, or stood still for a while.
        has_later = any(right.slowest > right.limit for right in times)
        return _("Every answer came in time, some by a later deadline") if has_later else _("Every answer came in time")
    sentence = ngettext("%(late)s answer came after its limit", "%(late)s answers came after their limit", late)
    return sentence % {"late": format_number(late)}


def describe_times(one: ResponseTimes) -> str:
    return _("half within %(median)s days, slowest %(slowest)s, limit %(limit)s") % {
        "median": floatformat(one.median),
        "slowest": one.slowest,
        "limit": one.limit,
    }


def draw_reasons_chart(found: Sequence[RightTotals], year: int) -> Chart:
    counts = sum_by_key((reason, count) for one in found for reason, count in one.reasons.items())
    total = sum(counts.values())
    named = [(str(Reason(reason).label), count) for reason, count in counts.items()]
    ranked = sorted(named, key=lambda pair: (-pair[1], pair[0]))
    return charts.draw_bars(
        [Bar(label, count) for label, count in ranked],
        key="reasons",
        title=ngettext(
            "%(count)s request was refused, all or part", "%(count)s requests were refused, all or part", total
        )
        % {"count": format_number(total)},
        about=_("A bar for each reason of a refusal, in whole or in part."),
        table=Table([_("Reason"), _("Requests")], ranked),
        url=build_queue_url(state="refused", received=year) if total else "",
        link=_("Those refused"),
    )


def build_reasons_table(found: Sequence[RightTotals]) -> Table:
    """Build a table with a row for each right and a column for each reason that occurred."""
    occurred = [reason for reason in Reason if any(reason in one.reasons for one in found)]
    refused = [one for one in found if one.reasons]
    return Table(
        [_("Right"), *(reason.label for reason in occurred)],
        [[one.type.label, *(one.reasons.get(reason, 0) for reason in occurred)] for one in refused],
    )
