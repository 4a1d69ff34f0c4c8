"""Ids of rows that arrive in bulk lie side by side, and tell neither when nor in which order they were made."""

from collections import Counter
from itertools import batched, pairwise
from uuid import UUID

import pytest

from consents.core import grouped_ids
from consents.core.grouped_ids import GroupedIds, put_into_group


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
