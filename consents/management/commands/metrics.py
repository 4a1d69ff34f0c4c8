"""`metrics`: figures for Prometheus, on a port of their own."""

import signal
import threading
from typing import Any

from django.core.management.base import CommandParser
from prometheus_client import CollectorRegistry, start_http_server

from consents.management.operator_command import OperatorCommand
from consents.ops.monitoring.figures import FigureCollector
from consents.ops.monitoring.readiness import check_readiness
from consents.ops.running.checks import check_addresses, check_variables
from consents.ops.running.ports import find_free_port
from consents.ops.running.runner import exit_with_runner
from consents.ops.startup import refuse_missing_keys

HELP = """Answer Prometheus at /metrics: the parts of /readyz, the age of what waits to be sealed, journalled or sent,
jobs by queue and status, emails given up, entries of the ledger in the last hour by event, the time since the last
backup and verification, and how far the clocks are apart. No figure has a personal label.

It is asked by whoever reaches the port: keep it private. `serve --metrics PORT` runs it beside the others.

Exit codes: 0 stopped; 1 it cannot start (one sentence says why)."""


class Command(OperatorCommand):
    help = HELP

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=9100, help="TCP port (9100)")
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")

    def handle(self, *args: Any, port: int, host: str, **options: Any) -> None:
        exit_with_runner()
        check_variables()
        check_addresses()
        refuse_missing_keys()
        registry = CollectorRegistry(auto_describe=False)
        registry.register(FigureCollector(check_readiness))
        server, thread = start_http_server(find_free_port(host, port), addr=host, registry=registry)
        wait_until_stopped()
        server.shutdown()
        thread.join()


def wait_until_stopped() -> None:
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    stopped.wait()
