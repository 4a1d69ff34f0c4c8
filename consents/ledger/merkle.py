"""Build the Merkle tree of RFC 6962 §2.1: roots, audit and consistency paths and their checks.

Pure; needs nothing but hashlib.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice

WIDTH = 32
EMPTY = hashlib.sha256(b"").digest()


def hash_leaf(entry: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + entry).digest()


def hash_node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass
class Tree:
    """A tree that only grows, held as the roots of its whole subtrees, largest first (at most 63 of them)."""

    size: int = 0
    peaks: list[bytes] = field(default_factory=list)

    @classmethod
    def restored(cls, size: int, frontier: bytes) -> "Tree":
        """Rebuild a tree from `frontier`, which must hold one hash for each bit set in the size."""
        if len(frontier) != WIDTH * size.bit_count():
            raise ValueError("A frontier of another size.")
        return cls(size, [frontier[at : at + WIDTH] for at in range(0, len(frontier), WIDTH)])

    @property
    def frontier(self) -> bytes:
        return b"".join(self.peaks)

    def append(self, leaf: bytes) -> None:
        size = self.size
        while size & 1:
            leaf = hash_node(self.peaks.pop(), leaf)
            size >>= 1
        self.peaks.append(leaf)
        self.size += 1

    def root(self) -> bytes:
        if not self.peaks:
            return EMPTY
        *left, root = self.peaks
        for peak in reversed(left):
            root = hash_node(peak, root)
        return root


def compute_root(leaves: Iterable[bytes]) -> bytes:
    tree = Tree()
    for leaf in leaves:
        tree.append(leaf)
    return tree.root()


def build_audit_path(before: Tree, leaves: Sequence[bytes], index: int) -> list[bytes]:
    """Return the path of leaf `index` in the tree that `leaves` (from `before.size` on) complete.

    Left of a leaf, its path consists of the peaks of the tree before it, so nothing older need be read."""
    tree = Tree(before.size, list(before.peaks))
    start = before.size
    for leaf in leaves[: index - start]:
        tree.append(leaf)
    left, path = tree.peaks, list[bytes]()
    low, high = 0, start + len(leaves)
    while high - low > 1:
        middle = low + (1 << (high - low - 1).bit_length() - 1)
        if index < middle:
            path.append(compute_root(leaves[middle - start : high - start]))
            high = middle
        else:
            path.append(left[low.bit_count()])
            low = middle
    return path[::-1]


def is_included(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Verify an inclusion proof (RFC 9162 §2.1.3.2)."""
    if not 0 <= index < size:
        return False
    at, last, digest = index, size - 1, leaf
    for step in path:
        if last == 0:
            return False
        if at & 1 or at == last:
            digest = hash_node(step, digest)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            digest = hash_node(digest, step)
        at, last = at >> 1, last >> 1
    return last == 0 and digest == root


def build_consistency_path(old: Tree, added: Iterable[bytes], size: int) -> list[bytes]:
    """Prove that the tree of `size` leaves begins with all of `old` (RFC 9162 §2.1.4.1); empty if they are the same.

    `added` are the leaves from `old.size` on, read once: what lies further left is in the old tree's peaks already.
    """
    if old.size in (0, size):
        return []
    peaks, path, spans = iter(old.peaks), list[bytes | None](), list[tuple[int, int]]()
    low, high, is_whole = 0, size, True
    while high > old.size:
        middle = low + (1 << (high - low - 1).bit_length() - 1)
        if old.size <= middle:
            spans.append((middle, high))
            path.append(None)
            high = middle
        else:
            path.append(next(peaks))
            low, is_whole = middle, False
    if not is_whole:
        path.append(next(peaks))
    leaves = iter(added)
    roots = {low: compute_root(islice(leaves, high - low)) for low, high in sorted(spans)}
    starts = iter([low for low, _high in spans])
    return [roots[next(starts)] if step is None else step for step in path][::-1]


def is_consistent(old_size: int, old_root: bytes, size: int, root: bytes, path: Sequence[bytes]) -> bool:
    """Verify a consistency proof (RFC 9162 §2.1.4.2). Every log begins with the empty one, which needs no proof."""
    if not 0 <= old_size <= size:
        return False
    if old_size in (0, size):
        return not path and old_root == (root if old_size else EMPTY)
    steps = [old_root, *path] if old_size.bit_count() == 1 else list(path)
    at, last = old_size - 1, size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    if not steps:
        return False
    first = second = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            first, second = hash_node(step, first), hash_node(step, second)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            second = hash_node(second, step)
        at, last = at >> 1, last >> 1
    return last == 0 and (first, second) == (old_root, root)
