"""Catch up after a failover to a replica that lagged, or a restore to a point in time: the database is an older state.

What was erased since is there again, and what was withdrawn or stopped holds no more, until the journal outside is done
again. While the portal serves (`consents.ops.running.from_outside`) it notices and serves nobody.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC
from itertools import batched
from pathlib import Path

from django.core.files.storage import Storage
from django.db import connection

from consents.core import clock
from consents.core.refusals import Refusal
from consents.ledger import checkpoints, journal
from consents.ledger.checkpoints import TreeHead
from consents.ledger.journal import EMPTY, Head, JournalBroken, Line
from consents.ledger.merkle import EMPTY as NO_ENTRIES
from consents.ledger.models import Checkpoint
from consents.ledger.selectors.proofs import read_settled_number
from consents.ledger.services.appending import get_log_name
from consents.ops.backups import making, programs
from consents.ops.backups.making import JournalCut, KnownHistory
from consents.ops.backups.reopening import (
    BEGUN,
    RecoveryResult,
    RecoveryRun,
    build_connect_statement,
    forbid_connections,
    wait_until_alone,
)

NAME = "caught up "
BATCH = 2_000
UNFINISHED = "SELECT backup FROM ledger_restoration WHERE opened_at IS NULL"
HELD = """
SELECT encode(l.hash, 'hex') FROM unnest(%s::text[], %s::bigint[], %s::bytea[]) AS l (chain, sequence, hash)
WHERE EXISTS (
    SELECT FROM ledger_entry AS e WHERE e.chain = l.chain AND e.sequence = l.sequence AND e.hash = l.hash
)
"""


class NothingToCatchUp(Refusal):
    sentence = "The database holds everything that is told outside: there is nothing to catch up."


class DatabaseCatchUp(RecoveryRun):
    """Catching up: checks before anything is touched, then its steps."""

    def __init__(self, *, accept_loss: bool, beyond_last_head: bool, say: Callable[[str], None]) -> None:
        """Raises Refusal, NothingToCatchUp; of outside WouldLose, BeyondLastHead and those of history."""
        super().__init__(say)
        self.was_begun = is_begun()
        say("Comparing the database with checkpoints and journal outside …")
        self.known = read_known(self.storage, journal.get_journal_place())
        self.first_line = self.known.journal.number
        self.journal = making.check_journal(self.known, journal.get_journal_place(), self.storage, self.keys)
        if not self.was_begun:
            self.loss = making.find_loss(self.known, self.storage, self.keys)
            if not self.loss and not self.journal.beyond:
                raise NothingToCatchUp
            if not accept_loss:
                self.check_nothing_is_lost()
        self.check_unsigned_lines(beyond_last_head=beyond_last_head)

    def run(self) -> RecoveryResult:
        self.begin()
        self.check_safeguards()
        return self.reopen()

    def begin(self) -> None:
        """Let the database say that it is being restored, and see that nobody is still served. Raises Refusal.

        Said first: killed in between, it serves nobody, and the next run lets the application in again.
        """
        with programs.connect_as(programs.as_owner()) as owner:
            if not self.was_begun:
                owner.execute(BEGUN, self.begun())
            forbid_connections(owner)
            try:
                wait_until_alone(owner)
            finally:
                owner.execute(build_connect_statement("GRANT {} TO {app}", owner))


def is_begun() -> bool:
    """Return True if an earlier run was interrupted; let the application in again. Raises Refusal."""
    with programs.connect_as(programs.as_owner()) as owner:
        names = [name for (name,) in owner.execute(UNFINISHED).fetchall()]
        if any(not name.startswith(NAME) for name in names):
            raise Refusal(
                "A backup is being restored into this database: run `manage.py restore` again to finish it first."
            )
        if names:
            owner.execute(build_connect_statement("GRANT {} TO {app}", owner))
    return bool(names)


def read_known(storage: Storage, folder: Path | Storage) -> KnownHistory:
    """Read what the database holds of what is told outside. Raises JournalCut."""
    moment = clock.now().astimezone(UTC)
    return KnownHistory(f"{NAME}{moment:%Y-%m-%dT%H:%M:%SZ}", read_known_log(storage), *read_known_journal(folder))


def read_known_log(storage: Storage) -> TreeHead:
    """Return the newest of the database's checkpoints that lies outside; its newest of all where none does."""
    outside_sizes = {checkpoints.parse_size(name) for name in checkpoints.list_checkpoints(storage)}
    own = Checkpoint.objects.order_by("-size")
    newest = (
        next((checkpoint for checkpoint in own.iterator() if checkpoint.size in outside_sizes), None) or own.first()
    )
    if newest is None:
        return TreeHead(get_log_name(), 0, NO_ENTRIES)
    return TreeHead(checkpoints.parse_checkpoint(newest.note).origin, newest.size, bytes(newest.root))


def read_known_journal(folder: Path | Storage) -> tuple[Head, frozenset[str]]:
    """Return the end of what the database holds of the journal without a gap, and the hashes of what it holds after.

    Raises JournalCut.
    """
    settled, head, later, is_whole = read_settled_number(), EMPTY, set[str](), True
    try:
        for lines in batched(journal.read_journal(folder), BATCH):
            held = find_held_entries(lines)
            for line in lines:
                is_held = line.number <= settled or line.hash in held
                is_whole = is_whole and is_held
                if is_whole:
                    head = line.head
                elif is_held:
                    later.add(line.hash)
    except JournalBroken:
        raise JournalCut from None
    return head, frozenset(later)


def find_held_entries(lines: Sequence[Line]) -> set[str]:
    entries: Iterable[dict[str, str]] = [json.loads(line.entry) for line in lines]
    places = [entry["chain"] for entry in entries], [entry["sequence"] for entry in entries]
    with connection.cursor() as cursor:
        cursor.execute(HELD, [*places, [bytes.fromhex(line.hash) for line in lines]])
        return {hash for (hash,) in cursor.fetchall()}
