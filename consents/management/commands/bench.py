"""`bench`: how fast the portal is on this machine."""

import json
from argparse import ArgumentTypeError
from dataclasses import fields
from typing import Any

from django.core.management.base import CommandError, CommandParser

from consents.management.operator_command import OperatorCommand
from consents.ops.bench import company, goals, run, table
from consents.ops.bench.database import use_bench_database
from consents.ops.bench.load import WrongAnswer
from consents.ops.key_checks import make_first_keys
from consents.ops.running.portal import collect_static_files
from consents.ops.running.runner import exit_on_interrupt

# How much each part is measured with: at least, unless told otherwise, and what it is.
SIZES = {
    "import-rows": (1, 100_000, "rows of the import, measured with a tenth of them first"),
    "export-rows": (10, 1_000_000, "rights requests that are exported and charted"),
    "standing": (20, 1_000_000, "consents that stand when a text is published"),
    "counted": (20, 100_000, "customers who allow statistics"),
    "history": (1, 1_000_000, "entries the history grows to; 10,000,000 take about 12 GB of disk"),
    "entries": (
        *(20, 2_000_000),
        "entries of the ledger that the part growth fills; 20,000,000 with 1,000,000 customers take about 40 GB of disk"
        " and an hour",
    ),
}


class Command(OperatorCommand):
    help = """Measure the portal on this machine, each part beside a floor of the same run.

pages: over HTTP, beside the same web server with a bare page of Django: session, user, one SELECT, a template that
makes as many letters.
acts: on one connection each, beside plain statements: a read through the vault's policy and the same SELECT without
one; the whole opening and one committed INSERT with that SELECT; a ledger entry and a plain INSERT of the same row;
a choice over the service and the bare ledger entry; the page of a receipt with its signed text and without.
import and verify: the commands, in processes of their own.
export: rights requests in each format over HTTP, from the press to the last byte, beside psql's COPY of the same
SELECT without the guard of its cells; memory by the command, with a tenth of the rows and with all.
metrics: the year in charts over HTTP over the same requests, beside one GROUP BY over their table.
publish: withdrawals over HTTP, one after the other, beside nothing and while a material version of a purpose is
published that --standing customers agreed to, and these are told.
insight: a count for statistics in one pass over --counted customers with two records each, beside decrypting and
counting records that are in memory already; memory with a tenth of them and with all.
history: data opened over HTTP beside the history so far, and again when it has grown to --history entries.
growth (only when named, and alone): every page that a customer, a requester, officers and a visitor can open, over
HTTP, in a company of 10,000 customers and in one of --customers with --entries in the ledger, in turn; with the number
of statements of each, and the slowest statement of each page that takes over 1.2 × as long. It says first how much disk
it takes, and begins only where there is as much.

At the end it holds pages and acts against their goals, where these were measured with 1 and 8 clients, and imports of
at least 100,000 rows.

It makes a database of its own (portal_bench; growth: also portal_bench_small) on the portal's server, and drops it at
the end and on Ctrl-C. It listens on 127.0.0.1 alone. Let the machine rest meanwhile: the clients share it with the
portal.

Units: requests, acts and rows per second; milliseconds per answer (p50: half of them, p95: 95 in 100 within it), and
of processor time that a page costs the web server;
peak memory in MiB; ratio: the portal's rate over the floor's, for history the later p50 over the first;
times: how many times as long the page takes.

Exit codes: 0 measured; 1 not measured, or a page answered wrongly (one sentence says why); 2 wrong options;
130 interrupted."""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--customers", type=parse_at_least(20), default=100_000, help="how many, each × 8 purposes (100000)"
        )
        parser.add_argument(
            "--seconds", metavar="S", type=parse_seconds, default=5.0, help="seconds per measurement (5)"
        )
        parser.add_argument(
            "--clients", metavar="N,N", type=parse_counts, default=[1, 8], help="clients at once, with commas (1,8)"
        )
        parser.add_argument(
            "--parts", metavar="NAME,NAME", type=parse_parts, default=run.PARTS, help=f"which ({','.join(run.PARTS)})"
        )
        for name, (least, default, meaning) in SIZES.items():
            parser.add_argument(
                f"--{name}", metavar="N", type=parse_at_least(least), default=default, help=f"{meaning} ({default})"
            )
        parser.add_argument("--json", action="store_true", help="on standard output nothing but one object")

    def handle(self, *args: Any, **options: Any) -> None:
        make_first_keys()
        with exit_on_interrupt(), use_bench_database():
            try:
                self.measure(
                    run.Plan(**{field.name: options[field.name] for field in fields(run.Plan)}), as_json=options["json"]
                )
            except WrongAnswer as wrong:
                raise CommandError(str(wrong)) from None

    def measure(self, plan: run.Plan, *, as_json: bool) -> None:
        collect_static_files()
        facts = table.describe_machine(customers=plan.customers, purposes=company.PURPOSES, seconds=plan.seconds)
        measured = run.measure_plan(plan, self.report_progress)
        if as_json:
            self.stdout.write(json.dumps(table.build_report(facts, measured)))
            return
        judged = goals.render_goals(goals.judge_all(measured))
        parts = [table.render_heading(facts), *table.render_tables(measured), judged]
        self.stdout.write("\n\n".join(part for part in parts if part))


def parse_at_least(least: int) -> Any:
    def parse_number(text: str) -> int:
        if not text.isascii() or not text.isdigit() or int(text) < least:
            raise ArgumentTypeError(f"use a whole number of at least {least}")
        return int(text)

    return parse_number


def parse_seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0
    if not 0.1 <= seconds <= 600:
        raise ArgumentTypeError("use a number of seconds from 0.1 to 600")
    return seconds


def parse_counts(text: str) -> list[int]:
    parts = text.split(",")
    if not all(part.isascii() and part.isdigit() and 1 <= int(part) <= 64 for part in parts):
        raise ArgumentTypeError("use whole numbers from 1 to 64, with commas between them")
    return [int(part) for part in parts]


def parse_parts(text: str) -> list[str]:
    names = text.split(",")
    if unknown := set(names) - {*run.PARTS, run.GROWTH}:
        raise ArgumentTypeError(f"use names out of {','.join([*run.PARTS, run.GROWTH])}, not {sorted(unknown)[0]!r}")
    if run.GROWTH in names and names != [run.GROWTH]:
        raise ArgumentTypeError("use growth alone")
    return names
