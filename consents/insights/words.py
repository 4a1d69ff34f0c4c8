"""An answer in words: what was counted, by which rules, as a chart and as lines of a file."""

import csv
import io
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consents.core import charts
from consents.core.charts import Bar, Chart, Table, format_number
from consents.core.grouped_ids import escape_cell
from consents.insights.models import Cell, Insight
from consents.insights.rules import BASE, MOST_PER_CUSTOMER, Measure, Outcome

WHY_NOTHING = {
    Outcome.TOO_FEW: gettext_lazy("Too few customers allow it, or every group is too small: there is nothing to show."),
    Outcome.TOO_MANY_GROUPS: gettext_lazy("There are too many different groups. Ask for wider ones."),
    Outcome.CLOSED: gettext_lazy(
        "This was not counted: the purpose, the data or the right to count it changed before it was done."
    ),
}


def describe_number(number: int | None) -> str:
    return str(_("hidden")) if number is None else format_number(number)


def list_lines(insight: Insight) -> list[tuple[str, str]]:
    """List (group, number in words) as the page and the file show them."""
    cells: list[Cell] = list(insight.result.cells.all())
    lines = [(cell.label, describe_number(cell.number)) for cell in cells]
    if insight.result.has_hidden and all(cell.number is not None for cell in cells):
        lines.append((_("Other groups"), describe_number(None)))
    return lines


def list_rules(insight: Insight) -> list[str]:
    """List the rules by which this answer was made, as they are printed below it."""
    facts = {"minimum": insight.minimum, "base": BASE, "most": MOST_PER_CUSTOMER}
    rules = [
        _("Only customers who allow statistics are counted. Whoever withdraws is gone from the next count."),
        _("A group of fewer than %(minimum)d customers is hidden. Zero is shown.") % facts,
        _("Where one hidden group could be worked out from the others, more groups are hidden."),
        _("Every number is rounded up or down by chance to a multiple of %(base)d, so sums may differ.") % facts,
        _(
            "A question is counted at most once a month for each period, and again only after %(minimum)d customers"
            " have come or gone. Everyone reads the same answer."
        )
        % facts,
    ]
    if insight.question.measure == Measure.RECORDS:
        rules.append(_("Of one customer, at most %(most)d entries count in a group.") % facts)
    return rules


def describe_largest_group(cells: list[Cell]) -> str:
    largest = max(cells, key=lambda cell: cell.number or 0)
    if not largest.number:
        return _("Every group is empty or hidden")
    return _("Largest group shown: %(group)s") % {"group": f"{largest.label}, {describe_number(largest.number)}"}


def draw_chart(insight: Insight) -> Chart | None:
    """Draw the shown groups as bars, with hidden ones named; None where nothing is shown."""
    cells = list(insight.result.cells.all())
    if not cells:
        return None
    bars = [
        Bar(cell.label, cell.number or 0, describe_number(cell.number), "late" if cell.number is None else "plain")
        for cell in cells
    ]
    headings = [insight.question.category.title, insight.question.get_measure_display()]
    return charts.draw_bars(
        bars,
        key="insight",
        title=describe_largest_group(cells),
        about=_("One bar for each group. Every number is rounded."),
        table=Table(headings, list_lines(insight)),
    )


def write_csv(insight: Insight) -> str:
    """Write the answer with its rules below it; hidden numbers are empty cells."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    rows: list[list[Any]] = [
        [insight.question.title, insight.period],
        [],
        [_("Group"), insight.question.get_measure_display()],
        *([cell.label, cell.number] for cell in insight.result.cells.all()),
        [_("All together"), insight.result.total],
        [],
        *([rule] for rule in list_rules(insight)),
    ]
    for row in rows:
        writer.writerow([escape_cell(part) if isinstance(part, str) else part for part in row])
    return file.getvalue()
