"""Who acted, and how entries are chained. Pure."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from json.encoder import encode_basestring as quoted
from typing import NamedTuple
from uuid import UUID

START = bytes(32)


@dataclass(frozen=True)
class Actor:
    """Who acts, through what, with which evidence.

    kind: `customer`, `representative` (someone acting for the customer), `staff`, `system` or `portal` (the program
    itself, when time ends something). id: the user's pseudonymous id. evidence: id in the erasable evidence table.
    original: hash (hexadecimal) of the entry whose act is done again after a restore; every entry of it names that.
    """

    kind: str
    id: str = ""
    channel: str = "portal"
    evidence: UUID | None = None
    original: str = ""


PORTAL = Actor("portal", channel="job")


# Entries that close something or hold the company to something, with the outcomes that do not count. They are kept
# outside the database too: a backup may not know them. The triggers on `ledger_entry` say the same.
CLOSING = {
    "access_request.answered": ("approved", "partly_approved"),
    "access_request.cancelled": (),
    "access_request.denied": (),
    "consent.invalidated": (),
    "consent.refused": (),
    "consent.withdrawn": (),
    "customer.erased": (),
    "customer.part_erased": (),
    "digests.chosen": ("weekly",),
    "grant.ended": ("time",),
    "legal_hold.lifted": (),
    "legal_hold.placed": (),
    "limit.placed": (),
    "objection.placed": (),
    "purpose.retired": (),
    "purpose_version.published": ("",),
    "restriction.placed": (),
    "staff.ended": (),
}


def closes(event: str, outcome: str) -> bool:
    return event in CLOSING and outcome not in CLOSING[event]


def entry_hash(canonical: str) -> bytes:
    """SHA-256 of the stored canonical text, which itself names the hash of the entry before."""
    return hashlib.sha256(canonical.encode()).digest()


class Written(NamedTuple):
    """An entry as its columns have it, in the order of its text; ids and the moment as text already."""

    actor: str
    actor_kind: str
    chain: str
    channel: str
    customer: str | None
    details: str
    event: str
    evidence: str | None
    object: str
    object_type: str
    occurred_at: str
    outcome: str
    previous: bytes
    purpose: str
    sequence: int


def entry_text(entry: Written) -> str:
    """The RFC 8785 text of an entry, spelled without the database's help. `details` is canonical already."""
    return (
        f'{{"actor":{quoted(entry.actor)},"actor_kind":{quoted(entry.actor_kind)},"chain":{quoted(entry.chain)}'
        f',"channel":{quoted(entry.channel)},"customer":{quoted_id(entry.customer)},"details":{entry.details}'
        f',"event":{quoted(entry.event)},"evidence":{quoted_id(entry.evidence)},"object":{quoted(entry.object)}'
        f',"object_type":{quoted(entry.object_type)},"occurred_at":"{entry.occurred_at}"'
        f',"outcome":{quoted(entry.outcome)},"previous":"{bytes(entry.previous).hex()}"'
        f',"purpose":{quoted(entry.purpose)},"sequence":{entry.sequence}}}'
    )


def quoted_id(id: str | None) -> str:
    return f'"{id}"' if id else "null"


def moment(at: datetime) -> str:
    """As the ledger writes it."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


class What(StrEnum):
    """What can be wrong with an entry; codes, stable."""

    GAP = "gap"
    UNLINKED = "unlinked"
    CHANGED_TEXT = "changed_text"
    CHANGED_COLUMNS = "changed_columns"
    CUT = "cut"
    NOT_AS_SEALED = "not_as_sealed"


class LogWhat(StrEnum):
    """What can be wrong with the sealed log or the journal outside, or between them and what was signed; codes."""

    LEAF_MISSING = "leaf_missing"
    ENTRY_MISSING = "entry_missing"
    PASSED_OVER = "passed_over"
    OWN_CHECKPOINT = "own_checkpoint"
    UNREADABLE = "unreadable"
    EMPTY = "empty"
    SHORTER = "shorter"
    OTHER_HISTORY = "other_history"
    JOURNAL_BROKEN = "journal_broken"
    JOURNAL_CUT = "journal_cut"
    NOT_JOURNALLED = "not_journalled"


def fault_of(entry: Written, canonical: str, hash: bytes, place: int, previous: bytes) -> What | None:
    """The first thing wrong with an entry that should stand at `place` and follow the hash `previous`."""
    if entry.sequence != place:
        return What.GAP
    if bytes(entry.previous) != previous:
        return What.UNLINKED
    if entry_hash(canonical) != bytes(hash):
        return What.CHANGED_TEXT
    return None if entry_text(entry) == canonical else What.CHANGED_COLUMNS
