"""The Merkle tree of RFC 6962 §2.1: roots, audit paths and their check. Pure; needs nothing but hashlib."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

WIDTH = 32
EMPTY = hashlib.sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass
class Tree:
    """A tree that only grows, held as the roots of its whole subtrees, largest first (at most 63 of them)."""

    size: int = 0
    peaks: list[bytes] = field(default_factory=list)

    @classmethod
    def restored(cls, size: int, frontier: bytes) -> "Tree":
        """From `frontier`, which must hold one hash for each bit set in the size."""
        if len(frontier) != WIDTH * size.bit_count():
            raise ValueError("A frontier of another size.")
        return cls(size, [frontier[at : at + WIDTH] for at in range(0, len(frontier), WIDTH)])

    @property
    def frontier(self) -> bytes:
        return b"".join(self.peaks)

    def append(self, leaf: bytes) -> None:
        size = self.size
        while size & 1:
            leaf = node_hash(self.peaks.pop(), leaf)
            size >>= 1
        self.peaks.append(leaf)
        self.size += 1

    def root(self) -> bytes:
        if not self.peaks:
            return EMPTY
        *left, root = self.peaks
        for peak in reversed(left):
            root = node_hash(peak, root)
        return root


def root_of(leaves: Iterable[bytes]) -> bytes:
    tree = Tree()
    for leaf in leaves:
        tree.append(leaf)
    return tree.root()


def audit_path(before: Tree, leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The path of leaf `index` in the tree that `leaves` (from `before.size` on, at least up to the leaf) end.

    What lies left of a leaf on its path are the peaks of the tree before it, so nothing older need be read.
    """
    tree = Tree(before.size, list(before.peaks))
    start = before.size
    for leaf in leaves[: index - start]:
        tree.append(leaf)
    left, path = tree.peaks, list[bytes]()
    low, high = 0, start + len(leaves)
    while high - low > 1:
        middle = low + (1 << (high - low - 1).bit_length() - 1)
        if index < middle:
            path.append(root_of(leaves[middle - start : high - start]))
            high = middle
        else:
            path.append(left[low.bit_count()])
            low = middle
    return path[::-1]


def is_included(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """RFC 9162 §2.1.3.2."""
    if not 0 <= index < size:
        return False
    at, last, found = index, size - 1, leaf
    for step in path:
        if last == 0:
            return False
        if at & 1 or at == last:
            found = node_hash(step, found)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            found = node_hash(found, step)
        at, last = at >> 1, last >> 1
    return last == 0 and found == root
