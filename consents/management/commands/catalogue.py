"""The catalogue out of the portal and into it, as a YAML file."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from consents.catalogue.exchange.exporting import collect_catalogue, import_catalogue, write_catalogue
from consents.catalogue.exchange.parsing import parse_catalogue
from consents.core.refusals import Refusal
from consents.ledger.rules import PORTAL
from consents.people.models import Role, User
from consents.people.rules import normalize_address

LARGEST = 5 * 1024 * 1024


class Command(BaseCommand):
    help = (
        "Export or import the catalogue: data categories, recipients, purposes and their words in every language. "
        "What is imported arrives as drafts, all of it or nothing, for privacy officers to publish in the admin; "
        "what is there already in the same words stays. Exit codes: 0 done, 1 refused, with one sentence that names "
        "the line."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        out = acts.add_parser("export", help="write the catalogue; of every purpose what is in force, or its draft")
        out.add_argument("file", nargs="?", type=Path, help="default: standard output")
        into = acts.add_parser("import", help="read a catalogue file and draft what is new")
        into.add_argument("file", type=Path)
        into.add_argument("--by", metavar="EMAIL", help="the privacy officer who answers for the drafts")
        into.add_argument("--check", action="store_true", help="only read and check the file")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["act"] == "export":
            self.write(options["file"])
        else:
            self.read(options["file"], options["by"], options["check"])

    def write(self, file: Path | None) -> None:
        catalogue, left_out = collect_catalogue()
        text = write_catalogue(catalogue)
        if file:
            try:
                file.write_text(text, encoding="utf-8")
            except OSError as error:
                raise CommandError(f"{file} cannot be written: {error.strerror}.") from error
        else:
            self.stdout.write(text, ending="")
        if left_out:
            self.stderr.write(f"Left out, not written in every language yet: {', '.join(left_out)}.")

    def read(self, file: Path, email: str | None, is_check: bool) -> None:
        officer = find_officer(email)
        try:
            catalogue = parse_catalogue(read_text(file))
            if is_check:
                self.stdout.write("The file can be imported.")
                return
            report = import_catalogue(catalogue, officer, PORTAL)
        except Refusal as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(f"Drafted: {', '.join(report.drafted) or 'nothing'}. Unchanged: {report.unchanged}.")


def read_text(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            content = opened.read(LARGEST + 1)
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}.") from error
    if len(content) > LARGEST:
        raise CommandError(f"{file} is larger than a catalogue can be (5 MB).")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CommandError(f"{file} is not UTF-8 text.") from error


def find_officer(email: str | None) -> User | None:
    if email is None:
        return None
    officer = User.objects.filter(
        email=normalize_address(email), staff_member__role=Role.PRIVACY_OFFICER, staff_member__ended_at=None
    ).first()
    if officer is None:
        raise CommandError(f"{email} is no privacy officer of this portal.")
    return officer
