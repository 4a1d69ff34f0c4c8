"""Restore on trial: a database of its own, which is dropped again, and nothing written outside.

The restoration itself is the real one. What it would add to checkpoints and journal goes into a folder of the drill, so
that a drill neither seals into the log of the running portal nor tells its journal of a loss.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import FileSystemStorage, Storage
from django.db import connection
from psycopg.conninfo import make_conninfo
from psycopg.sql import SQL, Identifier

from consents.core import roles
from consents.ledger import checkpoints, journal
from consents.ops.backups import programs


class Overlay(Storage):
    """Read from a storage, and write beside it into a folder; what the folder holds comes first."""

    def __init__(self, below: Storage, above: Path) -> None:
        self.below, self.above = below, FileSystemStorage(location=above)

    def _open(self, name: str, mode: str = "rb") -> "File[Any]":
        return self.above.open(name, mode) if self.above.exists(name) else self.below.open(name, mode)

    def _save(self, name: str, content: "File[Any]") -> str:
        return self.above.save(name, content)

    def exists(self, name: str) -> bool:
        return self.above.exists(name) or self.below.exists(name)

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        listings = [checkpoints.list_folder(storage, path) for storage in (self.below, self.above)]
        folders, files = ({name for listing in listings for name in listing[kind]} for kind in (0, 1))
        return sorted(folders), sorted(files)


@contextmanager
def open_drill() -> Iterator[Storage]:
    """Let this process work on an empty database and an outside of its own, both gone afterwards; yield the storage of
    checkpoints. Only for a process that does nothing else.
    """
    kept, kept_journal = connection.settings_dict, (settings.PORTAL_JOURNAL, settings.STORAGES)
    owner, name = make_conninfo(**programs.as_owner()), f"{kept['NAME']}_drill"
    with tempfile.TemporaryDirectory() as folder:
        copy_journal(Path(folder) / "journal")
        drop_database(name)
        roles.create_database(owner, name)
        try:
            settings.PORTAL_JOURNAL = Path(folder) / "journal"
            settings.STORAGES = {key: place for key, place in settings.STORAGES.items() if key != "journal"}
            connection.close()
            connection.settings_dict = kept | {"NAME": name}
            yield Overlay(checkpoints.get_checkpoint_storage(), Path(folder) / "checkpoints")
        finally:
            connection.close()
            connection.settings_dict, (settings.PORTAL_JOURNAL, settings.STORAGES) = kept, kept_journal
            drop_database(name)


def copy_journal(target: Path) -> None:
    target.mkdir(mode=0o700)
    texts = list(journal.read_texts(journal.get_journal_place()))
    if texts:
        (target / journal.NAME).write_text("".join(f"{text}\n" for text in texts), newline="\n")


def drop_database(name: str) -> None:
    """Drop what this drill, or one that was killed, has made."""
    with programs.connect_as(programs.as_owner()) as owner:
        owner.execute(SQL("DROP DATABASE IF EXISTS {}").format(Identifier(name)))
