"""Restoring a backup into an empty database, which serves nobody before it is whole and knows every no again.

Everything comes in one transaction, and with it the word that the restoration is unfinished, which only the last step
takes back: whoever serves finds an empty database, or that word. The application cannot connect either until the rows
are counted. A run that was interrupted, wherever it was, is taken up by the next.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import LiteralString

import psycopg
from django.conf import settings
from django.core.files.storage import Storage
from django.core.management import call_command
from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _
from psycopg.sql import SQL, Composed, Identifier

from consents import rebuilding
from consents.backups import making, manifests, outside, programs
from consents.backups.manifests import Manifest
from consents.backups.outside import Loss, WouldLose, WouldLoseJournalled
from consents.backups.reapplying import Reapplied, reapply
from consents.catalogue import selectors as catalogue
from consents.core import roles, signing
from consents.core.owner import as_owner
from consents.core.refusals import Refusal
from consents.ledger import checkpoints, selectors, services, statements
from consents.ledger.models import Restoration
from consents.ledger.rules import Actor
from consents.ledger.selectors import Claim, Lost, Unsealed, Walked
from consents.ledger.statements import Statement
from consents.notifications import services as notifications

HAS_TABLES = "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
# Functions of the vault are owned by a role that may make nothing at any other time.
FIRST = f"BEGIN; GRANT CREATE ON SCHEMA public TO {roles.VAULT_WRITER};\n"
LAST = f"REVOKE CREATE ON SCHEMA public FROM {roles.VAULT_WRITER}; COMMIT;\n"
BEGUN = """
INSERT INTO public.ledger_restoration (backup, size, lost_size, lost_root, statement, generation)
VALUES (%s, %s, %s, %s, %s, %s);
"""
OURS = {"ledger_restoration": 1}  # rows that no backup holds
LETS_IN = f"SELECT has_database_privilege('{roles.APP}', current_database(), 'CONNECT')"
CONNECTED = f"SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND usename = '{roles.APP}'"
WAIT_SECONDS = 5.0  # a connection that was closed takes a moment to end
PAUSE = 0.05
OPEN = "UPDATE ledger_restoration SET journal = %s, opened_at = portal_now() WHERE id = %s"


class NotEmpty(Refusal):
    sentence = _("The database is not empty. Restore into a new one; nothing was changed.")


class StillConnected(Refusal):
    sentence = _("The portal is still connected to this database: stop web server and worker. Nothing was restored.")


class CountsDiffer(Refusal):
    sentence = _("The restored tables do not have as many rows as were backed up. The database stays closed.")


class NotWhole(Refusal):
    sentence = _(
        "The restored ledger is broken, or does not agree with what is kept outside: see verify_ledger and "
        "rebuild_state. The database stays closed."
    )


@dataclass(frozen=True)
class Restored:
    """`lost`: how many entries the backup did not hold, at least; `held`: mails that waited in it and are not sent
    again; `closed`: purposes whose text in force is lost, each with its number."""

    row: Restoration
    lost: int
    reapplied: Reapplied
    held: int
    closed: list[tuple[str, int]]
    entries: int


class Restoring:
    """One restoration: what is checked before anything is touched, then its steps. `say` is told of each."""

    def __init__(self, folder: Path, *, accept_loss: bool, say: Callable[[str], None]) -> None:
        """Raises of manifests and outside, NotEmpty and WouldLose."""
        self.folder, self.say = folder, say
        self.keys = signing.public_keys(settings.PORTAL_KEYS)
        self.storage: Storage = checkpoints.place()
        say("Checking the backup …")
        self.manifest = manifests.read(folder, services.backups_name(), self.keys)
        say("Checking checkpoints and journal outside …")
        self.journal = outside.checked_journal(self.manifest, settings.PORTAL_JOURNAL, self.storage, self.keys)
        self.was_loaded = self.is_loaded()
        if not self.was_loaded:
            self.loss = outside.loss_of(self.manifest, self.storage, self.keys)
            if not accept_loss:
                self.check_nothing_is_lost()

    def check_nothing_is_lost(self) -> None:
        """Raises WouldLose."""
        size, beyond = self.manifest.log_size, self.journal.beyond
        if self.loss:
            sealed = self.loss.sealed.size
            raise WouldLose(sealed=sealed, size=size, entries=max(sealed - size, beyond))
        if beyond:
            raise WouldLoseJournalled(entries=beyond)

    def run(self) -> Restored:
        if not self.was_loaded:
            self.load()
        self.let_in()
        self.migrate()
        row = Restoration.objects.get(opened_at=None)
        done, held = self.reapply(row)
        self.seal(row)
        closed = [(version.purpose.code, version.number) for version in catalogue.closed_by_loss()]
        entries = self.verify()
        self.open(row)
        return Restored(row, self.lost(row), done, held, closed, entries)

    def is_loaded(self) -> bool:
        """An earlier run loaded this backup and was interrupted: what is lost with it was agreed to then, and what it
        has sealed since is no loss. Raises NotEmpty for any other tables."""
        with as_owner() as owner_connection:
            owner_connection.ensure_connection()  # the embedded server makes roles and database when it is new
        with programs.speaking(programs.as_owner()) as owner:
            if not making.value(owner, HAS_TABLES):
                return False
            if not making.value(owner, "SELECT to_regclass('ledger_restoration')"):
                raise NotEmpty
            found = owner.execute("SELECT backup FROM ledger_restoration WHERE opened_at IS NULL").fetchall()
        if found != [(self.manifest.backup,)]:
            raise NotEmpty
        return True

    def load(self) -> None:
        """All or nothing. Raises StillConnected, ProgramFailed."""
        role = programs.as_owner()
        with programs.speaking(role) as owner:
            shut_out(owner)
            wait_until_alone(owner)
            begun = psycopg.ClientCursor(owner).mogrify(BEGUN, self.begun())
        self.say("Restoring the database and the customers' keys …")
        dumps = manifests.dump_of(self.folder), manifests.keys_of(self.folder)
        # Only dumps that we signed for: a dump can hold anything, and restoring runs what it holds.
        programs.load([FIRST, *dumps, begun, LAST], params=role)

    def let_in(self) -> None:
        """The application may connect, and finds the restoration unfinished. Raises CountsDiffer."""
        with programs.speaking(programs.as_owner()) as owner:
            if self.was_loaded and making.value(owner, LETS_IN):
                return  # an earlier run has counted, and may have added rows since
            self.say("Counting …")
            self.compare_counts()
            owner.execute(connecting("GRANT {} TO {app}", owner))

    def begun(self) -> list[object]:
        size, loss = self.manifest.log_size, self.loss
        if loss is None:
            return [self.manifest.backup, size, None, None, "", None]
        note = statements.signed(self.statement(loss), signing.signer(settings.PORTAL_KEYS))
        return [self.manifest.backup, size, loss.sealed.size, loss.sealed.root, note, loss.generation]

    def statement(self, loss: Loss) -> Statement:
        return Statement(
            services.restorations_name(),
            loss.generation,
            self.manifest.log_size,
            bytes.fromhex(self.manifest.log_root),
            loss.sealed.size,
            loss.sealed.root,
        )

    def compare_counts(self) -> None:
        with programs.speaking(programs.as_backup()) as reader:
            for table, rows in self.manifest.counts.items():
                if making.count(reader, table) != rows + OURS.get(table, 0):
                    raise CountsDiffer

    def migrate(self) -> None:
        """A backup of an older portal catches up; nothing to do for one of this."""
        self.say("Bringing the database up to date …")
        call_command("migrate", interactive=False, verbosity=0)
        connection.close()

    def reapply(self, row: Restoration) -> tuple[Reapplied, int]:
        self.say("Doing again what was closed since …")
        last = Restoration.objects.filter(opened_at__isnull=False).order_by("-pk").first()
        settled = (last.journal or 0) if last else 0
        done = reapply(outside.lines_after(settings.PORTAL_JOURNAL, settled, self.journal.lines))
        return done, put_on_record(row, self.manifest, self.journal.lines, self.lost(row))

    def lost(self, row: Restoration) -> int:
        return max((row.lost_size or row.size) - row.size, self.journal.beyond)

    def seal(self, row: Restoration) -> None:
        self.say("Sealing the log …")
        if row.statement:
            statement = statements.verified(row.statement, self.keys)
            statements.keep(self.storage, statement, row.statement, row.began_at.astimezone(UTC))
        services.seal(keys=settings.PORTAL_KEYS, storage=self.storage)
        services.catch_up()
        services.witness(keys=settings.PORTAL_KEYS, storage=self.storage)

    def verify(self) -> int:
        """How many entries there are. Raises NotWhole."""
        self.say("Verifying the ledger against the checkpoints outside …")
        walked = Walked(0, 0)
        for found in selectors.faults():
            if not isinstance(found, Walked):
                raise NotWhole
            walked = found
        stated = outside.statements(self.storage, self.keys)
        names = checkpoints.kept(self.storage)
        claims = [
            claim for claim in selectors.against(self.storage, names, self.keys, stated) if not isinstance(claim, Lost)
        ]
        if not all(isinstance(claim, Claim) for claim in claims):
            raise NotWhole
        log = selectors.log_faults([claim for claim in claims if isinstance(claim, Claim)], self.keys)
        if not all(isinstance(found, Unsealed) for found in log):
            raise NotWhole
        self.say("Comparing the tables with the ledger …")
        if any(isinstance(found, rebuilding.Difference) for found in rebuilding.differences()):
            raise NotWhole
        return walked.entries

    def open(self, row: Restoration) -> None:
        connection.close()
        with programs.speaking(programs.as_owner()) as owner:
            owner.execute(OPEN, [self.journal.lines, row.pk])


def shut_out(owner: psycopg.Connection) -> None:
    """So long as its data is not all there, the application finds no database at all."""
    owner.execute(connecting("REVOKE {} FROM {app}, PUBLIC", owner))


def connecting(statement: LiteralString, owner: psycopg.Connection) -> Composed:
    right = SQL("CONNECT ON DATABASE {}").format(Identifier(owner.info.dbname))
    return SQL(statement).format(right, app=Identifier(roles.APP))


def wait_until_alone(owner: psycopg.Connection) -> None:
    """Who was connected before the door closed would see the data come in. Raises StillConnected."""
    connection.close()
    until = time.monotonic() + WAIT_SECONDS
    while making.value(owner, CONNECTED):
        if time.monotonic() > until:
            raise StillConnected
        time.sleep(PAUSE)


@transaction.atomic
def put_on_record(row: Restoration, manifest: Manifest, lines: int, lost: int) -> int:
    """Once, however often a restoration is resumed. Mail of before is held back with it; returns how many."""
    if told := selectors.timeline(f"restoration/{row.pk}").first():
        return int(told.facts.get("mails_held", 0))
    # What doing acts again has queued tells of something that the backup did not know.
    held = notifications.hold_back(before=row.began_at)
    services.append(
        event="ledger.restored",
        by=Actor("operator", channel="restore"),
        object_type="restoration",
        object=f"restoration/{row.pk}",
        outcome="with_loss" if lost else "whole",
        details={
            "backup": manifest.backup,
            "size": row.size,
            "lost_size": row.lost_size,
            "lost": lost,
            "journal": lines,
            "mails_held": held,
        },
    )
    return held
