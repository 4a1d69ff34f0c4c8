"""Compare a backup, or a database, with what is kept outside: is it the same history, and what would be lost?"""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.core.files.storage import Storage

from consents.core.refusals import Refusal
from consents.core.signing import NotVerified
from consents.ledger import checkpoints, journal
from consents.ledger.checkpoints import TreeHead
from consents.ledger.journal import Head, JournalBroken
from consents.ledger.statements import LossStatement, is_stated_lost, parse_generation, read_statements


@dataclass(frozen=True)
class KnownHistory:
    """Describe what a backup or a database holds: its newest checkpoint; the journal up to the first line that it may
    lack; and the hashes of the entries of later lines that it does hold. `name` is what its restoration is called.
    """

    name: str
    log: TreeHead
    journal: Head
    later: frozenset[str]


@dataclass(frozen=True)
class UnsignedLine:
    """A line past the last signed head that a restoration would do again: what happened, and to whom or what."""

    number: int
    event: str
    about: str


class NoCheckpoint(Refusal):
    sentence = (
        "The newest checkpoint of this backup or database is not among those kept outside: they are missing, were cut, "
        "or belong to another ledger. Nothing was restored."
    )


class WrongCheckpoint(Refusal):
    sentence = "A checkpoint or statement kept outside is damaged or not signed by us. Nothing was restored."


class StatedLost(Refusal):
    sentence = "This is of a history that a later restoration has stated to be lost. Nothing was restored."


class JournalCut(Refusal):
    sentence = (
        "The journal outside is missing, was cut or changed: what was closed since then could come back. "
        "Nothing was restored."
    )


class WouldLose(Refusal):
    """Entries of the log after `size` would be lost, as its newest checkpoint shows."""

    sentence = (
        "The newest checkpoint outside tells of %(sealed)d entries, and here are %(size)d: at least the last "
        "%(entries)d entries are lost. Run it again with --accept-loss to go on without them; a signed statement will "
        "say so. Nothing was restored."
    )


class WouldLoseJournalled(WouldLose):
    """Entries would be lost that only the journal tells of: none of them was sealed."""

    sentence = (
        "The journal outside tells of %(entries)d entries that are not here: at least these are lost, "
        "though what they closed is closed again. Run it again with --accept-loss to go on without them. Nothing was "
        "restored."
    )


class BeyondLastHead(Refusal):
    """Lines past the last signed head would be done again, and nobody has said that they should."""

    sentence = (
        "The journal has %(lines)d lines past its last signed head. Doing them again would mean: %(acts)s. They "
        "were written after the worker had last signed, or added since by someone who has the keys. Look at them, then "
        "run it again with --beyond-the-last-head to do them again too, or move them out of the journal. Nothing was "
        "restored."
    )

    def __init__(self, lines: Sequence[UnsignedLine]) -> None:
        acts = Counter(line.event for line in lines)
        told = ", ".join(f"{event} ({number})" for event, number in sorted(acts.items()))
        super().__init__(self.sentence % {"lines": len(lines), "acts": told})


@dataclass(frozen=True)
class LostEntries:
    """The newest checkpoint outside, of entries that are not known, and the log's next generation."""

    sealed: TreeHead
    generation: int


@dataclass(frozen=True)
class JournalledSince:
    """The number of lines in the journal, of entries in it that are not known, and the unsigned lines."""

    lines: int
    beyond: int
    unsigned: tuple[UnsignedLine, ...] = ()


def read_loss_statements(storage: Storage, keys: list[Ed25519PublicKey]) -> list[LossStatement]:
    try:
        return [statement for _name, statement in read_statements(storage, keys)]
    except NotVerified:
        raise WrongCheckpoint from None


def find_loss(known: KnownHistory, storage: Storage, keys: list[Ed25519PublicKey]) -> LostEntries | None:
    """Return what the newest checkpoint outside tells of beyond what is known; None when all of it is known.

    Raises NoCheckpoint, WrongCheckpoint, StatedLost.
    """
    own = known.log
    stated = read_loss_statements(storage, keys)
    newest = checkpoints.find_newest_checkpoint(storage)
    if newest is None:
        if own.size:
            raise NoCheckpoint
        return None
    if own.size and own not in read_verified_checkpoints(
        storage, checkpoints.list_checkpoints(storage), keys, own.size
    ):
        raise NoCheckpoint
    if is_stated_lost(own, stated):
        raise StatedLost
    [outside] = read_verified_checkpoints(storage, [newest], keys)
    if outside == own:
        return None
    generations = [parse_generation(outside.origin), *(statement.generation for statement in stated)]
    return LostEntries(outside, max(generations) + 1)


def read_verified_checkpoints(
    storage: Storage, names: Iterable[str], keys: list[Ed25519PublicKey], size: int | None = None
) -> list[TreeHead]:
    """Read and verify the checkpoints of these names, or those of one size (in the name, so that few are read)."""
    try:
        chosen = [name for name in names if size is None or f"{size:015d}-" in name]
        return [checkpoints.verify_checkpoint(checkpoints.read_note(storage, name), keys) for name in chosen]
    except NotVerified:
        raise WrongCheckpoint from None


def check_journal(
    known: KnownHistory, folder: Path | Storage, storage: Storage, keys: list[Ed25519PublicKey]
) -> JournalledSince:
    """Read the whole journal: every line must follow, and it must pass every head signed since then.

    Raises JournalCut, WrongCheckpoint.
    """
    heads = {known.journal}
    later = (name for name in journal.list_heads(storage) if journal.parse_head_number(name) >= known.journal.number)
    heads.update(Head(sealed.size, sealed.root) for sealed in read_verified_checkpoints(storage, later, keys))
    signed = max(head.number for head in heads)
    heads.discard(journal.EMPTY)
    number, beyond, unsigned = 0, set[str](), list[UnsignedLine]()
    try:
        for line in journal.read_journal(folder):
            heads.discard(line.head)
            number, entry = line.number, json.loads(line.entry)
            if number <= known.journal.number or is_reapplied(entry) or line.hash in known.later:
                continue
            beyond.add(line.hash)
            if number > signed:
                unsigned.append(UnsignedLine(number, entry["event"], entry["customer"] or entry["object"]))
    except JournalBroken:
        raise JournalCut from None
    if heads:
        raise JournalCut
    return JournalledSince(number, len(beyond), tuple(unsigned))


def is_reapplied(entry: dict[str, Any]) -> bool:
    """Tell whether an earlier restoration made this entry: its original stands further up."""
    return "original" in entry["details"]
