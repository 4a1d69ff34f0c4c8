"""Keys of a test's own, which it may rotate, and a portal that is restarted with them."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction

from consents.core import keys


class OwnKeys:
    """The keys of all tests in a folder that one test may change, and the portal's keyring as loaded from it."""

    def __init__(self, folder: Path, monkeypatch: Any) -> None:
        shutil.copytree(settings.PORTAL_KEYS, folder)
        self.folder, self.monkeypatch = folder, monkeypatch
        monkeypatch.setattr(settings, "PORTAL_KEYS", folder)
        self.restart()

    def restart(self) -> None:
        self.monkeypatch.setattr(settings, "KEYRING", keys.load_keyring(self.folder))

    def rotate(self, *options: str) -> str:
        out = StringIO()
        call_command("rotate_keys", *options, stdout=out, stderr=out)
        return out.getvalue()

    def add_index_key(self) -> None:
        """Made before the connections of these tests, as far as the portal can tell; then a restart."""
        self.rotate("--index")
        self.date_index_keys(0)
        self.restart()

    def date_index_keys(self, moment: int) -> None:
        for path in self.folder.glob("index-*"):
            os.utime(path, (moment, moment))

    def rotate_index(self, *options: str) -> str:
        self.add_index_key()
        return self.rotate("--index", "--continue", *options)


@contextmanager
def undone() -> Iterator[None]:
    """Let an act go as far as to its commit, then undo it, so that the scene stands for the next."""
    block = transaction.atomic()
    block._from_testcase = True  # as around Django's own tests: it also holds an act that ends its transaction itself
    with block:
        yield
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        transaction.set_rollback(True)
