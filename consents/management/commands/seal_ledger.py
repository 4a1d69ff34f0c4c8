"""`seal_ledger`: give new entries their place in the log and sign what it has become."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import CommandError, CommandParser
from django.db import Error

from consents.core.charts import write_count
from consents.ledger import checkpoints
from consents.ledger.checkpoints import StorageUnavailable
from consents.ledger.services import sealing
from consents.management.operator_command import OperatorCommand
from consents.ops.embedded import CannotStart


class Command(OperatorCommand):
    help = """Seal the entries of the ledger that are not sealed yet; the worker does the same every minute.

Each gets its place in the log (RFC 6962), and a checkpoint signed by the newest key sign-<id> is kept outside the
database: in PORTAL_VAR/checkpoints, or wherever PORTAL_CHECKPOINTS_BACKEND and _OPTIONS say. No writer waits for it.
The first database that seals into a place is the only one that may; `restore` and `catch_up` let theirs take over, and
so does --take-over, for a database that was moved by other means. From then on the other one serves nobody.

Exit codes: 0 sealed, or nothing to seal; 1 refused: the ledger is not the one the newest checkpoint was taken of,
another database seals there, or something else holds the lock of sealing; 2 the ledger could not be read, or the
checkpoint not written."""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--take-over", action="store_true", help="seal here from now on instead of the database that did"
        )

    def handle(self, *args: Any, take_over: bool, **options: Any) -> None:
        storage = checkpoints.get_checkpoint_storage()
        try:
            if take_over:
                sealing.take_sealing_over(keys=settings.PORTAL_KEYS, storage=storage)
            run = sealing.seal_entries(keys=settings.PORTAL_KEYS, storage=storage)
        except (ImproperlyConfigured, StorageUnavailable) as reason:
            raise CommandError(str(reason), returncode=2) from None
        except (Error, CannotStart, OSError) as reason:
            raise CommandError(f"The ledger could not be sealed ({type(reason).__name__}).", returncode=2) from None
        self.stdout.write(f"{write_count(run.sealed, 'entry', 'entries')} sealed; the log has {run.size}.")
