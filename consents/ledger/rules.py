"""Say who acted, which entries are closing, and how entries are chained. Pure."""

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
    """The person or program that acts, through which channel, with which evidence.

    kind: `customer`, `representative` (someone acting for the customer), `staff`, `system` or `portal` (the program
    itself, when time ends something). id: the user's pseudonymous id. evidence: id in the erasable evidence table.
    original: hash (hexadecimal) of the entry whose act is repeated after a restore; every entry of the repetition names
    it.
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
    "account.locked": (),
    "acting.ended": (),
    "block.placed": (),
    "claim_code.cancelled": (),
    "consent.invalidated": (),
    "consent.refused": (),
    "consent.withdrawn": (),
    "customer.erased": (),
    "customer.part_erased": (),
    "digests.chosen": ("weekly",),
    "grant.ended": ("time",),
    "joint_consent.refused": (),
    "legal_hold.lifted": (),
    "legal_hold.placed": (),
    "limit.placed": (),
    "objection.placed": (),
    "purpose.retired": (),
    "purpose_version.published": ("",),
    "restriction.placed": (),
    "rights_request.withdrawn": (),
    "staff.ended": (),
    "staff.moved": (),
}


def is_closing(event: str, outcome: str) -> bool:
    return event in CLOSING and outcome not in CLOSING[event]


def hash_entry(canonical: str) -> bytes:
    """Return the SHA-256 of the stored canonical text, which itself names the hash of the entry before."""
    return hashlib.sha256(canonical.encode()).digest()


class EntryColumns(NamedTuple):
    """The columns of an entry in the order of its text; ids and the moment as text already."""

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


def build_entry_text(entry: EntryColumns) -> str:
    """Build the RFC 8785 text of an entry without the database's help. `details` is canonical already."""
    return (
        f'{{"actor":{quoted(entry.actor)},"actor_kind":{quoted(entry.actor_kind)},"chain":{quoted(entry.chain)}'
        f',"channel":{quoted(entry.channel)},"customer":{quote_id(entry.customer)},"details":{entry.details}'
        f',"event":{quoted(entry.event)},"evidence":{quote_id(entry.evidence)},"object":{quoted(entry.object)}'
        f',"object_type":{quoted(entry.object_type)},"occurred_at":"{entry.occurred_at}"'
        f',"outcome":{quoted(entry.outcome)},"previous":"{bytes(entry.previous).hex()}"'
        f',"purpose":{quoted(entry.purpose)},"sequence":{entry.sequence}}}'
    )


def quote_id(id: str | None) -> str:
    return f'"{id}"' if id else "null"


def format_ledger_moment(at: datetime) -> str:
    """Format a moment as the ledger writes it."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


class EntryFault(StrEnum):
    """Codes of the faults that an entry can have; stable."""

    GAP = "gap"
    UNLINKED = "unlinked"
    CHANGED_TEXT = "changed_text"
    CHANGED_COLUMNS = "changed_columns"
    CUT = "cut"
    NOT_AS_SEALED = "not_as_sealed"
    TIME_WENT_BACK = "time_went_back"


class LogFaultKind(StrEnum):
    """Codes of the faults of the sealed log, of the journal outside, and between them and what was signed; stable."""

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
    JOURNAL_LATE = "journal_late"
    NOT_IN_LEDGER = "not_in_ledger"


def find_entry_fault(
    entry: EntryColumns, canonical: str, hash: bytes, place: int, previous: bytes
) -> EntryFault | None:
    """Return the first fault of an entry that should stand at `place` and follow the hash `previous`."""
    if entry.sequence != place:
        return EntryFault.GAP
    if bytes(entry.previous) != previous:
        return EntryFault.UNLINKED
    if hash_entry(canonical) != bytes(hash):
        return EntryFault.CHANGED_TEXT
    return None if build_entry_text(entry) == canonical else EntryFault.CHANGED_COLUMNS
