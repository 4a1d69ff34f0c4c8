"""Lay out charts as inline SVG, without script or style attributes. Pure geometry.

Units are those of a view box WIDTH wide. Every axis starts at zero, every value is printed, and a chart carries the
table of its numbers. What is late or over a limit is hatched and named, never told by colour alone.
"""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from textwrap import wrap
from typing import Any

from django.utils.dates import MONTHS_AP
from django.utils.formats import number_format

WIDTH = 360
ROW = 38  # a label above its bar
LINE = 17  # each further line of a label
LETTERS = 46  # of a label on one line
TALL_ROW = 60  # a label above, words beneath
BAR = 12
BEHIND = 44  # room behind the longest bar for its value
PLOT = 84  # height of what stands on a time axis
TOP = 16
STEP = 27  # twelve months side by side
BELOW = 22


@dataclass(frozen=True)
class Table:
    """The numbers of a chart, one row for each line under the headings."""

    headings: Sequence[Any]
    rows: Sequence[Sequence[Any]]


@dataclass(frozen=True)
class Chart:
    """A chart on a page. `title` states the finding; `about` describes the drawing for readers who cannot see it.

    `template` draws `shapes`. `key` is unique on the page.
    """

    key: str
    title: Any
    about: Any
    table: Table
    template: str
    height: int
    shapes: Any
    url: str = ""
    link: Any = ""
    width: int = WIDTH


@dataclass(frozen=True)
class Bar:
    """`tone` names a colour and, for "late", a hatching."""

    label: Any
    value: float
    printed: str = ""
    tone: str = "plain"
    y: int = 0
    length: int = 0

    @property
    def shown(self) -> str:
        return self.printed or format_number(self.value)

    @property
    def lines(self) -> list[tuple[int, str]]:
        """Return each line of the label with its vertical position."""
        return [(self.y + place * LINE, text) for place, text in enumerate(wrap(str(self.label), LETTERS) or [""])]

    @property
    def bar_y(self) -> int:
        return self.lines[-1][0] + 6

    @property
    def value_x(self) -> int:
        return self.length + 6


@dataclass(frozen=True)
class Column:
    value: int
    x: int
    y: int
    height: int
    middle: int


@dataclass(frozen=True)
class Steps:
    """A running total, month by month: `path` for the drawing, `total` where it ends."""

    label: Any
    total: int
    path: str
    tone: str


@dataclass(frozen=True)
class Dots:
    """Values against a limit; `said` names them in words. `limit_x` is None where no limit applies."""

    label: Any
    said: Any
    y: int
    dots: Sequence[int]
    limit_x: int | None


def scale_length(value: float, most: float, room: int) -> int:
    """Scale a value to a length, in proportion and from zero; any value above zero stays visible."""
    return max(round(room * value / most), 1) if value and most else 0


def build_bars(rows: Iterable[Bar]) -> tuple[list[Bar], int]:
    """Return the bars, one below the other, and the height they take."""
    given, placed, y = list(rows), [], 14
    most = max((row.value for row in given), default=0)
    for row in given:
        bar = replace(row, y=y, length=scale_length(row.value, most, WIDTH - BEHIND))
        placed.append(bar)
        y = bar.bar_y - 6 + ROW
    return placed, max(y - 14, 1)


def draw_bars(
    bars: Iterable[Bar], *, key: str, title: Any, about: Any, table: Table, url: str = "", link: Any = ""
) -> Chart:
    shapes, height = build_bars(bars)
    return Chart(key, title, about, table, "admin/charts/bars.html", height, shapes, url, link)


def get_middle(place: int) -> int:
    """Return the horizontal centre of a place on the time axis, counted from 0."""
    return place * STEP + STEP // 2


# Twelve names do not fit under twelve columns: (name, x) of the first month of each quarter.
QUARTERS = [(MONTHS_AP[month], get_middle(month - 1)) for month in (1, 4, 7, 10)]


def build_columns(values: Sequence[int], most: int) -> list[Column]:
    """Build one column for each value; `most` is the highest value of all charts that stand side by side."""
    heights = [scale_length(value, most, PLOT) for value in values]
    return [
        Column(value, place * STEP, TOP + PLOT - height, height, get_middle(place))
        for place, (value, height) in enumerate(zip(values, heights, strict=True))
    ]


def build_steps(label: Any, values: Sequence[int], most: int, tone: str) -> Steps:
    """Build a running total of the values; `most` is the highest total in the chart."""
    total, path = 0, f"M0 {TOP + PLOT}"
    for place, value in enumerate(values):
        total += value
        path += f"V{TOP + PLOT - scale_length(total, most, PLOT)}H{(place + 1) * STEP}"
    return Steps(label, total, path, tone)


def build_dots(rows: Iterable[tuple[Any, Any, Sequence[float], float | None]]) -> tuple[list[Dots], int]:
    """Build one row of dots for each (label, values in words, values, limit), on one axis that starts at zero."""
    given = list(rows)
    most = max((value for *_, values, limit in given for value in [limit or 0, *values]), default=0)
    room = WIDTH - BEHIND
    placed = [
        Dots(
            label,
            said,
            14 + place * TALL_ROW,
            [scale_length(value, most, room) for value in values],
            scale_length(limit, most, room) if limit else None,
        )
        for place, (label, said, values, limit) in enumerate(given)
    ]
    return placed, max(len(given) * TALL_ROW, 1)


def write_count(number: int, singular: str, plural: str = "") -> str:
    """Return `1 entry` or `2,000 entries`; `plural`: where an s behind the singular would be wrong."""
    return f"{number:,} {singular if number == 1 else plural or f'{singular}s'}"


def format_number(number: float) -> str:
    """Return `1,204`, in German `1.204`: for a sentence whose words are translated."""
    return number_format(number, force_grouping=True)


CROWDED_SECONDS = 60
_turned_away: list[float] = []


def note_turned_away() -> None:
    _turned_away[:] = [time.monotonic()]


def has_turned_away() -> bool:
    return bool(_turned_away) and time.monotonic() - _turned_away[0] < CROWDED_SECONDS
