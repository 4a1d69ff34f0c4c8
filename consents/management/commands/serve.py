"""`serve`: web server and worker in production."""

from argparse import RawDescriptionHelpFormatter
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser

from consents.demo import company
from consents.running.checks import check_connections, check_database
from consents.running.portal import run_portal
from consents.running.ports import usable
from consents.running.processes import interruptible


class Command(BaseCommand):
    help = """Run the portal: web server and worker, until Ctrl-C or SIGTERM.

What dies is started again. It speaks plain HTTP to the proxy in front of it, which must speak HTTPS to people.
With the embedded database it keeps 64 MiB of the disk back. When the disk is nearly full it gives them up for what
customers answer, and staff have to wait until there is room.
It runs as the application role: do not give it DATABASE_OWNER_URL. Run `manage.py migrate` first after each update.

Exit codes: 0 stopped; 1 it cannot start (one sentence says why);
130 interrupted while starting."""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.formatter_class = RawDescriptionHelpFormatter
        parser.add_argument("--port", type=int, default=8000, help="TCP port, 1 to 65535; 0 takes a free one (8000)")
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")

    def handle(self, *args: Any, port: int, host: str, **options: Any) -> None:
        with interruptible():
            port = usable(host, port)
            check_database()
            check_connections()
            refuse_demo_company()
            call_command("collectstatic", interactive=False, verbosity=0)
            run_portal(host=host, port=port, when_ready=lambda: self.say(host, port), defaults={})

    def say(self, host: str, port: int) -> None:
        self.stdout.write(f"The portal answers on {host}, port {port}. Ctrl-C stops it.")
        self.stdout.flush()


def refuse_demo_company() -> None:
    if company.is_set_up() and not settings.DEMO:
        raise ImproperlyConfigured(
            "This database holds the demo company, whose passwords everybody knows. Set PORTAL_VAR or DATABASE_URL to "
            "another one."
        )
