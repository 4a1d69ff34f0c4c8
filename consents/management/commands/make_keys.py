"""`make_keys`: the keys of a new portal."""

from argparse import RawDescriptionHelpFormatter
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from consents.core import keys


class Command(BaseCommand):
    help = """Make the portal's keys in the folder PORTAL_KEYS (default: PORTAL_VAR/keys).

Keys that exist are never changed: a second run makes only what is missing.

Exit codes: 0 the keys are there; 1 the folder cannot be written or a key is damaged (one sentence says which)."""
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.formatter_class = RawDescriptionHelpFormatter

    def handle(self, *args: Any, **options: Any) -> None:
        keys.make(settings.PORTAL_KEYS)
        self.stdout.write(
            f"The keys are in {settings.PORTAL_KEYS}.\n"
            "Keep a copy apart from the database and its backups: without the keys nobody can read\n"
            "what is sealed in the database, with both anybody can."
        )
