"""`make_system_token`: what a system of the company asks for decisions with."""

import json
import shlex
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from consents.core.bearer_tokens import make_token


class Command(BaseCommand):
    help = """Make a token with which a system asks for decisions (AuthZEN), and show it once.

The system is given the token, PORTAL_SYSTEMS its hash. Two hashes count at once: add the new one to the list, give the
token to the system, then take the old hash away. Nothing is stored."""
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="of the system, as it calls itself: newsletter")
        parser.add_argument("purposes", nargs="+", help="the codes of the purposes it may ask for")

    def handle(self, *args: Any, **options: Any) -> None:
        token, hashed = make_token()
        systems = json.dumps({options["name"]: {"purposes": options["purposes"], "tokens": [hashed]}})
        # Quoted as a shell and systemd read it: portal.env is for both.
        self.stdout.write(
            f"Token for {options['name']}, shown this once: {token}\nPORTAL_SYSTEMS={shlex.quote(systems)}"
        )
