"""`verify_inclusion`: is this entry in the log that the company signed? Runs offline, without settings."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from consents.core.signing import NotVerified, read_public_keys
from consents.ledger import merkle
from consents.ledger.checkpoints import parse_checkpoint
from consents.management.operator_command import OperatorCommand, read_text_file


class Command(OperatorCommand):
    help = """Check a proof taken from the portal with nothing but the file and the company's public key.

FILE is the proof (JSON), KEY what `manage.py public_key` printed (PEM, or the line name+id+key). No network, no
database, no settings and no key of the portal is needed. A line name+id+key speaks for the log of that name alone.

Exit codes: 0 the entry is in the log that was signed; 1 it is not; 2 a file cannot be read."""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path, help="the proof")
        parser.add_argument("--key", metavar="KEY", type=Path, required=True, help="file with the public key")

    def handle(self, *args: Any, file: Path, key: Path, **options: Any) -> None:
        proof_text, key_text = read_text_file(file), read_text_file(key)
        try:
            proof = merkle.parse_proof(proof_text)
            log = parse_checkpoint(proof.checkpoint).origin
            sealed = merkle.verify_proof(proof, read_public_keys(key_text, log))
        except NotVerified as reason:
            raise CommandError(f"Not verified. {reason}") from None
        self.stdout.write(
            f"Verified: this is entry {proof.leaf_index} (from 0) of the {sealed.size} that {sealed.origin} signed.\n"
            f"{json.dumps(json.loads(proof.entry), indent=2, ensure_ascii=False)}"
        )
