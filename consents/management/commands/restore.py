"""`restore`: a backup into an empty database, and every no since then done again."""

import time
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError
from django.db import Error
from psycopg import Error as DatabaseError

from consents.backups import manifests
from consents.backups.programs import ProgramFailed
from consents.backups.restoring import Restored, Restoring
from consents.core.embedded import CannotStart
from consents.core.refusals import Refusal
from consents.ledger.checkpoints import OutOfReach

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

Mail that waited in the backup may have gone out since: it is held back, and officers find it under "Mails not
delivered", where they may send it.

When the newest checkpoint or the journal outside tells of entries that the backup does not hold, they are lost: what
was closed is closed again, what was asked, given or proposed since is not there. It says how many and stops; with
--accept-loss it goes on. Where such entries had been sealed, it keeps a signed statement of it with the checkpoints and
continues the log under another name, so that nobody signs two histories of one.

Keys older than 7 days are taken where no backup since has thrown them away: an older backup may be all there is, and
erasures since then are done again from the journal before the database opens.

Exit codes: 0 restored and open; 1 refused (one sentence says why); 2 it could not be done."""


class Command(BaseCommand):
    help = HELP
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.formatter_class = RawDescriptionHelpFormatter
        parser.add_argument("folder", type=Path, help="a backup, or the folder of backups: then its newest")
        parser.add_argument(
            "--accept-loss", action="store_true", help="go on although entries after the backup are lost"
        )

    def handle(self, *args: Any, folder: Path, accept_loss: bool, **options: Any) -> None:
        began = time.monotonic()
        try:
            restored = Restoring(newest(folder.resolve()), accept_loss=accept_loss, say=self.stdout.write).run()
        except Refusal as refusal:
            raise CommandError(str(refusal)) from None
        except (ProgramFailed, ImproperlyConfigured, CannotStart, OutOfReach) as reason:
            raise CommandError(str(reason), returncode=2) from None
        except (Error, DatabaseError, OSError) as reason:
            raise CommandError(f"It could not be restored ({type(reason).__name__}).", returncode=2) from None
        self.tell(restored, time.monotonic() - began)

    def tell(self, restored: Restored, seconds: float) -> None:
        for event, number in sorted(restored.reapplied.done.items()):
            self.stdout.write(f"Done again: {event}, {number} times.")
        if restored.reapplied.done["legal_hold.placed"]:
            self.stdout.write(
                "Of legal holds placed again the number of case or file is lost: place them anew with it."
            )
        for event, number in sorted(restored.reapplied.left.items()):
            self.stdout.write(
                f"Not done again: {event}, {number} times. Whoever did it is not in the backup: do it once more."
            )
        for purpose, number in restored.closed:
            self.stdout.write(
                f"The purpose {purpose} is closed: its version {number} came into force after the backup and is lost. "
                "Earlier consent does not count, and nobody is asked before officers publish a newer version."
            )
        if restored.held:
            self.stdout.write(f"Mails that waited in the backup, not sent again: {restored.held}.")
        if restored.lost:
            self.stdout.write(f"Entries after {restored.row.size} of the log are lost, at least {restored.lost}.")
        self.stdout.write(
            f"The ledger is whole, with {restored.entries} entries. The database is open, after {seconds:.1f} seconds."
        )


def newest(folder: Path) -> Path:
    """The backup itself, or the newest in a folder of them."""
    if (folder / manifests.NAME).is_file() or not folder.is_dir():
        return folder
    found = sorted(path.parent for path in folder.glob(f"*/{manifests.NAME}"))
    return found[-1] if found else folder
