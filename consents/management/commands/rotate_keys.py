"""`rotate_keys`: a new wrapping key, and every customer's key wrapped with it; or a new key of another kind."""

import sys
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from tqdm import tqdm

from consents.accounts import second_factors
from consents.core import keys
from consents.core.charts import write_count
from consents.core.keys import Keyring
from consents.ledger.rules import Actor
from consents.management.operator_command import OperatorCommand
from consents.ops import index_rotation, key_checks
from consents.systems import selectors as systems
from consents.vault.services import rekeying


class Command(OperatorCommand):
    help = """Make a new wrapping key in the folder PORTAL_KEYS and wrap every customer's own key with it, in batches;
second factors are sealed with it too.

No sealed value changes. The old key still unwraps: a portal that runs meanwhile goes on, and wraps new customers' keys
with the new key from its next start. Interrupted, or after that start: run again with --continue, which makes no new
key and touches only what an older key still wraps.
--retire ID takes an old key away once nothing is wrapped with it. Its file is kept as retired-ID: a backup of the
database that is older than the rotation cannot be read without it. Destroy it when those backups are gone.

--journal makes a new key for the lines of the journal outside, used from the next start on; the older ones still count
and are never removed.
--secret makes a new secret_key instead, which seals sessions and signs forms from the next start of the portal on.
Nobody is signed out: what the old one sealed still opens. A day later --drop-secrets removes the old ones, and the next
start refuses them. If others may have the old one, do both at once: everybody signs in again.
--index makes a new index key, by which addresses and records are found: copy it to every machine, restart every process
of the portal, then run --index --continue, while the portal runs. It moves all to the new key, in batches; interrupted,
or where something was held up, run it again. The older index keys stay: the new one continues them. Keep them, and the
new one, with the copy of the keys.

Exit codes: 0 done; 1 refused, or something does not open (the ids of its customers are printed); 2 wrong use."""

    def add_arguments(self, parser: CommandParser) -> None:
        what = parser.add_mutually_exclusive_group()
        parser.add_argument(
            "--continue", action="store_true", dest="goes_on", help="make no new key, move what is left"
        )
        what.add_argument("--index", action="store_true", help="make a new index key; with --continue: move all to it")
        what.add_argument("--retire", metavar="ID", help="take an old key away, if nothing is wrapped with it")
        what.add_argument("--journal", action="store_true", help="make a new key for the lines of the journal")
        what.add_argument("--secret", action="store_true", help="make a new secret_key; the old one still opens")
        what.add_argument("--drop-secrets", action="store_true", help="remove the secret keys before the present one")
        parser.add_argument("--batch", type=int, default=1000, help="customers per transaction (default 1000)")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["batch"] < 1:
            raise CommandError("--batch is at least 1.", returncode=2)
        if options["goes_on"] and any(options[name] for name in ("retire", "journal", "secret", "drop_secrets")):
            raise CommandError("--continue goes on with the wrapping key, or with --index.", returncode=2)
        by = Actor("portal", channel="command")
        if options["index"]:
            return self.rotate_index(options["goes_on"], options["batch"], by)
        if options["journal"]:
            kid = keys.add_key(settings.PORTAL_KEYS, "journal")
            key_checks.record_new_keys(by)
            self.stdout.write(f"Key {kid} authenticates the journal from the portal's next start on.")
            return None
        if options["secret"] or options["drop_secrets"]:
            return self.change_secret(is_new=options["secret"])
        if options["retire"] is not None:
            return self.retire(options["retire"], by)
        if not options["goes_on"]:
            keys.add_key(settings.PORTAL_KEYS, "wrap")
        key_checks.record_new_keys(by)
        keyring = keys.load_keyring(settings.PORTAL_KEYS)
        resealed = second_factors.reseal_second_factors(keyring)
        done, damaged = self.rewrap(keyring, options["batch"], by)
        self.stdout.write(
            f"Key {keyring.current} wraps. The keys of {write_count(done, 'customer')} were wrapped anew, "
            f"{write_count(resealed, 'second factor')} sealed."
        )
        if damaged:
            self.stderr.write("The keys of these customers do not open:\n" + "\n".join(map(str, damaged)))
            sys.exit(1)
        return None

    def rewrap(self, keyring: Keyring, limit: int, by: Actor) -> tuple[int, list[UUID]]:
        done, after = 0, None
        damaged: list[UUID] = []
        with tqdm(total=rekeying.count_keys_to_rewrap(keyring), unit=" keys", disable=None, leave=False) as progress:
            while (batch := rekeying.rewrap_keys(keyring=keyring, after=after, limit=limit, by=by)).last:
                done, damaged, after = done + batch.done, damaged + batch.damaged, batch.last
                progress.update(batch.done)
        return done, damaged

    def rotate_index(self, goes_on: bool, limit: int, by: Actor) -> None:
        if not goes_on:
            name = index_rotation.begin_rotation(by)
            self.stdout.write(
                f"There is a new index key, {name}. Copy it to every machine of the portal, restart every process, "
                "then run rotate_keys --index --continue."
            )
            return
        with tqdm(unit=" values", disable=None, leave=False) as progress:
            moved = index_rotation.continue_rotation(limit=limit, by=by, advance=progress.update)
        if moved.damaged:
            self.stderr.write("What these customers and requests have does not open:\n" + "\n".join(moved.damaged))
            sys.exit(1)
        done = ", ".join(f"{kind}: {number}" for kind, number in moved.values.items()) or "nothing"
        self.stdout.write(f"Moved to the newest index key: {done}. Nothing is left that an older one has made.")

    def change_secret(self, *, is_new: bool) -> None:
        if is_new:
            keys.rotate_secret_key(settings.PORTAL_KEYS)
            self.stdout.write("There is a new secret_key; the old one still opens. Restart the portal to use it.")
        else:
            dropped = keys.drop_older_secrets(settings.PORTAL_KEYS)
            older = write_count(dropped, "older secret key")
            self.stdout.write(f"{older} removed. Restart the portal to refuse what was signed with it.")

    def retire(self, kid: str, by: Actor) -> None:
        if second_factors.is_key_in_use(kid) or systems.is_key_in_use(kid):
            raise rekeying.KeyInUse
        rekeying.retire_key(keyring=keys.load_keyring(settings.PORTAL_KEYS), kid=kid, by=by)
        keys.retire_wrapping_key(settings.PORTAL_KEYS, kid)
        self.stdout.write(f"Key {kid} is retired; its file is kept as retired-{kid}.")
