"""`backup`: everything, in one snapshot, with the customers' keys apart."""

import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from consents.core.charts import write_count
from consents.core.safeguards import explain_changes
from consents.management.operator_command import OperatorCommand
from consents.ops.backups import making, manifests
from consents.ops.backups.programs import explain_failures

LONGEST = 36_500  # days


class Command(OperatorCommand):
    help = """Back the database up into a new folder inside FOLDER, in one snapshot, with a signed manifest.

It works as portal_backup (DATABASE_BACKUP_URL; automatic with the embedded database) while the portal runs. The
customers' wrapped keys are dumped apart, into FOLDER/keys: copy the two to different places. Keys of backups older than
7 days are thrown away, and it says of which: an old key would undo an erasure. Delete older copies of them as well.
A backup that fails leaves nothing; what one that was killed left is removed when the next begins, so run it every day.
Before it is kept it is restored on trial, into a database <name>_trial that is dropped again: that takes as much time
and disk as a restoration, and DATABASE_OWNER_URL. --without-trial only reads it back and counts its rows. Backups
older than --keep days are thrown away, never the newest.
First of all it looks for pg_dump, pg_restore and psql in one folder, at least as new as the server and able to reach it
(PORTAL_POSTGRES_PROGRAMS names the folder; else the newest on this machine). To another machine it speaks TLS or not at
all.
Not in the backup: who is signed in, and what is kept outside the database anyway (PORTAL_KEYS, checkpoints, journal):
these must outlive the database, on other disks. The journal is made whole first: what closed something and was never
written there is written now, and it says of how many entries. If the journal is lost for good, move the folder
`journal` of the checkpoints away too: the next backup writes a new one, and older backups can no longer be restored.

Exit codes: 0 done; 1 refused: ledger or journal is not the one that was signed last, or another backup into FOLDER is
running; or done, but the database is not as the last migration left it; 2 it could not be done."""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, help="where backups are kept; made when it is missing")
        parser.add_argument(
            "--without-trial",
            action="store_true",
            help="do not restore it on trial: it may turn out that it cannot be restored",
        )

        parser.add_argument(
            "--keep",
            type=int,
            default=making.DUMPS_KEPT.days,
            metavar="DAYS",
            help="throw away older backups (%(default)s)",
        )

    def handle(self, *args: Any, folder: Path, without_trial: bool, keep: int, **options: Any) -> None:
        if not making.KEYS_KEPT.days <= keep <= LONGEST:
            least = f"{making.KEYS_KEPT.days}: so long its keys are kept, too"
            raise CommandError(f"--keep is at most {LONGEST}, and at least {least}.", returncode=2)
        began, kept = time.monotonic(), timedelta(days=keep)
        with explain_failures("The backup could not be made"):
            made = making.make_backup(folder.resolve(), self.stdout.write, is_proven=not without_trial, kept=kept)
        self.stdout.write(f"{made.folder} is complete, in {time.monotonic() - began:.1f} seconds.")
        self.stdout.write(f"The customers' keys of it lie apart, in {manifests.get_keys_path(made.folder)}.")
        for name in made.removed:
            self.stdout.write(f"{name} was thrown away: it was older than {write_count(keep, 'day')}.")
        for name in made.forgotten:
            self.stdout.write(f"The keys of {name} were thrown away: they were older than 7 days.")
        if made.changes:
            raise CommandError(
                "The backup holds a database that is not as the last migration left it, and restore will refuse it: "
                + explain_changes(made.changes)
            )
