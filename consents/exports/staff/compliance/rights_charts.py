"""Draw the charts of rights requests: open, response times, received, and reasons for refusal."""

from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import urlencode

from django.template.defaultfilters import floatformat
from django.urls import reverse
from django.utils.dates import MONTHS_AP
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from consents.core import charts
from consents.core.charts import Bar, Chart, Table
from consents.core.counts import format_number
from consents.exports.staff.compliance.counting import MONTHS
from consents.exports.staff.compliance.rights import ResponseTimes, RightTotals, sum_by_key
from consents.law.kinds import Type
from consents.law.reasons import Reason


def build_queue_url(**only: object) -> str:
    """Return the URL of the queue with these filters."""
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
