"""Charts in numbers: in proportion, from zero, inside their frame."""

import re

from hypothesis import given
from hypothesis import strategies as st

from consents.core import charts
from consents.core.charts import Bar

COUNTS = st.lists(st.integers(0, 10**9), min_size=1, max_size=12)


@given(COUNTS)
def test_bars_are_in_proportion_and_inside_the_frame(values):
    bars, height = charts.build_bars(Bar("", value) for value in values)

    longest = charts.WIDTH - charts.BEHIND
    for bar in bars:
        assert (bar.length == 0) == (bar.value == 0)
        assert bar.length <= longest
        assert abs(bar.length - longest * bar.value / max([*values, 1])) <= 1
        assert bar.bar_y + charts.BAR <= height


@given(COUNTS)
def test_columns_stand_on_the_axis(values):
    for column in charts.build_columns(values, max(values)):
        assert column.y + column.height == charts.TOP + charts.PLOT
        assert 0 <= column.x < column.middle < charts.WIDTH


@given(COUNTS)
def test_a_running_total_only_rises_and_ends_at_its_sum(values):
    line = charts.build_steps("", values, sum(values), "given")

    heights = [int(y) for y in re.findall(r"V(\d+)", line.path)]
    assert heights == sorted(heights, reverse=True)
    assert line.total == sum(values)
    assert heights[-1] == (charts.TOP if line.total else charts.TOP + charts.PLOT)


def test_dots_and_limits_share_one_axis_that_starts_at_zero():
    rows, _ = charts.build_dots([("in time", "", [10, 20], 30), ("late", "", [40], 30), ("no limit", "", [0], None)])

    longest = charts.WIDTH - charts.BEHIND
    assert [row.dots for row in rows] == [[longest // 4, longest // 2], [longest], [0]]
    assert [row.limit_x for row in rows] == [longest * 3 // 4, longest * 3 // 4, None]


def test_nothing_is_no_trouble():
    assert charts.build_bars([]) == ([], 1)
    assert charts.build_dots([]) == ([], 1)
    assert charts.build_bars([Bar("", 0)])[0][0].length == 0


def test_a_long_label_takes_a_line_more_and_the_bars_below_make_room():
    long = "We have good reason to believe that someone else made the request."
    (first, second), height = charts.build_bars([Bar(long, 2), Bar("Too often", 1)])
    assert [line for _y, line in first.lines] == [
        "We have good reason to believe that someone",
        "else made the request.",
    ]
    assert first.lines[-1][0] < first.bar_y < second.y == first.y + charts.LINE + charts.ROW
    assert height == 2 * charts.ROW + charts.LINE
