"""`public_key`: what anybody needs to verify what the portal signs."""

from argparse import ArgumentParser, RawDescriptionHelpFormatter
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from consents.core import signing
from consents.ledger import services


class Command(BaseCommand):
    help = """Print the public keys of this portal, newest last: PEM, and the line that tools for signed notes read
(name+id+key). Save it to a file for `manage.py verify_inclusion --key FILE`; nothing in it is secret.

Exit codes: 0 printed; 1 there is no signing key."""
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.formatter_class = RawDescriptionHelpFormatter

    def handle(self, *args: Any, **options: Any) -> None:
        for key in signing.public_keys(settings.PORTAL_KEYS):
            self.stdout.write(f"{signing.pem(key)}{signing.verifier_key(services.origin(), key)}")
