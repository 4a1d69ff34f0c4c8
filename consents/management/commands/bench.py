"""`bench`: how fast the portal is on this machine."""

import json
from argparse import ArgumentTypeError, RawDescriptionHelpFormatter
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from consents.bench import company, imports, run, table
from consents.bench.database import own_database
from consents.bench.load import WrongAnswer
from consents.running.processes import interruptible


class Command(BaseCommand):
    help = """Measure the portal's pages over HTTP on this machine, each beside its floor: the same web server
answering with as many raw, prepared SELECTs as the page has queries. Then measure the import.

It makes a database of its own (portal_bench) on the portal's server, and drops it at the end and on Ctrl-C. It
listens on 127.0.0.1 alone. Let the machine rest meanwhile: the clients share it with the portal.

Units: requests and rows per second; milliseconds per answer (p50: half of them, p95: 95 in 100 within it); peak
memory in MiB; ratio: the portal's requests per second over the floor's.

Exit codes: 0 measured; 1 not measured, or a page answered wrongly (one sentence says why); 2 wrong options;
130 interrupted."""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.formatter_class = RawDescriptionHelpFormatter
        parser.add_argument(
            "--customers", type=at_least(20), default=100_000, help="how many, each × 8 purposes (100000)"
        )
        parser.add_argument("--seconds", metavar="S", type=duration, default=5.0, help="seconds per measurement (5)")
        parser.add_argument(
            "--clients", metavar="N,N", type=counts, default=[1, 8], help="clients at once, with commas (1,8)"
        )
        parser.add_argument(
            "--import-rows",
            metavar="N",
            type=at_least(0),
            default=100_000,
            help="rows of the import, measured with a tenth of them first; 0: none (100000)",
        )
        parser.add_argument("--json", action="store_true", help="on standard output nothing but one object")

    def handle(self, *args: Any, **options: Any) -> None:
        plan = run.Plan(options["customers"], options["seconds"], options["clients"])
        with interruptible(), own_database():
            try:
                self.measure(plan, options["import_rows"], as_json=options["json"])
            except WrongAnswer as wrong:
                raise CommandError(str(wrong)) from None

    def measure(self, plan: run.Plan, import_rows: int, *, as_json: bool) -> None:
        call_command("collectstatic", interactive=False, verbosity=0)
        facts = table.machine(customers=plan.customers, purposes=company.PURPOSES, seconds=plan.seconds)
        data = run.make_data(plan, self.tell)
        rows = list(run.pages(plan, data, self.tell))
        loaded = list(imports.measure(import_rows, self.tell))
        if as_json:
            self.stdout.write(json.dumps(table.as_object(facts, rows, loaded)))
            return
        parts = [table.heading(facts), table.pages(rows), *([table.imports(loaded)] if loaded else [])]
        self.stdout.write("\n\n".join(parts))

    def tell(self, text: str) -> None:
        self.stderr.write(text, style_func=str)
        self.stderr.flush()


def at_least(least: int) -> Any:
    def number(text: str) -> int:
        if not text.isascii() or not text.isdigit() or int(text) < least:
            raise ArgumentTypeError(f"use a whole number of at least {least}")
        return int(text)

    return number


def duration(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0
    if not 0.1 <= seconds <= 600:
        raise ArgumentTypeError("use a number of seconds from 0.1 to 600")
    return seconds


def counts(text: str) -> list[int]:
    parts = text.split(",")
    if not all(part.isascii() and part.isdigit() and 1 <= int(part) <= 64 for part in parts):
        raise ArgumentTypeError("use whole numbers from 1 to 64, with commas between them")
    return [int(part) for part in parts]
