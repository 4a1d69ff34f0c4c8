"""What is kept outside the database against what a backup holds: is it the same history, and what would be lost?"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.core.files.storage import Storage
from django.utils.translation import gettext_lazy as _

from consents.backups.manifests import Manifest
from consents.core.refusals import Refusal
from consents.core.signing import NotVerified
from consents.ledger import checkpoints, journal, selectors
from consents.ledger.checkpoints import Sealed
from consents.ledger.journal import Head, JournalBroken, Line
from consents.ledger.statements import Statement, generation_of, is_stated_lost


class NoCheckpoint(Refusal):
    sentence = _(
        "The checkpoint of this backup is not among those kept outside: they are missing, were cut, or belong to "
        "another ledger. Nothing was restored."
    )


class WrongCheckpoint(Refusal):
    sentence = _("A checkpoint or statement kept outside is damaged or not signed by us. Nothing was restored.")


class StatedLost(Refusal):
    sentence = _("This backup is of a history that a later restoration has stated to be lost. Nothing was restored.")


class JournalCut(Refusal):
    sentence = _(
        "The journal outside is missing, was cut or changed: what was closed since this backup could come back. "
        "Nothing was restored."
    )


class WouldLose(Refusal):
    """Of the log after `size`, as its newest checkpoint tells."""

    sentence = _(
        "The newest checkpoint outside tells of %(sealed)d entries, this backup of %(size)d: at least the last "
        "%(entries)d entries are lost. Run it again with --accept-loss to go on without them; a signed statement will "
        "say so. Nothing was restored."
    )

    def __init__(self, **about: int) -> None:
        super().__init__(self.sentence % about)


class WouldLoseJournalled(WouldLose):
    """Nothing of the loss was sealed."""

    sentence = _(
        "The journal outside tells of %(entries)d entries that this backup does not hold: at least these are lost, "
        "though what they closed is closed again. Run it again with --accept-loss to go on without them. Nothing was "
        "restored."
    )


@dataclass(frozen=True)
class Loss:
    """The newest checkpoint outside, of entries that the backup does not hold, and the log's next generation."""

    sealed: Sealed
    generation: int


@dataclass(frozen=True)
class Journalled:
    """How many lines the journal has, and of how many entries that the backup does not hold."""

    lines: int
    beyond: int


def statements(storage: Storage, keys: list[Ed25519PublicKey]) -> list[Statement]:
    try:
        return [statement for _name, statement in selectors.restorations(storage, keys)]
    except NotVerified:
        raise WrongCheckpoint from None


def loss_of(manifest: Manifest, storage: Storage, keys: list[Ed25519PublicKey]) -> Loss | None:
    """What the newest checkpoint outside tells of beyond the backup; None when the backup holds all of it.

    Raises NoCheckpoint, WrongCheckpoint, StatedLost.
    """
    own = Sealed(manifest.log_origin, manifest.log_size, bytes.fromhex(manifest.log_root))
    stated = statements(storage, keys)
    newest = checkpoints.newest(storage)
    if newest is None:
        if own.size:
            raise NoCheckpoint
        return None
    if own.size and own not in verified(storage, checkpoints.kept(storage), keys, own.size):
        raise NoCheckpoint
    if is_stated_lost(own, stated):
        raise StatedLost
    [outside] = verified(storage, [newest], keys)
    if outside == own:
        return None
    generations = [generation_of(outside.origin), *(statement.generation for statement in stated)]
    return Loss(outside, max(generations) + 1)


def verified(
    storage: Storage, names: Iterable[str], keys: list[Ed25519PublicKey], size: int | None = None
) -> list[Sealed]:
    """The checkpoints of these names, or those of one size (told by the name, to read few of many)."""
    try:
        wanted = [name for name in names if size is None or f"{size:015d}-" in name]
        return [checkpoints.verified(checkpoints.read(storage, name), keys) for name in wanted]
    except NotVerified:
        raise WrongCheckpoint from None


def checked_journal(manifest: Manifest, folder: Path, storage: Storage, keys: list[Ed25519PublicKey]) -> Journalled:
    """What the journal tells, once every line follows and it passes through every head signed since the backup.

    Raises JournalCut, WrongCheckpoint.
    """
    heads = {Head(manifest.journal_number, bytes.fromhex(manifest.journal_hash))}
    later = (name for name in journal.kept_heads(storage) if journal.number_in(name) >= manifest.journal_number)
    heads.update(Head(sealed.size, sealed.root) for sealed in verified(storage, later, keys))
    heads.discard(journal.EMPTY)
    number, beyond = 0, set[str]()
    try:
        for line in journal.lines(folder):
            heads.discard(line.head)
            number = line.number
            if number > manifest.journal_number and not is_done_again(json.loads(line.entry)):
                beyond.add(line.hash)
    except JournalBroken:
        raise JournalCut from None
    if heads:
        raise JournalCut
    return Journalled(number, len(beyond - set(manifest.waiting)))


def is_done_again(entry: dict[str, Any]) -> bool:
    """By an earlier restoration: its original stands further up."""
    return "original" in entry["details"]


def lines_after(folder: Path, settled: int, number: int) -> Iterable[Line]:
    """Lines of the journal that an earlier restoration has not done again, up to the number it had when we began."""
    return islice(journal.lines(folder), settled, number)
