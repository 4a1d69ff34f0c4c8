"""`restore`: a backup into an empty database, and every no since then done again."""

import time
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from consents.management.operator_command import OperatorCommand
from consents.ops.backups import manifests
from consents.ops.backups.programs import add_recovery_options, explain_failures
from consents.ops.backups.reopening import describe_restored
from consents.ops.backups.restoring import BackupDrill, BackupRestoration, open_drill

HELP = """Restore a backup into an empty database. Stop the portal first: nothing is loaded while it is connected, and
one that runs all the same answers "not now" until this has ended.

1. Before: PostgreSQL with its roles (make_roles; automatic with the embedded database), an empty database, PORTAL_KEYS,
   the checkpoints and the journal where they always were. DATABASE_OWNER_URL and DATABASE_BACKUP_URL must be set.
2. It checks the backup's signature, the journal against its signed heads and the checkpoints outside, and refuses
   where one of them is missing, cut or of another history.
3. It loads data and keys, compares the rows of every table, does again what the journal tells and the backup does not
   know (erasures, withdrawals, stops, refusals, ended staff, retired purposes, legal holds), verifies chains, log and
   state, and only then opens the database. Interrupted, wherever it was: run it again.
   A purpose whose text in force is lost with the backup stays closed, and it says of which, until officers publish one.

Emails that waited in the backup may have been sent since: they are held back, and officers find them under
"Undelivered emails", where they may send them.

When the newest checkpoint or the journal outside tells of entries that the backup does not hold, they are lost: what
was closed is closed again, what was asked, given or proposed since is not there. It says how many and stops; with
--accept-loss it goes on. Where such entries had been sealed, it keeps a signed statement of it with the checkpoints and
continues the log under another name, so that nobody signs two histories of one.

Lines of the journal past its last signed head (the worker signs every minute) are listed, and nothing is restored
before --beyond-the-last-head says that they count: whoever has the keys could have added them.

Keys older than 7 days are taken where no backup since has thrown them away: an older backup may be all there is, and
erasures since then are done again from the journal before the database opens.

--drill tries all of it, also while the portal runs: into a database of its own, which is dropped again, with what is
outside read and never written. It says how long it took and what would be lost. A drill needs room for a second
database, and DATABASE_OWNER_URL for a role that may make one, as `make_roles` made it.

Exit codes: 0 restored and open; 1 refused (one sentence says why); 2 it could not be done."""


class Command(OperatorCommand):
    help = HELP

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, help="a backup, or the folder of backups: then its newest")
        add_recovery_options(parser)
        parser.add_argument("--drill", action="store_true", help="restore on trial, and throw it away")

    def handle(self, *args: Any, folder: Path, drill: bool, **options: Any) -> None:
        began = time.monotonic()
        with explain_failures("It could not be restored"), open_drill() if drill else nullcontext() as storage:
            restoration = (BackupDrill if drill else BackupRestoration)(
                find_newest_backup(folder.resolve()),
                accept_loss=drill or options["accept_loss"],
                beyond_last_head=drill or options["beyond_the_last_head"],
                say=self.stdout.write,
                storage=storage,
            )
            restored = restoration.run()
        self.stdout.write("\n".join(describe_restored(restored, time.monotonic() - began)))
        if drill:
            self.stdout.write("This was a drill: that database is gone, and nothing outside was written.")


def find_newest_backup(folder: Path) -> Path:
    """Find the backup: the folder itself, or the newest in it."""
    if (folder / manifests.NAME).is_file() or not folder.is_dir():
        return folder
    return [folder, *manifests.list_backups(folder)][-1]
