"""The tree is RFC 6962's, told a second time in its own words."""

from base64 import b64decode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consents.ledger.merkle import EMPTY, Tree, audit_path, is_included, leaf_hash, node_hash, root_of

SIZES = st.integers(1, 70)


def leaves_of(size: int) -> list[bytes]:
    return [leaf_hash(str(place).encode()) for place in range(size)]


def naive_root(leaves: list[bytes]) -> bytes:
    """RFC 6962 §2.1, as written."""
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return node_hash(naive_root(leaves[:k]), naive_root(leaves[k:]))


def naive_path(index: int, leaves: list[bytes]) -> list[bytes]:
    """RFC 6962 §2.1.1, as written."""
    if len(leaves) == 1:
        return []
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if index < k:
        return [*naive_path(index, leaves[:k]), naive_root(leaves[k:])]
    return [*naive_path(index - k, leaves[k:]), naive_root(leaves[:k])]


@given(SIZES)
def test_the_root_is_the_rfcs(size):
    assert root_of(leaves_of(size)) == naive_root(leaves_of(size))


@given(SIZES, st.data())
def test_it_carries_on_from_its_frontier(size, data):
    cut = data.draw(st.integers(0, size))
    tree = Tree()
    for leaf in leaves_of(size)[:cut]:
        tree.append(leaf)

    again = Tree.restored(cut, tree.frontier)
    for leaf in leaves_of(size)[cut:]:
        again.append(leaf)

    assert again.root() == naive_root(leaves_of(size))


@given(SIZES, st.data())
def test_the_path_is_the_rfcs_and_is_accepted_for_its_own_leaf_alone(size, data):
    leaves, index = leaves_of(size), data.draw(st.integers(0, size - 1))
    before = Tree()
    for leaf in leaves[: data.draw(st.integers(0, index))]:
        before.append(leaf)

    path = audit_path(before, leaves[before.size :], index)

    assert path == naive_path(index, leaves)
    accepted = [place for place in range(size) if is_included(leaves[place], index, size, path, naive_root(leaves))]
    assert accepted == [index]


@given(SIZES, st.data())
def test_a_path_that_is_shorter_longer_or_changed_is_refused(size, data):
    leaves, index = leaves_of(size), data.draw(st.integers(0, size - 1))
    path, root = naive_path(index, leaves), naive_root(leaves)
    bent = [bytes(32) if place == size % (len(path) or 1) else step for place, step in enumerate(path)]
    for wrong in [path[:-1], bent] if path else []:
        assert not is_included(leaves[index], index, size, wrong, root)
    assert not is_included(leaves[index], index, size, [*path, bytes(32)], root)


def test_an_empty_tree_has_the_rfcs_root():
    assert root_of([]) == EMPTY


def test_a_frontier_of_another_size_is_refused():
    with pytest.raises(ValueError, match="another size"):
        Tree.restored(3, bytes(32))


def test_it_meets_a_published_example():
    leaves = [leaf_hash(f'{{"seq":{place},"type":"consent.given"}}'.encode()) for place in range(5)]
    path = audit_path(Tree(), leaves, 3)
    assert root_of(leaves) == b64decode("iyR+nGBvGKyWOHwzeKF6aDwzfKl9KXHKGhFQAr5V3Iw=")
    assert root_of(leaves[:3]) == b64decode("1HfOj3JHp6huAJbW2k7YXcolJjoQAuD3kTZyqjQiUpc=")
    assert path == [
        b64decode("+VYulMcIikeNXOKZIE0pRyDXSX6+p2wYl2nUTcsYga8="),
        b64decode("NPm1Y8dHz3l1YX7UtcwHR9z2VN59UvRU/PqZXJP8swQ="),
        b64decode("f3KUR5ewVNYnAphicHHtJywBzjGs0adtmmTGw+vGR1w="),
    ]
