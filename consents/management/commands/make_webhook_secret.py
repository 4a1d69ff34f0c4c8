"""`make_webhook_secret`: what the webhooks to a system of the company are signed with."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import CommandError, CommandParser

from consents.management.operator_command import OperatorCommand
from consents.systems import sending


class Command(OperatorCommand):
    help = """Make a secret that webhooks to a system are signed with (Standard Webhooks), in the folder PORTAL_KEYS,
and show it.

Copy its file to every machine with a worker; the next webhook is signed with it. While there are two secrets, both
sign: make a new one, give it to the system, then run this with --drop, which removes the older."""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="of the system, as PORTAL_SYSTEMS has it: newsletter")
        parser.add_argument("--drop", action="store_true", help="make none, remove all but the newest")

    def handle(self, *args: Any, **options: Any) -> None:
        name, folder = options["name"], settings.PORTAL_KEYS
        if name not in [system.name for system in settings.PORTAL_SYSTEMS]:
            raise CommandError(f"PORTAL_SYSTEMS has no system {name}.", returncode=2)
        if options["drop"]:
            self.stdout.write(f"Secrets of {name} removed: {sending.drop_older_secrets(folder, name)}.")
            return
        try:
            secret = sending.make_secret(folder, name)
        except ImproperlyConfigured as reason:
            raise CommandError(str(reason), returncode=1) from None
        self.stdout.write(f"Secret of the webhooks to {name}, kept in {folder}: {secret}")
