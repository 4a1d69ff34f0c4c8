"""Charts of rights requests: what is open, how fast answers were, what came in, why requests were refused."""

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.dates import MONTHS_AP
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from consents.core import charts
from consents.core.charts import Bar, Chart, Table
from consents.exports.compliance.counting import MONTHS
from consents.exports.compliance.rights import Received, Times, summed
from consents.rights.rules.answers import Reason
from consents.rights.rules.kinds import Type


def queue_of(**only: object) -> str:
    """Address of the queue, narrowed."""
    return f"{reverse('admin:rights_rightsrequest_changelist')}?{urlencode(only)}"


def still_open(found: Sequence[tuple[object, int]]) -> Chart:
    (_label, late), *rest = found
    total = late + sum(count for _label, count in rest)
    said = ngettext(
        "%(open)s privacy request is open, %(late)s late", "%(open)s privacy requests are open, %(late)s late", total
    )
    placed, height = charts.bars(
        Bar(label, count, tone="late" if place == 0 else "plain") for place, (label, count) in enumerate(found)
    )
    return Chart(
        key="open",
        title=said % {"open": f"{total:,}", "late": f"{late:,}"},
        about=_("Bars: open requests by the days left until the answer is due, the late ones first."),
        table=Table([_("Days left"), _("Requests")], found),
        template="admin/charts/bars.html",
        height=height,
        shapes=placed,
        url=reverse("admin:rights_rightsrequest_changelist"),
        link=_("The queue"),
    )


def received(found: Sequence[Received], year: int) -> list[Chart]:
    """One for each right, all on the same scale."""
    most = max((count for one in found for count in one.months), default=0)
    return [
        Chart(
            key=f"received-{place}",
            title=_("%(right)s: %(count)s received") % {"right": one.type.label, "count": f"{one.total:,}"},
            about=_("A column for the requests received in each month."),
            table=Table([_("Month"), _("Requests")], [[MONTHS_AP[m], one.months[m - 1]] for m in MONTHS]),
            template="admin/charts/columns.html",
            height=120,
            shapes={"columns": charts.columns(one.months, most), "labels": charts.QUARTERS},
            url=queue_of(state="all", right=one.type.value, received=year),
            link=_("These requests"),
        )
        for place, one in enumerate(found)
    ]


def times(found: Mapping[Type, Times], year: int) -> Chart:
    late = sum(one.late for one in found.values())
    lines = [(one.type.label, in_words(one), [one.median, one.slowest], one.limit) for one in found.values()]
    placed, height = charts.dots(lines)
    return Chart(
        key="times",
        title=late_in_words(late),
        about=_(
            "For each right a line of days: a full dot where half were answered, an open one for the slowest answer, "
            "and a dashed line for the limit."
        ),
        table=Table(
            [_("Right"), _("Median"), _("Mean"), _("Slowest"), _("Limit"), _("Late")],
            [[o.type.label, f"{o.median:g}", f"{o.mean:.1f}", o.slowest, o.limit, o.late] for o in found.values()],
        ),
        template="admin/charts/dots.html",
        height=height,
        shapes=placed,
        url=queue_of(state="answered", received=year, **({"late": "yes"} if late else {})),
        link=_("Those answered late") if late else _("Those answered"),
    )


def late_in_words(late: int) -> str:
    if not late:
        return _("Every answer came in time")
    said = ngettext("%(late)s answer came after its limit", "%(late)s answers came after their limit", late)
    return said % {"late": f"{late:,}"}


def in_words(one: Times) -> str:
    return _("half within %(median)s days, slowest %(slowest)s, limit %(limit)s") % {
        "median": f"{one.median:g}",
        "slowest": one.slowest,
        "limit": one.limit,
    }


def reasons(found: Sequence[Received], year: int) -> Chart:
    counts = summed((reason, count) for one in found for reason, count in one.reasons.items())
    total = sum(counts.values())
    ranked = sorted(((Reason(reason).label, count) for reason, count in counts.items()), key=lambda pair: -pair[1])
    placed, height = charts.bars(Bar(label, count) for label, count in ranked)
    return Chart(
        key="reasons",
        title=ngettext(
            "%(count)s request was refused, all or part", "%(count)s requests were refused, all or part", total
        )
        % {"count": f"{total:,}"},
        about=_("A bar for each reason of a refusal, in whole or in part."),
        table=Table([_("Reason"), _("Requests")], ranked),
        template="admin/charts/bars.html",
        height=height,
        shapes=placed,
        url=queue_of(state="refused", received=year) if total else "",
        link=_("Those refused"),
    )


def reasons_by_right(found: Sequence[Received]) -> Table:
    """A row for each right, a column for each reason that occurred."""
    occurred = [reason for reason in Reason if any(reason in one.reasons for one in found)]
    refused = [one for one in found if one.reasons]
    return Table(
        [_("Right"), *(reason.label for reason in occurred)],
        [[one.type.label, *(one.reasons.get(reason, 0) for reason in occurred)] for one in refused],
    )
