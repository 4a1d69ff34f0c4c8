"""`worker`: the background work of the portal."""

from typing import Any

from django.core.management.base import CommandParser

from consents.management.operator_command import OperatorCommand
from consents.ops.key_checks import check_recorded_keys
from consents.ops.monitoring.tracing import start_tracing
from consents.ops.running.checks import check_addresses, check_database, check_variables
from consents.ops.running.from_outside import check_outside
from consents.ops.running.portal import serve_nobody_early
from consents.ops.running.runner import exit_with_runner
from consents.ops.running.worker import run_jobs
from consents.ops.startup import refuse_missing_keys


class Command(OperatorCommand):
    help = """Run background jobs: mail, and recording what time has ended.

Nothing depends on it for safety: expired access is refused whether or not it runs. SIGTERM and Ctrl-C
stop it after the jobs it has begun, at most 10 seconds later.

Exit codes: 0 stopped or, with --once, all done; 1 it cannot start (one sentence says why)."""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="run the jobs that are due now, then end")

    def handle(self, *args: Any, once: bool, **options: Any) -> None:
        exit_with_runner()
        check_variables()
        check_addresses()
        refuse_missing_keys()
        check_database()
        check_recorded_keys()
        check_outside()
        serve_nobody_early()
        start_tracing()
        run_jobs(wait=not once)
