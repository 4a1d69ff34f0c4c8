"""Serve as base of the commands of whoever runs the portal."""

from argparse import RawDescriptionHelpFormatter
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

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
