"""Serve as base of the commands of whoever runs the portal."""

from argparse import RawDescriptionHelpFormatter
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser

from consents.core import signing
from consents.core.refusals import Refusal


class OperatorCommand(BaseCommand):
    """Print the help in the lines it was written in, and say a refusal in its sentence, with exit code 1.

    Django's checks are `migrate`'s: they take a third of the time in which a command starts.
    """

    requires_system_checks: list[str] = []

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        kwargs["formatter_class"] = RawDescriptionHelpFormatter
        return super().create_parser(prog_name, subcommand, **kwargs)

    def execute(self, *args: Any, **options: Any) -> str | None:
        try:
            return super().execute(*args, **options)
        except Refusal as refusal:
            raise CommandError(str(refusal)) from None

    def report_progress(self, text: str) -> None:
        """Write a line to standard error, without a colour."""
        self.stderr.write(text, style_func=str)
        self.stderr.flush()


def read_own_keys(kind: str) -> signing.KeySet:
    """Raises CommandError with 2, for nothing was checked, where there are none."""
    from django.conf import settings

    try:
        return signing.load_key_set(settings.PORTAL_KEYS, kind)
    except ImproperlyConfigured as reason:
        raise CommandError(
            f"{reason} Away from the portal give --key: the company's /.well-known/jwks.json, saved to a file.",
            returncode=2,
        ) from None


LARGEST = 1_000_000  # bytes; what is longer is no proof, receipt or key of ours


def read_text_file(path: Path) -> str:
    """Return the text, as much of it as a file of ours can hold. Raises CommandError (exit code 2), naming the file."""
    try:
        with path.open("rb") as file:
            return file.read(LARGEST).decode()
    except (OSError, ValueError) as reason:
        raise CommandError(f"{path} cannot be read ({type(reason).__name__}).", returncode=2) from None
