"""Say who acted, which entries are closing, and how entries are chained. Pure."""

import base64
import binascii
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from json.encoder import encode_basestring as quoted
from typing import Any, NamedTuple
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.core.exceptions import ImproperlyConfigured
from django.core.files.storage import Storage
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from consents.core.signing import NotVerified, sign_note, verify_note
from consents.ledger.checkpoints import TreeHead, create_note, list_folder, read_note
from consents.ledger.models import Entry

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


type Words = str | Promise
type Case = str | Callable[[Entry], bool]  # an outcome, or a function of the entry


@dataclass(frozen=True)
class EventWords:
    """Tell of an event: `customer` on the customer's pages and in their copies, `staff` on those of the staff.

    `customer` is empty for what is no customer's. `other`: said to the customer of someone else who acts for them.
    `export`: its name in exports. `is_in_copy_only`: no page shows it. `variants`: what is said of some
    entries instead, the first of several; staff read the same unless it says otherwise.
    """

    customer: Words
    staff: Words = ""
    other: Words = ""
    export: Words = ""
    is_in_copy_only: bool = False
    variants: Mapping[Case, "EventWords"] = field(default_factory=dict)


def is_case(entry: Entry, case: Case) -> bool:
    return entry.outcome == case if isinstance(case, str) else case(entry)


registered: dict[str, EventWords] = {}


def register_events(events: dict[str, EventWords]) -> dict[str, EventWords]:
    """Register the events of a room and return them. Raises ImproperlyConfigured for one that has words already."""
    if twice := registered.keys() & events.keys():
        raise ImproperlyConfigured(f"These events have words already: {', '.join(sorted(twice))}.")
    registered.update(events)
    return events


def get_event_words(entry: Entry) -> EventWords:
    """Return its words; an event without any, which an older portal may have recorded, is told by its name."""
    name = entry.event.replace(".", " ").replace("_", " ")
    words = registered.get(entry.event, EventWords(name, name))
    chosen = next((variant for case, variant in words.variants.items() if is_case(entry, case)), words)
    return replace(chosen, staff=chosen.staff or words.staff, is_in_copy_only=words.is_in_copy_only)


def describe_for_customer(entry: Entry, other: str = "", **about: Any) -> str:
    """Describe an entry to its customer. `other`: who did it, if not the reader; `about`: who and what it names."""
    words = get_event_words(entry)
    sentence = str((other and words.other) or words.customer)
    unnamed = {"who": _("Someone on our staff"), "recorder": _("one of our officers")}
    return capfirst(sentence % (unnamed | build_facts(entry) | {"other": other} | about))


def describe_for_staff(entry: Entry, **about: Any) -> str:
    unnamed = {"who": _("A member of staff"), "recorder": _("an officer")}
    return str(get_event_words(entry).staff) % (unnamed | build_facts(entry) | about)


def build_facts(entry: Entry) -> dict[str, Any]:
    facts = entry.facts
    return {"what": facts.get("category", ""), "number": facts.get("version", "")}


# Sign and keep statements about restorations: what a restored backup lost.
#
# A log is never signed twice: after a loss it continues under another name (`…/ledger/2`), and the statement explains
# why the checkpoints of its earlier name reach further than the log does.

FOLDER = "restorations"
SUFFIX = ".statement"


@dataclass(frozen=True)
class LossStatement:
    """A signed statement of the entries lost in a restoration.

    `generation` is the number in the log's new name; the log had `size` entries when it was restored, and `lost_size`
    in the newest checkpoint outside.
    """

    origin: str
    generation: int
    size: int
    root: bytes
    lost_size: int
    lost_root: bytes

    @property
    def text(self) -> str:
        kept, lost = (base64.b64encode(root).decode() for root in (self.root, self.lost_root))
        return f"{self.origin}\n{self.generation}\n{self.size} {kept}\n{self.lost_size} {lost}\n"


def sign_statement(statement: LossStatement, key: Ed25519PrivateKey) -> str:
    return sign_note(statement.text, statement.origin, key)


def verify_statement(note: str, keys: Iterable[Ed25519PublicKey]) -> LossStatement:
    """Return the statement in a signed note. Raises NotVerified."""
    try:
        origin, generation, kept, lost = note.partition("\n\n")[0].split("\n")
        (size, root), (lost_size, lost_root) = kept.split(" "), lost.split(" ")
        roots = [base64.b64decode(text, validate=True) for text in (root, lost_root)]
        statement = LossStatement(origin, int(generation), int(size), roots[0], int(lost_size), roots[1])
    except (ValueError, binascii.Error):
        raise NotVerified("It is not a statement of four lines.") from None
    if verify_note(note, statement.origin, keys) != statement.text:
        raise NotVerified("It is not a statement of four lines.")
    return statement


def publish_statement(storage: Storage, statement: LossStatement, note: str, at: datetime) -> str:
    name = f"{FOLDER}/{statement.generation:03d}-{at:%Y%m%dT%H%M%SZ}{SUFFIX}"
    create_note(storage, name, note)
    return name


def read_statements(storage: Storage, keys: list[Ed25519PublicKey]) -> Iterator[tuple[str, LossStatement]]:
    """Yield (name, statement) of all that are kept, oldest first. Raises NotVerified for one that is not ours."""
    for name in sorted(list_folder(storage, FOLDER)[1]):
        if name.endswith(SUFFIX):
            yield f"{FOLDER}/{name}", verify_statement(read_note(storage, f"{FOLDER}/{name}"), keys)


def parse_generation(origin: str) -> int:
    """Return the number in a log's name; the first name has none."""
    number = origin.rpartition("/")[2]
    return int(number) if number.isdecimal() else 1


def is_stated_lost(sealed: TreeHead, statements: Iterable[LossStatement]) -> bool:
    """Return True if the checkpoint reaches beyond what a later restoration brought back."""
    generation = parse_generation(sealed.origin)
    return any(generation < statement.generation and sealed.size > statement.size for statement in statements)
