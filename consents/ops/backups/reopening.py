"""Bring a database that lacks what is kept outside back to what was promised, before it serves anybody again.

However it came to lack it: loaded from a backup (`restoring`), or set back by a failover or a restore to a point in
time (`catching_up`). From the first step to the last the database says of itself that its restoration is unfinished.
A run that was interrupted, wherever it was, is taken up by the next.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC
from itertools import islice
from typing import LiteralString

import psycopg
from django.conf import settings
from django.core.files.storage import Storage
from django.db import connection, transaction
from psycopg.sql import SQL, Composed, Identifier

from consents.catalogue import selectors as catalogue
from consents.core import roles, safeguards, signing
from consents.core.charts import write_count
from consents.core.refusals import Refusal
from consents.ledger import checkpoints, rules
from consents.ledger.journal import get_journal_place, read_journal
from consents.ledger.models import Restoration
from consents.ledger.rules import Actor, LossStatement
from consents.ledger.selectors import chains, timelines
from consents.ledger.selectors import timelines as ledger_log
from consents.ledger.selectors.chains import ChainProgress
from consents.ledger.selectors.timelines import Claim, LostCheckpoint, UnsealedEntries
from consents.ledger.services import appending, sealing
from consents.ledger.services import appending as ledger_names
from consents.notifications.services import failing
from consents.ops import rebuilding
from consents.ops.backups import making, programs
from consents.ops.backups.making import (
    BeyondLastHead,
    JournalledSince,
    KnownHistory,
    LostEntries,
    WouldLose,
    WouldLoseJournalled,
)
from consents.ops.backups.reapplying import ReappliedActs, reapply_lines
from consents.systems.kinds import RESTORED
from consents.systems.services import queue_webhooks

BEGUN = """
INSERT INTO public.ledger_restoration (backup, size, lost_size, lost_root, statement, generation)
VALUES (%s, %s, %s, %s, %s, %s);
"""
CONNECTED = f"SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND usename = '{roles.APP}'"
MOST_LISTED = 100
WAIT_SECONDS = 5.0  # a connection that was closed takes a moment to end
PAUSE = 0.05
OPEN = "UPDATE ledger_restoration SET journal = %s, opened_at = portal.now() WHERE id = %s"


class NotWhole(Refusal):
    sentence = (
        "The restored ledger is broken, or does not agree with what is kept outside: see verify_ledger and "
        "rebuild_state. The database stays closed."
    )


class SafeguardsChanged(Refusal):
    """The rules of the database were changed before the backup, or by loading it."""

    sentence = (
        "The restored database is not as its last migration left it: %(changes)s Mend it as its owner, then run "
        "restore again. The database stays closed."
    )


@dataclass(frozen=True)
class RecoveryResult:
    """`lost`: how many entries the backup did not hold, at least; `held`: emails that waited in it and are not sent
    again; `closed`: purposes whose text in force is lost, each with its number."""

    row: Restoration
    lost: int
    reapplied: ReappliedActs
    held: int
    closed: list[tuple[str, int]]
    entries: int


class RecoveryRun:
    """Hold what every way back has in common. `say` is told of each step."""

    known: KnownHistory
    loss: LostEntries | None = None
    journal: JournalledSince
    first_line = 0  # of the journal, up to which everything is known
    # Kinds of safeguards that are not compared: the database itself was made by whoever restores.
    not_compared: tuple[str, ...] = ("database",)

    def __init__(self, say: Callable[[str], None], storage: Storage | None = None) -> None:
        """Prepare a run. `storage`: where checkpoints lie, if not where the portal keeps its own."""
        self.say = say
        self.keys = signing.load_public_keys(settings.PORTAL_KEYS)
        self.storage = storage or checkpoints.get_checkpoint_storage()

    def check_unsigned_lines(self, *, beyond_last_head: bool) -> None:
        """Raises BeyondLastHead."""
        if self.journal.unsigned and not beyond_last_head:
            self.list_unsigned_lines()
            raise BeyondLastHead(self.journal.unsigned)

    def list_unsigned_lines(self) -> None:
        for line in self.journal.unsigned[:MOST_LISTED]:
            self.say(f"Line {line.number}, past the last signed head: {line.event}, {line.about}.")
        if (more := len(self.journal.unsigned) - MOST_LISTED) > 0:
            self.say(f"And {more} more.")

    def check_nothing_is_lost(self) -> None:
        """Raises WouldLose."""
        size, beyond = self.known.log.size, self.journal.beyond
        if self.loss:
            sealed = self.loss.sealed.size
            raise WouldLose(sealed=sealed, size=size, entries=max(sealed - size, beyond))
        if beyond:
            raise WouldLoseJournalled(entries=beyond)

    def reopen(self) -> RecoveryResult:
        """Do again what was closed, seal, verify, and only then open the database."""
        row = Restoration.objects.get(opened_at=None)
        done, held = self.reapply(row)
        self.seal(row)
        closed = [(version.purpose.code, version.number) for version in catalogue.select_lost_in_force()]
        entries = self.verify()
        self.open(row)
        return RecoveryResult(row, self.lost(row), done, held, closed, entries)

    def begun(self) -> list[object]:
        name, size, loss = self.known.name, self.known.log.size, self.loss
        if loss is None:
            return [name, size, None, None, "", None]
        lost = loss.sealed
        origin, known = f"{ledger_names.get_portal_name()}/restorations", self.known.log
        statement = LossStatement(origin, loss.generation, known.size, known.root, lost.size, lost.root)
        note = rules.sign_statement(statement, signing.load_newest_key(settings.PORTAL_KEYS))
        return [name, size, lost.size, lost.root, note, loss.generation]

    def check_safeguards(self) -> None:
        """Compare with the record in the database, before a migration makes another. Raises SafeguardsChanged."""
        self.say("Comparing policies, triggers, functions and privileges …")
        with programs.connect_as(programs.as_owner()) as owner, owner.transaction(), owner.cursor() as cursor:
            roles.prepare_schema(cursor)
            if changes := safeguards.find_changes(cursor, without=self.not_compared):
                raise SafeguardsChanged(changes=safeguards.explain_changes(changes))

    def reapply(self, row: Restoration) -> tuple[ReappliedActs, int]:
        self.say("Doing again what was closed since …")
        last = Restoration.objects.filter(opened_at__isnull=False).order_by("-pk").first()
        settled = max(self.first_line, (last.journal or 0) if last else 0)
        # What came before was done again earlier; what was written since we began, we wrote.
        done = reapply_lines(islice(read_journal(get_journal_place()), settled, self.journal.lines))
        return done, record_restoration(row, self.known.name, self.journal.lines, self.lost(row))

    def lost(self, row: Restoration) -> int:
        return max((row.lost_size or row.size) - row.size, self.journal.beyond)

    def seal(self, row: Restoration) -> None:
        self.say("Sealing the log …")
        if row.statement:
            statement = rules.verify_statement(row.statement, self.keys)
            rules.publish_statement(self.storage, statement, row.statement, row.began_at.astimezone(UTC))
        sealing.take_sealing_over(keys=settings.PORTAL_KEYS, storage=self.storage)
        sealing.seal_entries(keys=settings.PORTAL_KEYS, storage=self.storage)
        appending.write_waiting_entries()
        appending.sign_journal_head(keys=settings.PORTAL_KEYS, storage=self.storage)

    def verify(self) -> int:
        """Verify everything and return the number of entries. Raises NotWhole."""
        self.say("Verifying the ledger against the checkpoints outside …")
        # Each is walked to its end, whatever it finds: left halfway, it would hold its transaction open.
        walked, faults = ChainProgress(0, 0), 0
        for found in chains.find_chain_faults():
            if isinstance(found, ChainProgress):
                walked = found
            else:
                faults += 1
        if faults:
            raise NotWhole
        stated = making.read_loss_statements(self.storage, self.keys)
        names = checkpoints.list_checkpoints(self.storage)
        claims = [
            claim
            for claim in ledger_log.read_claims(self.storage, names, self.keys, stated)
            if not isinstance(claim, LostCheckpoint)
        ]
        if not all(isinstance(claim, Claim) for claim in claims):
            raise NotWhole
        log = ledger_log.find_log_faults([claim for claim in claims if isinstance(claim, Claim)], self.keys)
        if sum(not isinstance(found, UnsealedEntries) for found in log):
            raise NotWhole
        self.say("Comparing the tables with the ledger …")
        if sum(isinstance(found, rebuilding.Difference) for found in rebuilding.find_differences()):
            raise NotWhole
        return walked.entries

    def open(self, row: Restoration) -> None:
        connection.close()
        with programs.connect_as(programs.as_owner()) as owner:
            owner.execute(OPEN, [self.journal.lines, row.pk])


def forbid_connections(owner: psycopg.Connection) -> None:
    """Keep the application out: until all data is there it finds no database at all."""
    owner.execute(build_connect_statement("REVOKE {} FROM {app}, PUBLIC", owner))


def build_connect_statement(statement: LiteralString, owner: psycopg.Connection) -> Composed:
    right = SQL("CONNECT ON DATABASE {}").format(Identifier(owner.info.dbname))
    return SQL(statement).format(right, app=Identifier(roles.APP))


def wait_until_alone(owner: psycopg.Connection) -> None:
    """Wait until nobody who connected earlier could see the data come in. Raises Refusal."""
    connection.close()
    until = time.monotonic() + WAIT_SECONDS
    while programs.read_value(owner, CONNECTED):
        if time.monotonic() > until:
            raise Refusal(
                "The portal is still connected to this database: stop web server and worker. Nothing was restored."
            )
        time.sleep(PAUSE)


@transaction.atomic
def record_restoration(row: Restoration, name: str, lines: int, lost: int) -> int:
    """Record the restoration once, however often it is resumed, and hold back older emails; return how many."""
    if told := timelines.list_entries(f"restoration/{row.pk}").first():
        return int(told.facts.get("mails_held", 0))
    # What doing acts again has queued tells of something that the backup did not know.
    held = failing.hold_back_emails(before=row.began_at)
    queue_webhooks(kind=RESTORED)  # what systems were told last may not be so any more
    appending.append_entry(
        event="ledger.restored",
        by=Actor("operator", channel="restore"),
        object_type="restoration",
        object=f"restoration/{row.pk}",
        outcome="with_loss" if lost else "whole",
        details={
            "backup": name,
            "size": row.size,
            "lost_size": row.lost_size,
            "lost": lost,
            "journal": lines,
            "mails_held": held,
        },
    )
    return held


def describe_restored(restored: RecoveryResult, seconds: float) -> Iterator[str]:
    """Yield what was done, what was not, and what is lost."""
    for event, number in sorted(restored.reapplied.done.items()):
        yield f"Done again: {event}, {write_count(number, 'time')}."
    if restored.reapplied.done["legal_hold.placed"]:
        yield "Of legal holds placed again the number of case or file is lost: place them anew with it."
    for event, number in sorted(restored.reapplied.left.items()):
        times = write_count(number, "time")
        yield f"Not done again: {event}, {times}. Whoever did it is not known here: do it once more."
    for purpose, number in restored.closed:
        yield (
            f"The purpose {purpose} is closed: its version {number} came into force later and is lost. Earlier consent "
            "does not count, and nobody is asked before officers publish a newer version."
        )
    if restored.held:
        yield f"Mails that waited here, not sent again: {restored.held}."
    if restored.lost:
        yield f"Entries after {restored.row.size} of the log are lost, at least {restored.lost}."
    entries = write_count(restored.entries, "entry", "entries")
    yield f"The ledger is whole, with {entries}. The database is open, after {seconds:.1f} seconds."
