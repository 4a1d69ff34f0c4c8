"""Write the files of keys: whole, once, and onto the disk."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured


def write_once(path: Path, value: str) -> None:
    """Write a file whole or not at all, so that two first starts at once end with one key. On return the disk has it:
    nothing sealed under a key may outlive it.

    Raises ImproperlyConfigured.
    """
    if path.exists():
        return
    draft = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    with explain_unwritable(path.parent):
        try:
            draft.touch(mode=0o600, exist_ok=False)
            draft.write_text(value)
            flush_to_disk(draft)
            path.hardlink_to(draft)
            flush_to_disk(path.parent)
        except FileExistsError:
            pass
        finally:
            draft.unlink(missing_ok=True)


def flush_to_disk(path: Path) -> None:
    """Return when the disk has a file as it is, or which names a folder holds."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def explain_unwritable(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as reason:
        raise ImproperlyConfigured(f"Keys cannot be written to {folder} ({reason.strerror}).") from None
