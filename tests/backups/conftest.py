"""A portal with an outside of its own (checkpoints, journal, backups), and an empty database to restore into."""

import tarfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from io import BytesIO, StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings as portal
from django.core.files.storage import FileSystemStorage
from django.core.management import call_command
from django.db import connection
from django.test import override_settings
from psycopg.conninfo import make_conninfo

from consents.core import roles
from consents.ledger import checkpoints
from consents.ledger.services import appending
from consents.ledger.services.appending import JournalMismatch
from consents.ops.backups import programs
from tests.backups.loading import LoadedOnce
from tests.backups.restoring import drop_database
from tests.backups.under_way import begin_what_is_under_way
from tests.world.scene_fixtures import scene


def place_outside(folder: Path) -> dict[str, Any]:
    """The settings of a portal whose checkpoints, journal and backups lie in this folder."""
    checkpoints = {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(folder / "checkpoints")},
    }
    return {
        "STORAGES": portal.STORAGES | {"checkpoints": checkpoints},
        "PORTAL_JOURNAL": folder / "journal",
        "PORTAL_VAR": folder,
    }


def run_backup(backups: Path, *options: str) -> Path:
    """The command; returns the new backup's folder."""
    call_command("backup", str(backups), *options, stdout=StringIO())
    return max(path for path in backups.iterdir() if path.name[0].isdigit())


@pytest.fixture(autouse=True)
def outside(settings, tmp_path: Path) -> SimpleNamespace:
    """`.checkpoints` (storage), `.journal` and `.backups` (folders)."""
    for name, value in place_outside(tmp_path).items():
        setattr(settings, name, value)
    return SimpleNamespace(
        checkpoints=FileSystemStorage(location=tmp_path / "checkpoints"),
        journal=settings.PORTAL_JOURNAL,
        backups=tmp_path / "backups",
    )


@pytest.fixture
def backup(outside: SimpleNamespace) -> Callable[[], Path]:
    """The command; returns the new backup's folder. Most tests restore it themselves."""

    return lambda *options: run_backup(outside.backups, *(options or ["--without-trial"]))


@scene
def packed_outside(real_world: SimpleNamespace) -> bytes:
    """What lies outside the moment a backup of this world is finished; the database is as it was then."""
    with TemporaryDirectory() as folder, override_settings(**place_outside(Path(folder))):
        begin_what_is_under_way(real_world)
        run_backup(Path(folder) / "backups", "--without-trial")
        with tarfile.open(fileobj=(packed := BytesIO()), mode="w") as archive:
            archive.add(folder, arcname=".")
    return packed.getvalue()


@pytest.fixture
def made_backup(tmp_path: Path, outside: SimpleNamespace, packed_outside: bytes) -> Path:
    """The folder of a backup that has just been made of the test's world, by the command: once for each worker."""
    with tarfile.open(fileobj=BytesIO(packed_outside)) as archive:
        archive.extractall(tmp_path, filter="fully_trusted")
    [folder] = [path for path in outside.backups.iterdir() if path.name[0].isdigit()]
    return folder


@pytest.fixture(scope="session")
def loaded_once(as_application: None, django_db_blocker) -> Iterator[LoadedOnce]:
    loaded = LoadedOnce()
    yield loaded
    with django_db_blocker.unblock():
        loaded.drop()


@pytest.fixture
def loaded_backup(made_backup: Path, loaded_once: LoadedOnce, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same, for a test of what a restoration does before and after it loads: that is done once for each worker."""
    loaded_once.folder = made_backup
    monkeypatch.setattr(programs, "load_pieces", loaded_once)
    return made_backup


@pytest.fixture
def elsewhere(transactional_db: None) -> Iterator[Callable[[], None]]:
    """`elsewhere()`: from now on Django speaks to a new, empty database; what was there before is out of reach."""
    kept = connection.settings_dict
    name = f"{kept['NAME']}_drill"
    owner = make_conninfo(**programs.as_owner())

    def move() -> None:
        with suppress(JournalMismatch):  # as the worker does every minute
            appending.sign_journal_head(keys=portal.PORTAL_KEYS, storage=checkpoints.get_checkpoint_storage())
        drop_database(owner, name)
        roles.create_database(owner, name)
        connection.settings_dict = kept | {"NAME": name}

    yield move
    drop_database(owner, name)
    connection.settings_dict = kept
