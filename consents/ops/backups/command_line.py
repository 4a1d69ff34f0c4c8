"""Share what the commands for backups, restorations and catching up have in common: options, and how they fail."""

from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import CommandError
from django.db import Error
from psycopg import Error as DatabaseError

from consents.ledger.checkpoints import StorageUnavailable
from consents.ledger.journal import JournalBroken
from consents.ops.backups.programs import ProgramFailed
from consents.ops.embedded import CannotStart


def add_recovery_options(parser: ArgumentParser) -> None:
    parser.add_argument("--accept-loss", action="store_true", help="go on although entries are lost")
    parser.add_argument(
        "--beyond-the-last-head",
        action="store_true",
        help="do again what the journal tells past its last signed head, too",
    )


@contextmanager
def explain_failures(deed: str) -> Iterator[None]:
    """Raise CommandError with one sentence and exit code 2 for what could not be done."""
    try:
        yield
    except (ProgramFailed, ImproperlyConfigured, CannotStart, JournalBroken, StorageUnavailable) as reason:
        raise CommandError(str(reason), returncode=2) from None
    except (Error, DatabaseError, OSError) as reason:
        raise CommandError(f"{deed} ({name_failure(reason)}).", returncode=2) from None


def name_failure(reason: Exception) -> str:
    """Return the class of it: PostgreSQL's own, where Django's is one for many. Its words may hold values."""
    is_wrapped = isinstance(reason, Error) and isinstance(reason.__cause__, DatabaseError)
    return type(reason.__cause__ if is_wrapped else reason).__name__
