"""`verify_ledger`: is the ledger whole, and the one it always was?"""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.files.storage import FileSystemStorage, Storage
from django.core.management.base import CommandError, CommandParser
from django.db import Error, connection, transaction
from tqdm import tqdm

from consents.core import safeguards, signing
from consents.core.signing import NotVerified
from consents.ledger import checkpoints
from consents.ledger.checkpoints import StorageUnavailable
from consents.ledger.journal import get_journal_place
from consents.ledger.rules import read_statements
from consents.ledger.selectors import chains, proofs
from consents.ledger.selectors import timelines as ledger_log
from consents.ledger.selectors.chains import ChainFault
from consents.ledger.selectors.timelines import Claim, LogFault, LostCheckpoint, UnsealedEntries
from consents.management.operator_command import OperatorCommand
from consents.ops.embedded import CannotStart
from consents.ops.monitoring import figures
from consents.ops.verification import JsonReport, LineReport
from consents.people.models import Customer

NOTHING_OUTSIDE = (
    "There is no checkpoint outside to compare with, although this ledger must have been sealed by now: put the "
    "checkpoints back, or name a copy with --against. Until then nobody can tell whether it is the ledger it was."
)


class Command(OperatorCommand):
    help = """Walk every chain of the ledger and its sealed log, and tell whether they are whole.

Of each broken chain the first bad entry is named (chain and place in it, counted from 1), of the log the first place
that is wrong (counted from 0); in memory that does not grow with the ledger. A chain is a customer's id, or `company`.
The log is compared with the signed checkpoints kept outside the database. --against names others: a file or a folder,
such as a copy kept by an auditor, or a name under which the portal keeps some. A ledger that was cut, rolled back or
written anew no longer agrees with them.
The journal outside is compared with its newest signed head; it must tell of every entry that closed something, and
the ledger must hold every entry that it tells of.
What keeps the promises in the database (policies, triggers, functions, privileges, roles) must be as the last migration
left it: each part that is not is named.
Entries that a restoration lost are no fault where a signed statement says so; checkpoints of them are counted.

Exit codes: 0 whole; 1 broken; 2 it could not be checked, also where no checkpoint is kept outside although there must
be one: without it nobody can tell a ledger that was emptied or rewritten from the one it was.
--json prints one object: {"faults": [{"chain", "sequence", "what"}], "log": [{"what", "leaf", "entry", "checkpoint"}],
"changes": [{"kind", "name", "what"}], "entries", "chains", "sealed", "unsealed", "unsealed_since", "checkpoints",
"lost", "whole"}."""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--against", metavar="CHECKPOINT", action="append", help="file, folder or kept name; may be repeated"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object instead of lines")

    def handle(self, *args: Any, against: list[str] | None, **options: Any) -> None:
        report = JsonReport(self.stdout) if options["json"] else LineReport(self.stdout)
        try:
            keys = signing.load_public_keys(settings.PORTAL_KEYS)
            outside = list(read_outside_claims(against, keys))
            self.walk(report)
            claims = [claim for claim in outside if isinstance(claim, Claim)]
            report.lost = sum(isinstance(claim, LostCheckpoint) for claim in outside)
            unreadable = [claim for claim in outside if isinstance(claim, LogFault)]
            self.compare(report, [*unreadable, *ledger_log.find_log_faults(claims, keys)])
            self.compare(
                report,
                proofs.find_journal_faults(get_journal_place(), checkpoints.get_checkpoint_storage(), keys),
            )
            is_proven = bool(outside) or not must_have_checkpoint(report)
            with transaction.atomic(), connection.cursor() as cursor:
                for change in safeguards.find_changes(cursor):
                    report.change(change)
        except (ImproperlyConfigured, StorageUnavailable) as reason:
            raise CommandError(str(reason), returncode=2) from None
        except (Error, CannotStart, OSError) as reason:
            raise CommandError(f"The ledger could not be read ({type(reason).__name__}).", returncode=2) from None
        except NotVerified:
            raise CommandError(
                "A statement about a restoration is damaged or not signed by us.", returncode=1
            ) from None
        report.end(len(claims), is_proven=is_proven)
        if report.broken:
            sys.exit(1)
        if not is_proven:
            raise CommandError(NOTHING_OUTSIDE, returncode=2)
        figures.remember_success(figures.LAST_VERIFICATION)

    def walk(self, report: LineReport | JsonReport) -> None:
        with tqdm(unit=" entries", disable=None, file=sys.stderr, leave=False) as progress:
            for found in chains.find_chain_faults():
                if isinstance(found, ChainFault):
                    report.fault(found)
                else:
                    progress.update(found.entries - progress.n)
                    report.walked = found

    def compare(self, report: LineReport | JsonReport, log: Iterable[LogFault | UnsealedEntries]) -> None:
        for finding in log:
            if isinstance(finding, LogFault):
                report.log_fault(finding)
            else:
                report.unsealed = finding


def must_have_checkpoint(report: LineReport | JsonReport) -> bool:
    """Return True where a checkpoint outside must exist: also beside customers, each of whom has an entry."""
    return ledger_log.must_have_checkpoint() or (not report.walked.entries and Customer.objects.exists())


def read_outside_claims(against: list[str] | None, keys: list[Any]) -> Iterator[Claim | LogFault | LostCheckpoint]:
    """Yield the claims of the checkpoints outside and of each restoration. Raises CommandError if a place has none."""
    ours = checkpoints.get_checkpoint_storage()
    stated = list(read_statements(ours, keys))
    yield from (Claim(statement.size, name, statement.root) for name, statement in stated)
    lost = [statement for _name, statement in stated]
    if against is None:
        yield from ledger_log.read_claims(ours, checkpoints.list_checkpoints(ours), keys, lost)
        return
    for given in against:
        storage, names = find_storage(given)
        if not names:
            raise CommandError("There is no checkpoint where --against says.", returncode=2)
        yield from ledger_log.read_claims(storage, names, keys, lost)


def find_storage(given: str) -> tuple[Storage, list[str]]:
    """Find a folder or file of this machine, or else what is stored under that name."""
    path = Path(given).resolve()
    if path.is_file():
        return FileSystemStorage(location=path.parent), [path.name]
    if path.is_dir():
        folder = FileSystemStorage(location=path)
        return folder, list(checkpoints.list_checkpoints(folder))
    place = checkpoints.get_checkpoint_storage()
    return place, [
        name for name in checkpoints.list_checkpoints(place) if given in (name, *map(str, Path(name).parents))
    ]
