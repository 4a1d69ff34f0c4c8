"""`receipt_keys`: the keys that sign receipts, a new one, and one that others may have."""

from argparse import ArgumentParser, RawDescriptionHelpFormatter
from datetime import date
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from consents.choices.receipts import claims, services
from consents.core import clock, jose, keys, signing
from consents.core.refusals import Refusal
from consents.ledger.rules import Actor

HELP = """List the keys in the folder PORTAL_KEYS that sign receipts; without an option nothing changes.

--rotate makes a new key, which signs at once. Older keys stay published at /.well-known/jwks.json, and what they
signed stays genuine.
--withdraw KEY says that others may have this key (its number or its thumbprint) since the day --since. Its private
half is destroyed, and receipts it signed count no more, whatever date they bear. Customers take new ones from their
list: what they said is on record as before. Where it was the key that signs, a new one is made.

Exit codes: 0 done; 1 refused (one sentence says why); 2 wrong use."""


class Command(BaseCommand):
    help = HELP
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.formatter_class = RawDescriptionHelpFormatter
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--rotate", action="store_true", help="make a new key")
        what.add_argument("--withdraw", metavar="KEY", help="others may have this key")
        parser.add_argument("--since", metavar="DAY", type=date.fromisoformat, help="with --withdraw: YYYY-MM-DD")

    def handle(self, *args: Any, **options: Any) -> None:
        folder, by = settings.PORTAL_KEYS, Actor("portal", channel="command")
        if (options["withdraw"] is None) != (options["since"] is None):
            raise CommandError("--withdraw and --since go together.", returncode=2)
        try:
            if options["rotate"]:
                services.rotate_key(folder=folder, by=by)
            elif options["withdraw"] is not None:
                today = clock.now().date()
                services.withdraw_key(
                    folder=folder, kid=options["withdraw"], since=options["since"], today=today, by=by
                )
        except Refusal as refusal:
            raise CommandError(str(refusal)) from None
        self.tell(folder)

    def tell(self, folder: Any) -> None:
        found = signing.load(folder, claims.KIND_OF_KEY)
        for id in sorted(found, key=jose.by_number):
            state = "signs" if id == keys.newest(found) else "verifies"
            self.stdout.write(f"{id}  {jose.thumbprint(found[id].public_key())}  {state}")
        for kid, since in jose.known_in(folder, claims.KIND_OF_KEY).withdrawn.items():
            self.stdout.write(f"-  {kid}  withdrawn, known to others since {since.isoformat()}")
