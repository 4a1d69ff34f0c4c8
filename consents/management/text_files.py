"""Read the small files that a command is given."""

from pathlib import Path

from django.core.management.base import CommandError

LARGEST = 1_000_000  # bytes; what is longer is no proof, receipt or key of ours


def read_text_file(path: Path) -> str:
    """Return the text, as much of it as a file of ours can hold. Raises CommandError (exit code 2), naming the file."""
    try:
        with path.open("rb") as file:
            return file.read(LARGEST).decode()
    except (OSError, ValueError) as reason:
        raise CommandError(f"{path} cannot be read ({type(reason).__name__}).", returncode=2) from None
