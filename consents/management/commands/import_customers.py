"""`import_customers`: the company's own customers and their data, from CSV, JSON Lines or a database."""

import time
from argparse import Action, ArgumentParser, ArgumentTypeError
from contextlib import closing
from pathlib import Path
from typing import Any, NoReturn

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, ProgrammingError

from consents.core.refusals import Refusal
from consents.ledger.rules import Actor
from consents.notifications.services import queueing
from consents.ops import key_checks, startup
from consents.ops.importing import mapping
from consents.ops.importing.databases import SourceClosed
from consents.ops.importing.loading import ImportPlan, ImportRun
from consents.ops.importing.report import ExitCode, Progress, RejectFile
from consents.ops.monitoring.alarms import list_officers

BY = Actor("portal", channel="import")
EXIT_CODES = """
Exit codes: 0 everything is in; 1 some rows were rejected, the others are in; 2 nothing was done (bad file, mapping or
option); 3 stopped part-way: what the report counts is in, run the same command again for the rest.
"""


def parse_batch_size(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= 10_000):
        raise ArgumentTypeError("a whole number from 1 to 10000")
    return int(text)


class ShowMappingHelp(Action):
    """Print how a mapping is written, as `--help` prints the options, and exit."""

    def __init__(self, **options: Any) -> None:
        super().__init__(nargs=0, **options)

    def __call__(self, parser: ArgumentParser, *_args: object) -> NoReturn:
        print(mapping.__doc__)
        parser.exit()


def notify_officers_of_import(lines: list[str]) -> None:
    """Send a report, in which no value of a row stands."""
    for address in list_officers():
        queueing.queue_account_email(to=address, subject="Import of customers", body="\n".join(lines))


class Command(BaseCommand):
    help = (
        "Import customers, or data of customers already known, from a file in UTF-8: CSV (comma, semicolon or tab;"
        " first line names the columns) or JSON Lines (.jsonl, .ndjson: one object a line). New and changed rows are"
        " stored, unchanged ones left alone, nothing is ever deleted: running it twice changes nothing. One import runs"
        " at a time."
    )
    requires_system_checks: list[str] = []

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        return super().create_parser(prog_name, subcommand, epilog=EXIT_CODES, **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "file",
            type=Path,
            nargs="?",
            help="CSV file or JSON Lines, of any size; none where the mapping has a query for a database",
        )
        parser.add_argument("--map", type=Path, required=True, help="TOML file that says which column is what")
        parser.add_argument(
            "--help-mapping", action=ShowMappingHelp, help="explain the mapping, with an example, and exit"
        )
        parser.add_argument("--dry-run", action="store_true", help="check and count everything, store nothing")
        parser.add_argument(
            "--rejects",
            type=Path,
            help="where rejected rows go: CSV of line (the first is 1), column"
            " and reason, without their values; default: beside FILE, as NAME.rejects.csv",
        )
        parser.add_argument(
            "--since",
            type=Path,
            metavar="FILE",
            help="take only rows changed since the last import (“changed” in the mapping), whose newest FILE keeps",
        )
        parser.add_argument(
            "--missing",
            type=Path,
            metavar="FILE",
            help="this is the whole list: write the numbers of customers who are not in it to FILE; nobody is erased",
        )
        parser.add_argument("--tell-officers", action="store_true", help="send the report to the officers, too")
        parser.add_argument(
            "--batch", type=parse_batch_size, default=2000, help="rows per transaction, 1 to 10000 (default 2000)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        startup.check_database_role()
        key_checks.check_recorded_keys()
        try:
            loading = ImportRun(self.build_plan(**options))
        except Refusal as refusal:
            self.end(str(refusal), ExitCode.NOTHING_DONE)
        self.run(loading)

    def build_plan(
        self, *, file: Path | None, map: Path, rejects: Path | None, batch: int, dry_run: bool, **options: Any
    ) -> ImportPlan:
        columns, database = mapping.load_mapping(map), settings.PORTAL_IMPORT_DATABASE
        if bool(file) == bool(columns.query) or (columns.query and not database):
            raise Refusal(
                "Name one source: a file, or a query in the mapping and the address of its database in "
                "PORTAL_IMPORT_DATABASE."
            )
        self.tells_officers = options["tell_officers"]
        source = file or map
        since, missing = options["since"], options["missing"]
        reject_file = RejectFile(
            rejects or source.with_name(f"{source.stem}.rejects.csv"),
            never=[source, map, *filter(None, [since, missing])],
        )
        return ImportPlan(source, columns, reject_file, BY, batch, dry_run, database, since, missing)

    def run(self, loading: ImportRun) -> None:
        began, stopped = time.monotonic(), ""
        try:
            try:
                file = None if loading.plan.mapping.query else loading.plan.file
                with closing(Progress(file, self.stderr)) as progress:
                    loading.run(progress)
            finally:
                loading.plan.rejects.close()
        except Refusal as refusal:
            self.end(str(refusal), ExitCode.NOTHING_DONE)
        except KeyboardInterrupt:
            stopped = "Stopped."
        except ProgrammingError:
            stopped = "The database is not ready. Run `manage.py migrate` first."
        except DatabaseError as error:
            # Its own text would hold values of a row.
            stopped = f"The database failed ({getattr(error.__cause__, 'sqlstate', None)})."
        except SourceClosed:
            stopped = "The database that the rows come from ended in the middle."
        except OSError:
            stopped = "The file could not be read further, or the reject file not written."
        self.tell(loading, time.monotonic() - began, stopped)
        if stopped:
            self.end(stopped, ExitCode.STOPPED if loading.report.rows else ExitCode.NOTHING_DONE)
        raise SystemExit(loading.report.exit)

    def tell(self, loading: ImportRun, seconds: float, stopped: str) -> None:
        plan, report = loading.plan, loading.report
        lines = report.lines(
            file=plan.file.name,
            is_dry=plan.is_dry,
            has_customers=plan.mapping.is_customers,
            seconds=seconds,
        )
        self.stdout.write("\n".join(lines))
        if report.rejects:
            self.stdout.write(f"Lines and reasons are in {plan.rejects.path}.")
        if self.tells_officers:
            notify_officers_of_import([*lines, *filter(None, [stopped])])

    def end(self, sentence: str, code: ExitCode) -> NoReturn:
        self.stderr.write(sentence)
        raise SystemExit(code)
