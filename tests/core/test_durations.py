"""Charts in numbers: in proportion, from zero, inside their frame."""

import re
from collections import Counter
from datetime import UTC, date, datetime, time
from itertools import batched, pairwise
from pathlib import Path
from uuid import UUID

import pytest
from django import forms
from django.conf import settings
from django.utils import timezone, translation
from django.utils.formats import localize
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from consents.core import charts, grouped_ids
from consents.core.admin import is_text_changed
from consents.core.charts import Bar, format_number, write_count
from consents.core.durations import WorkingHours, format_day, format_local_moment, get_home_day, parse_working_hours
from consents.core.forms import get_choice_field
from consents.core.grouped_ids import GroupedIds, put_into_group
from consents.core.paper import LINE, QR_SIZE, Paper


@pytest.mark.parametrize("language", [code for code, _name in settings.LANGUAGES])
def test_stock_lists_show_a_day_and_a_moment_as_the_portal_does(language):
    day, moment = date(2026, 3, 1), datetime(2026, 3, 1, 14, 5, tzinfo=UTC)

    with override(language):
        assert localize(day) == format_day(day)
        assert localize(timezone.localtime(moment)) == format_local_moment(moment)


def test_a_day_is_counted_where_the_company_is(settings):
    settings.TIME_ZONE = "Europe/Dublin"

    with timezone.override("America/New_York"):
        assert get_home_day(datetime(2026, 6, 30, 23, 30, tzinfo=UTC)) == date(2026, 7, 1)


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("", None),
        ("Mon-Fri 07:00-19:30", WorkingHours([1, 2, 3, 4, 5], time(7), time(19, 30))),
        ("Mon-Sun 00:00-24:00", WorkingHours([1, 2, 3, 4, 5, 6, 7], time.min, time.max)),
    ],
)
def test_it_reads_what_an_installation_states(text, hours):
    assert parse_working_hours(text) == hours


@pytest.mark.parametrize("text", ["always", "Fri-Mon 07:00-19:00", "Mon-Fri 19:00-07:00", "Mon-Fri 07:00-25:00", "Mon"])
def test_it_refuses_anything_else(text):
    with pytest.raises(ValueError, match=r"Mon|always|hour"):
        parse_working_hours(text)


@pytest.fixture
def small_groups(monkeypatch):
    monkeypatch.setattr(grouped_ids, "UNGROUPED", 100)
    monkeypatch.setattr(grouped_ids, "GROUP", 1000)


def get_group(id):
    return id.bytes[: grouped_ids.PREFIX_BYTES]


def test_every_id_is_another_and_a_random_one_by_its_form():
    ids = GroupedIds().draw(grouped_ids.UNGROUPED + 1000)

    assert len(set(ids)) == len(ids) and {id.version for id in ids} == {4}
    assert len({id.bytes[grouped_ids.PREFIX_BYTES :] for id in ids}) == len(ids)


def test_the_ids_of_a_short_list_have_no_group(small_groups):
    assert len(set(map(get_group, GroupedIds().draw(100)))) == 100


def test_those_of_a_long_list_lie_in_groups_however_they_are_drawn(small_groups):
    source = GroupedIds()
    source.draw(100)
    windows = [Counter(get_group(id) for _draw in range(10) for id in source.draw(100)) for _window in range(4)]

    for window, following in pairwise(windows):
        (group, most), (ahead, few) = window.most_common()
        assert 800 < most < 1000 and 30 < few < 200
        assert following.most_common(1)[0][0] == ahead != group


def test_the_last_of_a_long_list_are_not_alone_in_their_group(small_groups):
    groups = Counter(map(get_group, GroupedIds().draw(100 + 1000 + 300)[100:]))

    assert len(groups) == 3 and min(groups.values()) > 3  # about 30 of the 300 are of a group that has not begun


def test_neither_the_order_of_a_list_nor_of_its_groups_is_in_the_ids(small_groups):
    ids = GroupedIds().draw(100 + 20 * 1000)[100:]
    ascents = sum(one < other for one, other in pairwise(ids))
    order = [min(window) for window in batched(ids, 1000)]

    assert 9_000 < ascents < 11_000
    assert order != sorted(order)


def test_another_list_has_other_groups(small_groups):
    groups = [set(map(get_group, GroupedIds().draw(1000)[100:])) for _list in range(2)]

    assert groups[0].isdisjoint(groups[1])


def test_a_name_beside_an_id_keeps_all_but_the_group():
    id = put_into_group(bytes(range(16)), UUID(int=(1 << 128) - 1))

    assert id.bytes == b"\xff" * 4 + bytes(range(4, 16))


ROOT = Path(__file__).resolve().parents[2] / "consents"
COUNTED = "chains|checkpoints|choices|customers|entries|factors|grants|keys|messages|requests|rows|times|variables"
BY_HAND = re.compile(rf"\}}'?(?: \w+){{0,2}} (?:{COUNTED})\b")


def test_one_is_one_and_all_else_is_many():
    assert write_count(1, "entry", "entries") == "1 entry" and write_count(0, "entry", "entries") == "0 entries"
    assert write_count(2, "row") == "2 rows"


def test_no_command_counts_by_hand():
    paths = [*(ROOT / "management").rglob("*.py"), *(ROOT / "ops").rglob("*.py")]
    counted = {
        f"{path.name}: {match[0]}"
        for path in paths
        if "demo" not in path.parts
        for match in BY_HAND.finditer(path.read_text())
    }

    assert len(paths) > 50 and counted == set()


@pytest.mark.parametrize(("language", "written"), [("en", "1,204"), ("de", "1.204"), ("es", "1\xa0204")])
def test_a_page_groups_a_number_as_its_language_does(language, written):
    with translation.override(language):
        assert format_number(1204) == written and format_number(0) == "0"


def test_no_page_groups_a_number_in_english():
    paths = [path for path in ROOT.rglob("*.py") if not {"management", "ops"} & set(path.parts)]

    assert len(paths) > 300 and {path.name for path in paths if re.search(r":,(\.\d)?f?\}", path.read_text())} == {
        "charts.py"
    }


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


GAP = 4  # below it


@pytest.mark.parametrize(("more", "pages"), [(1, 1), (-1, 2)])
def test_a_code_to_scan_stands_whole_on_one_page(more, pages):
    paper = Paper("A receipt", datetime(2026, 11, 28, tzinfo=UTC), "Example Co")
    paper.set_y(paper.page_break_trigger - QR_SIZE - LINE - more)

    paper.draw_qr_code("https://example.com/r", "Check this receipt")

    assert paper.page == pages and paper.get_y() - GAP <= paper.page_break_trigger


class Words(forms.Form):
    title = forms.CharField(required=False)
    text = forms.CharField(required=False)
    team = forms.ChoiceField(choices=[("a", "A"), ("b", "B")])


def sent(**typed: str) -> Words:
    form = Words({"title": "", "text": "one\r\ntwo", "team": "a"} | typed, initial={"text": "one\ntwo", "team": "a"})
    assert form.is_valid()
    return form


def test_line_ends_of_a_browser_change_no_text():
    assert sent().changed_data == ["text"] and not is_text_changed(sent())


@pytest.mark.parametrize("typed", [{"text": "one\r\nthree"}, {"title": "New"}, {"team": "b"}])
def test_another_word_or_choice_does(typed):
    assert is_text_changed(sent(**typed))


def test_a_field_of_no_choices_is_no_field_of_choices():
    assert get_choice_field(sent(), "team").choices == [("a", "A"), ("b", "B")]
    with pytest.raises(TypeError, match="title offers no choices"):
        get_choice_field(sent(), "title")
