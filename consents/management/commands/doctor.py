"""`doctor`: everything that must be in order before the portal serves, looked at."""

import http.client
import sys
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser

from consents.management.operator_command import OperatorCommand
from consents.ops.running import doctor, from_outside, variables
from consents.ops.running.doctor import OK, WRONG, Finding

HELP = """Look at everything that must be in order before the portal serves: variables, folders, keys, database, clock,
places outside, officers, mail, PostgreSQL's programs. One line each: ok, look (it serves all the same) or wrong.

Nothing is changed, but for a small object `probe/doctor` in the place of checkpoints and in that of the journal, which
shows that they can be written and that nothing there is written over.
--outside also asks PORTAL_URL, through the proxy, as a browser does. The portal must be running for that.
--variables prints the table of every variable instead.

Exit codes: 0 nothing is wrong; 1 something is."""


class Command(OperatorCommand):
    help = HELP

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--outside", action="store_true", help="ask PORTAL_URL too, through the proxy")
        parser.add_argument("--variables", action="store_true", help="print the table of every variable, in Markdown")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["variables"]:
            self.stdout.write(variables.write_table(), ending="")
            return
        states = [self.tell(finding) for finding in doctor.examine_installation()]
        if options["outside"]:
            states += [self.tell(finding) for finding in examine_outside()]
        if WRONG in states:
            sys.exit(1)

    def tell(self, finding: Finding) -> str:
        self.stdout.write(f"{finding.state:5} {finding.part}: {finding.sentence}")
        return finding.state


def examine_outside() -> Iterator[Finding]:
    try:
        for is_right, sentence in from_outside.try_proxy(settings.PORTAL_URL):
            yield Finding("from outside", OK if is_right else WRONG, sentence)
    except (OSError, http.client.HTTPException) as reason:
        yield Finding("from outside", WRONG, f"PORTAL_URL does not answer ({type(reason).__name__}).")
