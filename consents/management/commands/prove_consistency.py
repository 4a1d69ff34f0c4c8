"""`prove_consistency`: the proof that the log only grew since a checkpoint that somebody kept."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from consents.core.signing import NotVerified
from consents.ledger import checkpoints
from consents.ledger.selectors import proofs
from consents.management.operator_command import OperatorCommand, read_text_file


class Command(OperatorCommand):
    help = """Print the proof (JSON) that today's log begins with everything under an older checkpoint, unchanged.

OLDER is the file of a checkpoint that somebody kept, or its size. The other end is the newest checkpoint, or that of
--newer SIZE. `manage.py verify_consistency` checks the proof without the portal.

Exit codes: 0 printed; 1 there is no such proof (one sentence says why); 2 the file cannot be read."""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("older", metavar="OLDER", help="file of the older checkpoint, or its number of entries")
        parser.add_argument("--newer", metavar="SIZE", type=int, help="number of entries under the newer checkpoint")

    def handle(self, *args: Any, older: str, newer: int | None, **options: Any) -> None:
        newest = proofs.find_newest_checkpoint()
        if newest is None:
            raise CommandError("The log has no checkpoint yet: run `manage.py seal_ledger`.")
        proof = proofs.build_consistency_proof(read_size(older), newest.size if newer is None else newer)
        self.stdout.write(json.dumps(proof.as_object(), indent=2, ensure_ascii=False))


def read_size(older: str) -> int:
    """Return the size that a number or a checkpoint's file names."""
    if older.isascii() and older.isdigit():
        return int(older)
    try:
        return checkpoints.parse_checkpoint(read_text_file(Path(older))).size
    except NotVerified as reason:
        raise CommandError(str(reason), returncode=2) from None
