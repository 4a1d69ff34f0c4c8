"""`verify_ledger`: is the journal whole?"""

import json
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import Error
from tqdm import tqdm

from consents.core.embedded import CannotStart
from consents.ledger import selectors
from consents.ledger.rules import What
from consents.ledger.selectors import Fault, Walked

SENTENCES = {
    What.GAP: "an entry before this one is missing",
    What.UNLINKED: "it does not follow the entry before it",
    What.CHANGED_TEXT: "its text is not the one that was hashed",
    What.CHANGED_COLUMNS: "its columns are not those of the hashed text",
    What.CUT: "this entry and all after it are missing",
}
HELP = """Walk every chain of the ledger once and tell whether it is whole.

Of each broken chain the first bad entry is named (chain and place in it, counted from 1); in memory that does not
grow with the ledger. A chain is a customer's id, or `company`.

Exit codes: 0 whole, 1 broken, 2 the ledger could not be read.
--json prints one object: {"faults": [{"chain", "sequence", "what"}], "entries", "chains", "whole"}."""


class Command(BaseCommand):
    help = HELP
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.formatter_class = RawDescriptionHelpFormatter
        parser.add_argument("--json", action="store_true", help="print one JSON object instead of lines")

    def handle(self, *args: Any, **options: Any) -> None:
        report = JsonReport(self.stdout) if options["json"] else LineReport(self.stdout)
        try:
            broken, walked = self.walk(report)
        except (Error, CannotStart) as reason:
            raise CommandError(f"The ledger could not be read ({type(reason).__name__}).", returncode=2) from None
        report.end(broken, walked)
        if broken:
            sys.exit(1)

    def walk(self, report: "LineReport | JsonReport") -> tuple[int, Walked]:
        broken, walked = 0, Walked(0, 0)
        with tqdm(unit=" entries", disable=None, file=sys.stderr, leave=False) as progress:
            for found in selectors.faults():
                if isinstance(found, Fault):
                    broken += 1
                    report.fault(found)
                else:
                    progress.update(found.entries - walked.entries)
                    walked = found
        return broken, walked


class LineReport:
    def __init__(self, out: Any) -> None:
        self.out = out

    def fault(self, fault: Fault) -> None:
        self.out.write(f"Chain {fault.chain} is broken at entry {fault.sequence}: {SENTENCES[fault.what]}.")

    def end(self, broken: int, walked: Walked) -> None:
        state = f"{broken} of them broken" if broken else "all of them whole"
        self.out.write(f"{walked.entries} entries in {walked.chains} chains, {state}.")


class JsonReport:
    """One object, written as it becomes known."""

    def __init__(self, out: Any) -> None:
        self.out, self.lead = out, '{"faults": ['

    def fault(self, fault: Fault) -> None:
        entry = {"chain": fault.chain, "sequence": fault.sequence, "what": str(fault.what)}
        self.out.write(self.lead + json.dumps(entry), ending="")
        self.lead = ", "

    def end(self, broken: int, walked: Walked) -> None:
        start = "" if broken else self.lead
        whole = json.dumps({"entries": walked.entries, "chains": walked.chains, "whole": not broken})
        self.out.write(f"{start}], {whole[1:]}")
