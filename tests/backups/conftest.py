"""A portal with an outside of its own (checkpoints, journal, backups), and an empty database to restore into."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from io import StringIO
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.conf import settings as portal
from django.core.files.storage import FileSystemStorage
from django.core.management import call_command
from django.db import connection
from psycopg.conninfo import make_conninfo

from consents.core import roles
from consents.ledger import checkpoints
from consents.ledger.services import journalling
from consents.ledger.services.journalling import JournalMismatch
from consents.ops.backups import programs
from tests.backups.restoring import drop_database


@pytest.fixture(autouse=True)
def outside(settings, tmp_path: Path) -> SimpleNamespace:
    """`.checkpoints` (storage), `.journal` and `.backups` (folders)."""
    checkpoints = tmp_path / "checkpoints"
    place = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(checkpoints)}}
    settings.STORAGES = settings.STORAGES | {"checkpoints": place}
    settings.PORTAL_JOURNAL = tmp_path / "journal"
    settings.PORTAL_VAR = tmp_path
    return SimpleNamespace(
        checkpoints=FileSystemStorage(location=checkpoints),
        journal=settings.PORTAL_JOURNAL,
        backups=tmp_path / "backups",
    )


@pytest.fixture
def backup(outside: SimpleNamespace) -> Callable[[], Path]:
    """The command; returns the new backup's folder. Most tests restore it themselves."""

    def run(*options: str) -> Path:
        call_command("backup", str(outside.backups), *(options or ["--without-trial"]), stdout=StringIO())
        return max(path for path in outside.backups.iterdir() if path.name[0].isdigit())

    return run


@pytest.fixture
def elsewhere(transactional_db: None) -> Iterator[Callable[[], None]]:
    """`elsewhere()`: from now on Django speaks to a new, empty database; what was there before is out of reach."""
    kept = connection.settings_dict
    name = f"{kept['NAME']}_drill"
    owner = make_conninfo(**programs.as_owner())

    def move() -> None:
        with suppress(JournalMismatch):  # as the worker does every minute
            journalling.sign_journal_head(keys=portal.PORTAL_KEYS, storage=checkpoints.get_checkpoint_storage())
        drop_database(owner, name)
        roles.create_database(owner, name)
        connection.settings_dict = kept | {"NAME": name}

    yield move
    drop_database(owner, name)
    connection.settings_dict = kept
