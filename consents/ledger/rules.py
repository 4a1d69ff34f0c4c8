"""Who acted, and how entries are chained. Pure."""

import hashlib
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class Actor:
    """Who acts, through what, with which evidence.

    kind: `customer`, `representative` (someone acting for the customer), `staff`, `system` or `portal` (the program
    itself, when time ends something). id: the user's pseudonymous id. evidence: id in the erasable evidence table.
    """

    kind: str
    id: str = ""
    channel: str = "portal"
    evidence: UUID | None = None


PORTAL = Actor("portal", channel="job")


def entry_hash(canonical: str) -> bytes:
    """SHA-256 of the stored canonical text, which itself names the hash of the entry before."""
    return hashlib.sha256(canonical.encode()).digest()
