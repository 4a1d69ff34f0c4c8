"""`rebuild_state --check`: do the tables say what the ledger says?"""

import sys
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import Error
from tqdm import tqdm

from consents.core.charts import write_count
from consents.management.operator_command import OperatorCommand
from consents.ops import rebuilding
from consents.ops.embedded import CannotStart
from consents.ops.rebuilding import Difference, Progress


class Command(OperatorCommand):
    help = """Derive every choice, request and grant from the ledger alone and compare with the tables.

Prints the first differences (--show, default 20) and how many there are; in memory that does not grow with history.
Whether the ledger itself is whole is what verify_ledger tells. Nothing is ever written.

Exit codes: 0 the same, 1 they differ, 2 it could not be read."""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", required=True, help="compare (there is nothing else to do)")
        parser.add_argument("--show", type=int, default=20, help="how many differences are printed (default 20)")

    def handle(self, *args: Any, show: int, **options: Any) -> None:
        try:
            differences = self.compare(show)
        except (Error, CannotStart) as reason:
            raise CommandError(f"The state could not be read ({type(reason).__name__}).", returncode=2) from None
        if differences:
            sys.exit(1)

    def compare(self, show: int) -> int:
        differences, compared = 0, Progress(0, 0)
        with tqdm(unit=" customers", disable=None, file=sys.stderr, leave=False) as progress:
            for item in rebuilding.find_differences():
                if isinstance(item, Difference):
                    differences += 1
                    if differences <= show:
                        self.stdout.write(f"Customer {item.customer}, {item.kind} {item.key}: {item.what}")
                else:
                    progress.update(item.customers - progress.n)
                    compared = item
        state = f"of which {differences} not as the ledger says" if differences else "as the ledger says"
        customers = write_count(compared.customers, "customer")
        self.stdout.write(f"Choices, requests and grants of {customers}: {compared.things}, {state}.")
        return differences
