"""`make_keys`: the keys of a new portal."""

from typing import Any

from django.conf import settings

from consents.management.operator_command import OperatorCommand
from consents.ops import key_checks


class Command(OperatorCommand):
    help = """Make the portal's keys in the folder PORTAL_KEYS (default: PORTAL_VAR/keys).

Keys that exist are never changed. Where some are missing they are made only while the database is empty: what was
sealed with lost keys no new key opens. `rotate_keys` adds keys to a portal that is in use.

Exit codes: 0 the keys are there; 1 they were not made: there is data, the folder cannot be written, or a key is
damaged (one sentence says which)."""

    def handle(self, *args: Any, **options: Any) -> None:
        key_checks.make_first_keys()
        self.stdout.write(
            f"The keys are in {settings.PORTAL_KEYS}.\n"
            "Keep a copy apart from the database and its backups: without the keys nobody can read\n"
            "what is sealed in the database, with both anybody can."
        )
