"""`verify_consistency`: did the log only grow between two checkpoints? Runs offline, without settings."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from consents.core.charts import write_count
from consents.core.signing import NotVerified, read_public_keys
from consents.ledger import merkle
from consents.ledger.checkpoints import parse_checkpoint
from consents.management.operator_command import OperatorCommand, read_text_file

HELP = """Check a proof that one checkpoint continues another, with nothing but the file and the company's public key.

FILE is what `manage.py prove_consistency` or /.well-known/ledger/OLDER/NEWER gave (JSON), KEY what `manage.py
public_key` printed. --older names the checkpoint you kept yourself: the proof must begin with that very one. No
network, no database, no settings and no key of the portal is needed.

Exit codes: 0 the log only grew; 1 it did not, or this proves nothing; 2 a file cannot be read."""


class Command(OperatorCommand):
    help = HELP

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path, help="the proof")
        parser.add_argument("--key", metavar="KEY", type=Path, required=True, help="file with the public key")
        parser.add_argument("--older", metavar="CHECKPOINT", type=Path, help="the checkpoint you kept")

    def handle(self, *args: Any, file: Path, key: Path, older: Path | None, **options: Any) -> None:
        proof_text, key_text = read_text_file(file), read_text_file(key)
        kept_text = read_text_file(older) if older else None
        try:
            proof = merkle.parse_consistency_proof(proof_text)
            log = parse_checkpoint(proof.newer).origin
            first, second = merkle.verify_consistency_proof(proof, read_public_keys(key_text, log))
            kept = parse_checkpoint(kept_text) if kept_text is not None else first
        except NotVerified as reason:
            raise CommandError(f"Not verified. {reason}") from None
        if kept != first:
            entries = write_count(kept.size, "entry", "entries")
            raise CommandError(
                f"Not verified. You kept another checkpoint ({entries} of {kept.origin}) than the proof begins with "
                f"({first.size} of {first.origin})."
            )
        entries = write_count(second.size, "entry", "entries")
        self.stdout.write(
            f"Verified: the log of {entries} that {second.origin} signed begins with the {first.size} it signed "
            "before, unchanged and in the same places."
        )
