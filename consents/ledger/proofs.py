"""Prove that one entry is in the log, at which place, and that a signed checkpoint covers it; and that a later
checkpoint's log begins with all of an earlier one's.

Verified with the file and a public key alone: no database, no settings, none of the portal's keys.
"""

import base64
import binascii
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from consents.core.signing import NotVerified
from consents.ledger.checkpoints import TreeHead, verify_checkpoint
from consents.ledger.merkle import hash_leaf, is_consistent, is_included

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
