"""Build the Merkle tree of RFC 6962 §2.1: roots, audit and consistency paths and their checks.

Pure; needs nothing but hashlib.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from consents.core.signing import NotVerified
from consents.ledger.checkpoints import TreeHead, verify_checkpoint

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


# Prove that one entry is in the log, at which place, and that a signed checkpoint covers it; and that a later
# checkpoint's log begins with all of an earlier one's.
#
# Verified with the file and a public key alone: no database, no settings, none of the portal's keys.

FORMAT = "consent-ledger-proof/1"
CONSISTENCY_FORMAT = "consent-ledger-consistency/1"


@dataclass(frozen=True)
class Proof:
    """An inclusion proof. `entry` is the canonical text; `key` the id of the public key that signed the checkpoint
    (hex).
    """

    entry: str
    leaf_index: int
    tree_size: int
    path: tuple[bytes, ...]
    checkpoint: str
    key: str

    def as_object(self) -> dict[str, Any]:
        """Return the proof ready for JSON."""
        return {
            "format": FORMAT,
            "entry": self.entry,
            "leaf_index": self.leaf_index,
            "tree_size": self.tree_size,
            "path": [base64.b64encode(step).decode() for step in self.path],
            "checkpoint": self.checkpoint,
            "key": self.key,
        }


def parse_proof(text: str) -> Proof:
    """Parse a proof file. Raises NotVerified if it is none."""
    try:
        content = json.loads(text)
        if content["format"] != FORMAT:
            raise ValueError
        path = tuple(base64.b64decode(step, validate=True) for step in content["path"])
        proof = Proof(
            content["entry"], content["leaf_index"], content["tree_size"], path, content["checkpoint"], content["key"]
        )
    except (ValueError, KeyError, TypeError, RecursionError, binascii.Error):
        raise NotVerified("This is no proof file.") from None
    words, numbers = (proof.entry, proof.checkpoint, proof.key), (proof.leaf_index, proof.tree_size)
    if not all(isinstance(word, str) for word in words) or not all(type(number) is int for number in numbers):
        raise NotVerified("This is no proof file.")
    return proof


def verify_proof(proof: Proof, keys: Iterable[Ed25519PublicKey]) -> TreeHead:
    """Return the checkpoint that covers the entry. Raises NotVerified with the sentence that says why none does."""
    sealed = verify_checkpoint(proof.checkpoint, keys)
    if sealed.size != proof.tree_size:
        raise NotVerified("The checkpoint is of another size than the proof says.")
    try:
        leaf = hash_leaf(proof.entry.encode())
    except UnicodeEncodeError:
        raise NotVerified("This is no proof file.") from None
    if not is_included(leaf, proof.leaf_index, proof.tree_size, proof.path, sealed.root):
        raise NotVerified("The entry is not in the log that was signed, or was changed since.")
    return sealed


@dataclass(frozen=True)
class ConsistencyProof:
    """A proof that nothing under the older checkpoint was changed, moved or left out in the newer one."""

    older: str
    newer: str
    path: tuple[bytes, ...]

    def as_object(self) -> dict[str, Any]:
        """Return the proof ready for JSON."""
        path = [base64.b64encode(step).decode() for step in self.path]
        return {"format": CONSISTENCY_FORMAT, "older": self.older, "newer": self.newer, "path": path}


def parse_consistency_proof(text: str) -> ConsistencyProof:
    """Parse a proof file. Raises NotVerified if it is none."""
    try:
        content = json.loads(text)
        if content["format"] != CONSISTENCY_FORMAT or not all(
            isinstance(content[name], str) for name in ("older", "newer")
        ):
            raise ValueError
        path = tuple(base64.b64decode(step, validate=True) for step in content["path"])
    except (ValueError, KeyError, TypeError, RecursionError, binascii.Error):
        raise NotVerified("This is no proof that one checkpoint continues another.") from None
    return ConsistencyProof(content["older"], content["newer"], path)


def verify_consistency_proof(proof: ConsistencyProof, keys: Iterable[Ed25519PublicKey]) -> tuple[TreeHead, TreeHead]:
    """Return the older and the newer checkpoint. Raises NotVerified with the sentence that says why it proves nothing.

    After a restoration that lost entries the log goes on under another name: no proof reaches across.
    """
    keys = list(keys)
    older, newer = verify_checkpoint(proof.older, keys), verify_checkpoint(proof.newer, keys)
    if older.origin != newer.origin:
        raise NotVerified(
            f"The checkpoints are of two logs, {older.origin} and {newer.origin}: entries were lost in between, and "
            "a statement in the place of the checkpoints says which."
        )
    if not is_consistent(older.size, older.root, newer.size, newer.root, proof.path):
        raise NotVerified("The newer checkpoint does not continue the older one: its log is another history.")
    return older, newer
