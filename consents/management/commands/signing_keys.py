"""`signing_keys`: the keys that sign receipts, exports and checkpoints, a new one, and one that others may have."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser

from consents.core import clock, keys, signing
from consents.ledger.rules import Actor
from consents.ledger.services.sealing import rotate_signing_key, withdraw_signing_key
from consents.management.operator_command import OperatorCommand

# What a person calls them → the kind in the name of their files.
KINDS = {"receipts": "receipt", "exports": "export", "checkpoints": "sign"}

HELP = """List the keys in the folder PORTAL_KEYS that sign receipts, exports or checkpoints; without an option nothing
changes.

--rotate makes a new key, which signs at once, in a running portal from its next start on. What older keys signed stays
genuine: they stay published, those of receipts and exports at /.well-known/jwks.json, those of checkpoints at
/.well-known/ledger (and `manage.py public_key`).
--withdraw KEY says that others may have this key of receipts or exports (its number or its thumbprint) since the day
--since. Its private half is destroyed, and what it signed counts no more, whatever date it bears. Customers take new
receipts from their list, officers new exports: what happened is on record as before. Where it was the key that signs, a
new one is made. Receipts and exports have keys of their own, so that giving up one kind leaves the other genuine.
If others may have a key of checkpoints, --rotate it and tell those who keep checkpoints: only what they kept before
that day proves anything, and `verify_ledger --against` compares with it.

Exit codes: 0 done; 1 refused (one sentence says why); 2 wrong use."""


class Command(OperatorCommand):
    help = HELP

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("kind", choices=KINDS, help="what the keys sign")
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--rotate", action="store_true", help="make a new key")
        what.add_argument("--withdraw", metavar="KEY", help="others may have this key")
        parser.add_argument("--since", metavar="DAY", type=date.fromisoformat, help="with --withdraw: YYYY-MM-DD")

    def handle(self, *args: Any, kind: str, **options: Any) -> None:
        kind, folder, by = KINDS[kind], settings.PORTAL_KEYS, Actor("portal", channel="command")
        since, withdrawn = options["since"], options["withdraw"]
        if (withdrawn is None) != (since is None):
            raise CommandError("--withdraw and --since go together.", returncode=2)
        if withdrawn is not None and kind not in keys.PUBLISHED:
            raise CommandError("A key of checkpoints cannot be withdrawn: see --help.", returncode=2)
        if options["rotate"]:
            rotate_signing_key(kind=kind, folder=folder, by=by)
        elif withdrawn is not None:
            today = clock.now().date()
            withdraw_signing_key(kind=kind, folder=folder, kid=withdrawn, since=since, today=today, by=by)
        self.stdout.write("\n".join(describe_keys(folder, kind)))


def describe_keys(folder: Path, kind: str) -> Iterator[str]:
    found = signing.load_signing_keys(folder, kind)
    for id in keys.sort_key_ids(found):
        state = "signs" if id == keys.pick_newest(found) else "verifies"
        yield f"{id}  {signing.compute_thumbprint(found[id].public_key())}  {state}"
    for kid, since in signing.load_key_set(folder, kind).withdrawn.items():
        yield f"-  {kid}  withdrawn, known to others since {since.isoformat()}"
