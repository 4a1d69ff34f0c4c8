"""Restore a backup into an empty database, which serves nobody before it is whole and knows every no again.

Everything comes in one transaction, and with it the word that the restoration is unfinished, which only the last step
takes back: whoever serves finds an empty database, or that word. The application cannot connect either until the rows
are counted.
"""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import FileSystemStorage, Storage
from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from psycopg.conninfo import make_conninfo
from psycopg.sql import SQL, Identifier

from consents.core import roles, safeguards
from consents.core.keys import find_key_problems
from consents.core.owner import as_owner
from consents.core.refusals import Refusal
from consents.ledger import checkpoints, journal
from consents.ledger.checkpoints import TreeHead
from consents.ledger.journal import Head, get_journal_place
from consents.ledger.services import appending as ledger_names
from consents.ops.backups import making, manifests, programs
from consents.ops.backups.making import KnownHistory
from consents.ops.backups.manifests import Manifest, WrongKeys
from consents.ops.backups.reopening import (
    BEGUN,
    RecoveryResult,
    RecoveryRun,
    build_connect_statement,
    forbid_connections,
    wait_until_alone,
)

HAS_TABLES = "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
OURS = {"ledger_restoration": 1}  # rows that no backup holds
LETS_IN = f"SELECT has_database_privilege('{roles.APP}', current_database(), 'CONNECT')"


class NotEmpty(Refusal):
    sentence = "The database is not empty. Restore into a new one; nothing was changed."


class CountsDiffer(Refusal):
    sentence = "The restored tables do not have as many rows as were backed up. The database stays closed."


class BackupRestoration(RecoveryRun):
    """A restoration of a backup: checks before anything is touched, then its steps."""

    def __init__(
        self,
        folder: Path,
        *,
        accept_loss: bool,
        beyond_last_head: bool,
        say: Callable[[str], None],
        storage: Storage | None = None,
    ) -> None:
        """Raises those of manifests, outside and programs, NotEmpty, WouldLose and BeyondLastHead."""
        super().__init__(say, storage)
        self.folder = folder
        say("Checking the backup …")
        self.manifest = manifests.read_manifest(folder, ledger_names.get_backups_name(), self.keys)
        if problems := find_key_problems(settings.PORTAL_KEYS, self.manifest.key_checks, may_be_retired=False):
            raise WrongKeys(problems=" ".join(problems).rstrip("."))
        say("Checking checkpoints and journal outside …")
        self.known = read_known(self.manifest)
        self.journal = making.check_journal(self.known, get_journal_place(), self.storage, self.keys)
        self.was_loaded = self.is_loaded()
        if not self.was_loaded:
            self.tools = programs.choose_programs(programs.as_owner(), at_least=self.manifest.programs)
            self.loss = making.find_loss(self.known, self.storage, self.keys)
            if not accept_loss:
                self.check_nothing_is_lost()
        self.check_unsigned_lines(beyond_last_head=beyond_last_head)

    def run(self) -> RecoveryResult:
        if not self.was_loaded:
            self.load()
        self.let_in()
        self.check_safeguards()
        self.migrate()
        return self.reopen()

    def is_loaded(self) -> bool:
        """Return True if an earlier run loaded this backup and was interrupted: its loss was agreed to then, and what
        it has sealed since is no loss. Raises NotEmpty for any other tables."""
        with as_owner() as owner_connection:
            owner_connection.ensure_connection()  # the embedded server makes roles and database when it is new
        with programs.connect_as(programs.as_owner()) as owner:
            if not programs.read_value(owner, HAS_TABLES):
                return False
            if not programs.read_value(owner, "SELECT to_regclass('ledger_restoration')"):
                raise NotEmpty
            unfinished = owner.execute("SELECT backup FROM ledger_restoration WHERE opened_at IS NULL").fetchall()
        if unfinished != [(self.manifest.backup,)]:
            raise NotEmpty
        return True

    def load(self) -> None:
        """Load everything or nothing. Raises Refusal, ProgramFailed."""
        role = programs.as_owner()
        with programs.connect_as(role) as owner:
            forbid_connections(owner)
            wait_until_alone(owner)
            begun = psycopg.ClientCursor(owner).mogrify(BEGUN, self.begun())
        self.say("Restoring the database and the customers' keys …")
        dumps = manifests.get_dump_path(self.folder), manifests.get_keys_path(self.folder)
        # Only dumps that we signed for: a dump can hold anything, and restoring runs what it holds.
        programs.load_pieces([programs.FIRST, *dumps, begun, programs.LAST], tools=self.tools, params=role)

    def let_in(self) -> None:
        """Let the application connect, and find the restoration unfinished. Raises CountsDiffer."""
        with programs.connect_as(programs.as_owner()) as owner:
            if self.was_loaded and programs.read_value(owner, LETS_IN):
                return  # an earlier run has counted, and may have added rows since
            self.say("Counting …")
            self.compare_counts()
            owner.execute(build_connect_statement("GRANT {} TO {app}", owner))

    def compare_counts(self) -> None:
        with programs.connect_as(programs.as_backup()) as reader:
            for table, rows in self.manifest.counts.items():
                if programs.count_rows(reader, table) != rows + OURS.get(table, 0):
                    raise CountsDiffer

    def migrate(self) -> None:
        """Migrate a backup of an older portal; of one of this, only record the privileges of its new database: all else
        was just compared."""
        self.say("Bringing the database up to date …")
        with as_owner() as owner:
            executor = MigrationExecutor(owner)
            if executor.migration_plan(executor.loader.graph.leaf_nodes()):
                call_command("migrate", interactive=False, verbosity=0, accept_changes=True)
            else:
                with transaction.atomic(), owner.cursor() as cursor:
                    safeguards.record_kinds(cursor, self.not_compared)


class BackupDrill(BackupRestoration):
    """A restoration into a database that its owner has made: only a superuser could close large objects in it."""

    not_compared = (*BackupRestoration.not_compared, "function of PostgreSQL")


def read_known(manifest: Manifest) -> KnownHistory:
    log = TreeHead(manifest.log_origin, manifest.log_size, bytes.fromhex(manifest.log_root))
    journal = Head(manifest.journal_number, bytes.fromhex(manifest.journal_hash))
    return KnownHistory(manifest.backup, log, journal, frozenset(manifest.waiting))


# Restore on trial: a database of its own, which is dropped again, and nothing written outside.
#
# The restoration itself is the real one. What it would add to checkpoints and journal goes into a folder of the drill,
# so that a drill neither seals into the log of the running portal nor tells its journal of a loss.


class Overlay(Storage):
    """Read from a storage, and write beside it into a folder; what the folder holds comes first."""

    def __init__(self, below: Storage, above: Path) -> None:
        self.below, self.above = below, FileSystemStorage(location=above)

    def _open(self, name: str, mode: str = "rb") -> "File[Any]":
        return self.above.open(name, mode) if self.above.exists(name) else self.below.open(name, mode)

    def _save(self, name: str, content: "File[Any]") -> str:
        return self.above.save(name, content)

    def exists(self, name: str) -> bool:
        return self.above.exists(name) or self.below.exists(name)

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        listings = [checkpoints.list_folder(storage, path) for storage in (self.below, self.above)]
        folders, files = ({name for listing in listings for name in listing[kind]} for kind in (0, 1))
        return sorted(folders), sorted(files)


@contextmanager
def open_drill() -> Iterator[Storage]:
    """Let this process work on an empty database and an outside of its own, both gone afterwards; yield the storage of
    checkpoints. Only for a process that does nothing else.
    """
    kept, kept_journal = connection.settings_dict, (settings.PORTAL_JOURNAL, settings.STORAGES)
    owner, name = make_conninfo(**programs.as_owner()), f"{kept['NAME']}_drill"
    with tempfile.TemporaryDirectory() as folder:
        copy_journal(Path(folder) / "journal")
        drop_database(name)
        roles.create_database(owner, name)
        try:
            settings.PORTAL_JOURNAL = Path(folder) / "journal"
            settings.STORAGES = {key: place for key, place in settings.STORAGES.items() if key != "journal"}
            connection.close()
            connection.settings_dict = kept | {"NAME": name}
            yield Overlay(checkpoints.get_checkpoint_storage(), Path(folder) / "checkpoints")
        finally:
            connection.close()
            connection.settings_dict, (settings.PORTAL_JOURNAL, settings.STORAGES) = kept, kept_journal
            drop_database(name)


def copy_journal(target: Path) -> None:
    target.mkdir(mode=0o700)
    texts = list(journal.read_texts(journal.get_journal_place()))
    if texts:
        (target / journal.NAME).write_text("".join(f"{text}\n" for text in texts), newline="\n")


def drop_database(name: str) -> None:
    """Drop what this drill, or one that was killed, has made."""
    with programs.connect_as(programs.as_owner()) as owner:
        owner.execute(SQL("DROP DATABASE IF EXISTS {}").format(Identifier(name)))
