"""`export_records`: the officer's export, from the command line."""

import contextlib
import os
import sys
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import IO, Any

from django.core.management.base import CommandError
from django.db import Error
from tqdm import tqdm

from consents.core.charts import write_count
from consents.exports import selectors
from consents.exports.datasets import DESCRIPTIONS
from consents.exports.models import Export, ExportResult
from consents.exports.rules import Dataset, ExportSpec, Format, Period
from consents.exports.services import delivering
from consents.ledger.rules import Actor
from consents.management.operator_command import OperatorCommand
from consents.people.models import StaffMember
from consents.people.rules import normalize_address

HELP = """Write the records of a period: CSV, JSON Lines (both UTF-8), XLSX, PDF of a register; or all of it with what
its columns mean and the signed manifest as one ZIP (--package), which `verify_export` checks.

A period is whole days in PORTAL_TIME_ZONE: --from is in it, --until is not. The export is on record before its first
byte, and its row count and SHA-256 when it was written whole; an interrupted one leaves no file. Columns that are
personal stay empty: with them records are taken in the admin, by two officers.

Exit codes: 0 written, 1 refused or not written, 2 wrong use."""


def parse_filter(text: str) -> tuple[str, str]:
    name, equals, code = text.partition("=")
    if not equals:
        raise ArgumentTypeError(f"{text!r} has no value; write it like type=ConsentGiven")
    return name, code


def describe_filters() -> str:
    return "; ".join(
        f"{name}: {', '.join(one.name for one in description.filters)}"
        for name, description in DESCRIPTIONS.items()
        if description.filters
    )


def parse_day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is not a day; write it like 2026-10-01") from None


class Command(OperatorCommand):
    help = HELP

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dataset", required=True, choices=[str(name) for name in Dataset], help="which records")
        parser.add_argument(
            "--from", required=True, type=parse_day, dest="first", metavar="DAY", help="first day, included"
        )
        parser.add_argument(
            "--until", required=True, type=parse_day, metavar="DAY", help="day after the last, not included"
        )
        parser.add_argument("--format", default=Format.CSV, choices=[str(name) for name in Format], help="which (csv)")
        parser.add_argument(
            "--only",
            action="append",
            default=[],
            metavar="NAME=CODE",
            type=parse_filter,
            help=f"narrow down: {describe_filters()}",
        )
        parser.add_argument("--package", action="store_true", help="the ZIP with dictionary and signed manifest")
        parser.add_argument("--out", default="-", metavar="FILE", help="a new file, or - for standard output (default)")
        parser.add_argument("--officer", metavar="EMAIL", help="the compliance officer who asked for it")
        parser.add_argument("--reason", default="command line", help="what it is for, up to 200 letters, no names")

    def handle(self, *args: Any, **options: Any) -> None:
        period = Period(options["first"], options["until"], selectors.get_time_zone())
        spec = ExportSpec(
            Dataset(options["dataset"]), period, options["reason"], Format(options["format"]), dict(options["only"])
        )
        officer = self.find_officer(options["officer"])
        by = Actor("staff", str(officer.pk), "command") if officer else Actor("portal", channel="command")
        try:
            export = self.write(spec, officer, by, options)
        except (OSError, Error) as reason:
            raise CommandError(f"The export was not written ({describe_error(reason)}).") from None
        result = ExportResult.objects.get(export=export)
        self.stderr.write(f"{write_count(result.rows, 'row')}, {result.size} bytes, SHA-256 {result.sha256}")

    def find_officer(self, email: str | None) -> StaffMember | None:
        """Find the member of staff; the service decides whether they may export."""
        if email is None:
            return None
        member = StaffMember.objects.select_related("user").filter(user__email=normalize_address(email)).first()
        if member is None:
            raise CommandError("No member of staff has this address.")
        return member

    def write(self, spec: ExportSpec, officer: StaffMember | None, by: Actor, options: dict[str, Any]) -> Export:
        package = options["package"]
        with (
            open_destination(options["out"]) as file,
            tqdm(unit="B", unit_scale=True, disable=None, leave=False) as bar,
        ):
            export = delivering.request_export(spec=spec, officer=officer, by=by)
            content: Any = delivering.deliver_export(export=export, officer=officer, by=by, package=package).content
            with contextlib.closing(content):
                for block in content:
                    file.write(block)
                    bar.update(len(block))
            file.flush()
        return export


@contextlib.contextmanager
def open_destination(out: str) -> Iterator[IO[bytes]]:
    """Open standard output, or a file only the caller may read that appears whole under its name or not at all."""
    if out == "-":
        yield sys.stdout.buffer
        return
    path = Path(out)
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    if path.exists():
        raise CommandError(f"{path.name} exists already; nothing was overwritten.")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            yield file
        path.hardlink_to(draft)
    finally:
        draft.unlink(missing_ok=True)


def describe_error(error: Exception) -> str:
    """Describe a file's error in words, a database's only by its kind, since its text may hold values."""
    return error.strerror or type(error).__name__ if isinstance(error, OSError) else type(error).__name__
