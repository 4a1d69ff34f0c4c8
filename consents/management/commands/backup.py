"""`backup`: everything, in one snapshot, with the customers' keys apart."""

import time
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError
from django.db import Error
from psycopg import Error as DatabaseError

from consents.backups import making, manifests
from consents.backups.programs import ProgramFailed
from consents.core.embedded import CannotStart
from consents.core.refusals import Refusal
from consents.ledger.checkpoints import OutOfReach
from consents.ledger.journal import JournalBroken

HELP = """Back the database up into a new folder inside FOLDER, in one snapshot, with a signed manifest.

It works as portal_backup (DATABASE_BACKUP_URL; automatic with the embedded database) while the portal runs. The
customers' wrapped keys are dumped apart, into FOLDER/keys: copy the two to different places. Keys of backups older than
7 days are thrown away, and it says of which: an old key would undo an erasure. Delete older copies of them as well.
A backup that fails leaves nothing; what one that was killed left is removed when the next begins, so run it every day.
Not in the backup: who is signed in, and what is kept outside the database anyway (PORTAL_KEYS, checkpoints, journal):
these must outlive the database, on other disks. The journal is made whole first: what closed something and was never
written there is written now, and it says of how many entries. If the journal is lost for good, move the folder
`journal` of the checkpoints away too: the next backup writes a new one, and older backups can no longer be restored.

Exit codes: 0 done; 1 refused: ledger or journal is not the one that was signed last, or another
backup into FOLDER is running; 2 it could not be done."""


class Command(BaseCommand):
    help = HELP
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.formatter_class = RawDescriptionHelpFormatter
        parser.add_argument("folder", type=Path, help="where backups are kept; made when it is missing")

    def handle(self, *args: Any, folder: Path, **options: Any) -> None:
        began = time.monotonic()
        try:
            made = making.make(folder.resolve(), self.stdout.write)
        except Refusal as refusal:
            raise CommandError(str(refusal)) from None
        except (ProgramFailed, ImproperlyConfigured, CannotStart, JournalBroken, OutOfReach) as reason:
            raise CommandError(str(reason), returncode=2) from None
        except (Error, DatabaseError, OSError) as reason:
            raise CommandError(f"The backup could not be made ({type(reason).__name__}).", returncode=2) from None
        self.stdout.write(f"{made.folder} is complete, in {time.monotonic() - began:.1f} seconds.")
        self.stdout.write(f"The customers' keys of it lie apart, in {manifests.keys_of(made.folder)}.")
        for name in made.forgotten:
            self.stdout.write(f"The keys of {name} were thrown away: they were older than 7 days.")
