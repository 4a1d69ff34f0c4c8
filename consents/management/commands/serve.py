"""`serve`: web server and worker in production."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import CommandError, CommandParser

from consents.ledger.rules import Actor
from consents.management.operator_command import OperatorCommand
from consents.ops import key_checks
from consents.ops.demo import company
from consents.ops.running.checks import check_addresses, check_connections, check_database, check_variables
from consents.ops.running.from_outside import check_outside
from consents.ops.running.portal import Parts, collect_static_files, run_portal
from consents.ops.running.ports import find_free_port
from consents.ops.running.runner import exit_on_interrupt
from consents.ops.startup import refuse_missing_keys


class Command(OperatorCommand):
    help = """Run the portal: web server and worker, until Ctrl-C or SIGTERM. On several machines, --web and --worker
run one of them alone. Asked to stop, it ends the requests and jobs it has begun.

When one of them ends by itself, all are stopped: systemd or the container's engine starts them again. It speaks plain
HTTP to the proxy in front of it, which must speak HTTPS to people.
It runs as the application role on a server of your own (DATABASE_URL), and refuses an environment that holds the
address or password of another role. Run `manage.py migrate` first after each update.

Exit codes: 0 stopped; 1 it cannot start, or one of its programs ended (one sentence says why);
130 interrupted while starting."""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8000, help="TCP port, 1 to 65535; 0 takes a free one (8000)")
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
        only = parser.add_mutually_exclusive_group()
        only.add_argument("--web", action="store_true", help="the web server alone; run a worker elsewhere")
        only.add_argument("--worker", action="store_true", help="the worker alone")
        parser.add_argument("--workers", type=int, default=0, metavar="N", help="web processes (one for each core)")
        parser.add_argument(
            "--metrics",
            type=int,
            metavar="PORT",
            help="answer Prometheus on this port of 127.0.0.1, and on the next with the web server's own figures",
        )

    def handle(self, *args: Any, port: int, host: str, workers: int, **options: Any) -> None:
        parts = Parts(
            has_web=not options["worker"],
            has_worker=not options["web"],
            workers=workers,
            metrics=options["metrics"],
        )
        if workers < 0:
            raise CommandError("--workers is at least 1.", returncode=2)
        with exit_on_interrupt():
            port = find_free_port(host, port) if parts.has_web else port
            check_variables()
            check_addresses()
            refuse_missing_keys()
            check_database()
            key_checks.check_recorded_keys()
            key_checks.record_new_keys(Actor("portal", channel="command"))
            check_outside()
            check_connections(workers)
            check_no_demo_company()
            collect_static_files()
            run_portal(host=host, port=port, when_ready=lambda: self.say(host, port, parts), defaults={}, parts=parts)

    def say(self, host: str, port: int, parts: Parts) -> None:
        what = f"The portal answers on {host}, port {port}." if parts.has_web else "The worker runs."
        self.stdout.write(f"{what} Ctrl-C stops it.")
        self.stdout.flush()


def check_no_demo_company() -> None:
    if company.is_set_up() and not settings.DEMO:
        raise ImproperlyConfigured(
            "This database holds the demo company, whose passwords everybody knows. Set PORTAL_VAR or DATABASE_URL to "
            "another one."
        )
