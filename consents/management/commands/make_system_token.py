"""`make_system_token`: what a system of the company asks for decisions with."""

import json
import re
import shlex
from typing import Any

from django.core.management.base import CommandError, CommandParser

from consents.core.bearer_tokens import make_token
from consents.management.operator_command import OperatorCommand
from consents.systems.rules import NAME, PURPOSE


class Command(OperatorCommand):
    help = """Make a token with which a system asks for decisions (AuthZEN), and show it once.

The system is given the token, PORTAL_SYSTEMS its hash. Two hashes count at once: add the new one to the list, give the
token to the system, then take the old hash away. Nothing is stored."""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="of the system, as it calls itself: newsletter")
        parser.add_argument("purposes", nargs="+", help="the codes of the purposes it may ask for")

    def handle(self, *args: Any, **options: Any) -> None:
        name, purposes = options["name"], list(dict.fromkeys(options["purposes"]))
        if not re.fullmatch(NAME, name):
            raise CommandError(f"{name!r} is no name of a system; use small letters, digits and hyphens, at most 60.")
        if odd := [purpose for purpose in purposes if not re.fullmatch(PURPOSE, purpose)]:
            raise CommandError(f"{odd[0]!r} is no code of a purpose: those stand in the catalogue.")
        token, hashed = make_token()
        systems = json.dumps({name: {"purposes": purposes, "tokens": [hashed]}})
        # Quoted as a shell and systemd read it: portal.env is for both.
        self.stdout.write(f"Token for {name}, shown this once: {token}\nPORTAL_SYSTEMS={shlex.quote(systems)}")
