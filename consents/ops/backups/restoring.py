"""Restore a backup into an empty database, which serves nobody before it is whole and knows every no again.

Everything comes in one transaction, and with it the word that the restoration is unfinished, which only the last step
takes back: whoever serves finds an empty database, or that word. The application cannot connect either until the rows
are counted.
"""

from collections.abc import Callable
from pathlib import Path

import psycopg
from django.conf import settings
from django.core.files.storage import Storage
from django.core.management import call_command
from django.db import transaction
from django.db.migrations.executor import MigrationExecutor

from consents.core import roles, safeguards
from consents.core.key_files import find_key_problems
from consents.core.owner import as_owner
from consents.core.refusals import Refusal
from consents.ledger.checkpoints import TreeHead
from consents.ledger.journal import Head, get_journal_place
from consents.ledger.services import names as ledger_names
from consents.ops.backups import client_programs, manifests, outside, programs
from consents.ops.backups.manifests import Manifest, WrongKeys
from consents.ops.backups.outside import KnownHistory
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
        """Raises of manifests, outside and client_programs, NotEmpty, WouldLose and BeyondLastHead."""
        super().__init__(say, storage)
        self.folder = folder
        say("Checking the backup …")
        self.manifest = manifests.read_manifest(folder, ledger_names.get_backups_name(), self.keys)
        if problems := find_key_problems(settings.PORTAL_KEYS, self.manifest.key_checks, may_be_retired=False):
            raise WrongKeys(problems=" ".join(problems).rstrip("."))
        say("Checking checkpoints and journal outside …")
        self.known = read_known(self.manifest)
        self.journal = outside.check_journal(self.known, get_journal_place(), self.storage, self.keys)
        self.was_loaded = self.is_loaded()
        if not self.was_loaded:
            self.tools = client_programs.choose_programs(programs.as_owner(), at_least=self.manifest.programs)
            self.loss = outside.find_loss(self.known, self.storage, self.keys)
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
        """Load everything or nothing. Raises StillConnected, ProgramFailed."""
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
