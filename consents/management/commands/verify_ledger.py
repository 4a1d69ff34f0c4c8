"""`verify_ledger`: is the journal whole, and the one it always was?"""

import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.files.storage import FileSystemStorage, Storage
from django.core.management.base import BaseCommand, CommandError
from django.db import Error
from tqdm import tqdm

from consents.core import signing
from consents.core.embedded import CannotStart
from consents.core.signing import NotVerified
from consents.ledger import checkpoints, selectors
from consents.ledger.checkpoints import OutOfReach
from consents.ledger.selectors import Claim, Fault, LogFault, Lost, Unsealed
from consents.verification import JsonReport, LineReport

HELP = """Walk every chain of the ledger and its sealed log, and tell whether they are whole.

Of each broken chain the first bad entry is named (chain and place in it, counted from 1), of the log the first place
that is wrong (counted from 0); in memory that does not grow with the ledger. A chain is a customer's id, or `company`.
The log is compared with the signed checkpoints kept outside the database. --against names others: a file or a folder,
such as a copy kept by an auditor, or a name under which the portal keeps some. A ledger that was cut, rolled back or
written anew no longer agrees with them.
The journal outside is compared with its newest signed head, and must tell of every entry that closed something.
Entries that a restoration lost are no fault where a signed statement says so; checkpoints of them are counted.

Exit codes: 0 whole, 1 broken, 2 it could not be checked.
--json prints one object: {"faults": [{"chain", "sequence", "what"}], "log": [{"what", "leaf", "entry", "checkpoint"}],
"entries", "chains", "sealed", "unsealed", "unsealed_since", "checkpoints", "lost", "whole"}."""


class Command(BaseCommand):
    help = HELP
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.formatter_class = RawDescriptionHelpFormatter
        parser.add_argument(
            "--against", metavar="CHECKPOINT", action="append", help="file, folder or kept name; may be repeated"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object instead of lines")

    def handle(self, *args: Any, against: list[str] | None, **options: Any) -> None:
        report = JsonReport(self.stdout) if options["json"] else LineReport(self.stdout)
        try:
            keys = signing.public_keys(settings.PORTAL_KEYS)
            outside = list(claims_outside(against, keys))
            self.walk(report)
            claims = [found for found in outside if isinstance(found, Claim)]
            report.lost = sum(isinstance(found, Lost) for found in outside)
            unreadable = [found for found in outside if isinstance(found, LogFault)]
            self.compare(report, [*unreadable, *selectors.log_faults(claims, keys)])
            self.compare(report, selectors.journal_faults(settings.PORTAL_JOURNAL, checkpoints.place(), keys))
        except (ImproperlyConfigured, OutOfReach) as reason:
            raise CommandError(str(reason), returncode=2) from None
        except (Error, CannotStart, OSError) as reason:
            raise CommandError(f"The ledger could not be read ({type(reason).__name__}).", returncode=2) from None
        except NotVerified:
            raise CommandError(
                "A statement about a restoration is damaged or not signed by us.", returncode=1
            ) from None
        report.end(len(claims))
        if report.broken:
            sys.exit(1)

    def walk(self, report: LineReport | JsonReport) -> None:
        with tqdm(unit=" entries", disable=None, file=sys.stderr, leave=False) as progress:
            for found in selectors.faults():
                if isinstance(found, Fault):
                    report.fault(found)
                else:
                    progress.update(found.entries - progress.n)
                    report.walked = found

    def compare(self, report: LineReport | JsonReport, log: Iterable[LogFault | Unsealed]) -> None:
        for found in log:
            if isinstance(found, LogFault):
                report.log_fault(found)
            else:
                report.unsealed = found


def claims_outside(against: list[str] | None, keys: list[Any]) -> Iterator[Claim | LogFault | Lost]:
    """What the checkpoints outside claim, and what was stated at each restoration. Raises CommandError where there is
    none to be found."""
    ours = checkpoints.place()
    stated = selectors.restorations(ours, keys)
    yield from (Claim(statement.size, name, statement.root) for name, statement in stated)
    lost = [statement for _name, statement in stated]
    if against is None:
        yield from selectors.against(ours, checkpoints.kept(ours), keys, lost)
        return
    for given in against:
        storage, names = place_of(given)
        if not names:
            raise CommandError("There is no checkpoint where --against says.", returncode=2)
        yield from selectors.against(storage, names, keys, lost)


def place_of(given: str) -> tuple[Storage, list[str]]:
    """A folder or file of this machine; otherwise what is kept under that name."""
    path = Path(given).resolve()
    if path.is_file():
        return FileSystemStorage(location=path.parent), [path.name]
    if path.is_dir():
        folder = FileSystemStorage(location=path)
        return folder, list(checkpoints.kept(folder))
    place = checkpoints.place()
    return place, [name for name in checkpoints.kept(place) if given in (name, *map(str, Path(name).parents))]
