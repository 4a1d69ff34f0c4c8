"""`catch_up`: a database that a failover or a restore to a point in time set back, and every no since done again."""

import time
from typing import Any

from django.core.management.base import CommandParser

from consents.management.operator_command import OperatorCommand
from consents.ops.backups.catching_up import DatabaseCatchUp, NothingToCatchUp
from consents.ops.backups.programs import add_recovery_options, explain_failures
from consents.ops.backups.reopening import describe_restored

HELP = """Bring a database up to date with the journal outside, after a failover to a replica that lagged or a restore
to a point in time. Stop the portal first: it notices such a database and serves nobody, but stays connected.

1. Before: PORTAL_KEYS, the checkpoints and the journal where they always were. DATABASE_OWNER_URL must be set.
2. It compares the newest checkpoint and the journal outside with the database, and refuses where they are missing, cut
   or of another history.
3. It does again what the journal tells and the database does not know (erasures, withdrawals, stops, refusals, ended
   staff, retired purposes, legal holds), verifies chains, log and state, and only then lets the database open.
   Interrupted, wherever it was: run it again.

What was asked, given or proposed since the moment the database was set back to is lost. It says how many entries that
are, at least, and stops; with --accept-loss it goes on. Where such entries had been sealed, it keeps a signed statement
of it with the checkpoints and continues the log under another name, so that nobody signs two histories of one.

Lines of the journal past its last signed head (the worker signs every minute) are listed, and nothing is done before
--beyond-the-last-head says that they count: whoever has the keys could have added them.

Exit codes: 0 caught up and open, or nothing to do; 1 refused (one sentence says why); 2 it could not be done."""


class Command(OperatorCommand):
    help = HELP

    def add_arguments(self, parser: CommandParser) -> None:
        add_recovery_options(parser)

    def handle(self, *args: Any, accept_loss: bool, beyond_the_last_head: bool, **options: Any) -> None:
        began = time.monotonic()
        with explain_failures("It could not be done"):
            try:
                caught_up = DatabaseCatchUp(
                    accept_loss=accept_loss, beyond_last_head=beyond_the_last_head, say=self.stdout.write
                ).run()
            except NothingToCatchUp as reason:
                self.stdout.write(str(reason))
                return
        self.stdout.write("\n".join(describe_restored(caught_up, time.monotonic() - began)))
