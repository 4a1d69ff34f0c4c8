"""Inclusion proofs: one entry, its place in the log, and why a signed checkpoint covers it.

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
from consents.ledger.checkpoints import Sealed, verified
from consents.ledger.merkle import is_included, leaf_hash

FORMAT = "consent-ledger-proof/1"


@dataclass(frozen=True)
class Proof:
    """`entry` is the canonical text; `key` the id of the public key that signed the checkpoint (hexadecimal)."""

    entry: str
    leaf_index: int
    tree_size: int
    path: tuple[bytes, ...]
    checkpoint: str
    key: str

    def as_object(self) -> dict[str, Any]:
        """Ready for JSON."""
        return {
            "format": FORMAT,
            "entry": self.entry,
            "leaf_index": self.leaf_index,
            "tree_size": self.tree_size,
            "path": [base64.b64encode(step).decode() for step in self.path],
            "checkpoint": self.checkpoint,
            "key": self.key,
        }


def read(text: str) -> Proof:
    """Raises NotVerified when this is no proof file."""
    try:
        found = json.loads(text)
        if found["format"] != FORMAT:
            raise ValueError
        path = tuple(base64.b64decode(step, validate=True) for step in found["path"])
        proof = Proof(found["entry"], found["leaf_index"], found["tree_size"], path, found["checkpoint"], found["key"])
    except (ValueError, KeyError, TypeError, RecursionError, binascii.Error):
        raise NotVerified("This is no proof file.") from None
    words, numbers = (proof.entry, proof.checkpoint, proof.key), (proof.leaf_index, proof.tree_size)
    if not all(isinstance(word, str) for word in words) or not all(type(number) is int for number in numbers):
        raise NotVerified("This is no proof file.")
    return proof


def verify(proof: Proof, keys: Iterable[Ed25519PublicKey]) -> Sealed:
    """The checkpoint that covers the entry. Raises NotVerified with the sentence that says why not."""
    sealed = verified(proof.checkpoint, keys)
    if sealed.size != proof.tree_size:
        raise NotVerified("The checkpoint is of another size than the proof says.")
    try:
        leaf = leaf_hash(proof.entry.encode())
    except UnicodeEncodeError:
        raise NotVerified("This is no proof file.") from None
    if not is_included(leaf, proof.leaf_index, proof.tree_size, proof.path, sealed.root):
        raise NotVerified("The entry is not in the log that was signed, or was changed since.")
    return sealed
