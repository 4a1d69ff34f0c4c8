"""A portal with an outside of its own (checkpoints, journal, backups), and an empty database to restore into."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from io import StringIO
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest
from django.core.files.storage import FileSystemStorage
from django.core.management import call_command
from django.db import connection
from psycopg.conninfo import make_conninfo

from consents.backups import programs
from consents.choices import services as choices
from consents.core import roles
from tests.cast import answer, ask, make_customer, make_user, put_in_vault


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
def lived_in(real_world: SimpleNamespace) -> SimpleNamespace:
    """Ada gave consent and lets Sam look; Cas is another customer of whom there is much; Ben is asked by Kim."""
    world = real_world
    choices.give(customer=world.ada.customer.id, purpose="support", version=world.version.pk, by=world.ada.actor)
    world.running = answer(world, ask(world, "orders", duration=timedelta(hours=2)), "all", message="Be quick.")
    world.waiting = ask(world, "contact", member=world.kim, customer=world.ben)
    world.cas = make_customer("C-1003", "cas@example.com")
    put_in_vault(world.cas.customer, world.categories["contact"], {"name": "Cas Marker"})
    choices.give(customer=world.cas.customer.id, purpose="support", version=world.version.pk, by=world.cas.actor)
    make_user("nobody@example.com")
    return world


@pytest.fixture
def backup(outside: SimpleNamespace) -> Callable[[], Path]:
    """The command; returns the new backup's folder."""

    def run() -> Path:
        call_command("backup", str(outside.backups), stdout=StringIO())
        return max(path for path in outside.backups.iterdir() if path.name[0].isdigit())

    return run


def restore(folder: Path, *options: str) -> str:
    out = StringIO()
    call_command("restore", str(folder), *options, stdout=out)
    return out.getvalue()


BUSY = "SELECT pid FROM pg_stat_activity WHERE datname = %s LIMIT 1"


@pytest.fixture
def elsewhere(transactional_db: None) -> Iterator[Callable[[], None]]:
    """`elsewhere()`: from now on Django speaks to a new, empty database; what was there before is out of reach."""
    kept = connection.settings_dict
    name = f"{kept['NAME']}_drill"
    owner = make_conninfo(**programs.as_owner())

    def drop() -> None:
        connection.close()
        with psycopg.connect(owner, autocommit=True) as speaking:
            # The owner may not end sessions of others: those that are closing are waited for.
            until = time.monotonic() + 30
            while speaking.execute(BUSY, [name]).fetchone() and time.monotonic() < until:
                speaking.execute("SELECT pg_sleep(0.05)")
            speaking.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def move() -> None:
        drop()
        roles.create_database(owner, name)
        connection.settings_dict = kept | {"NAME": name}

    yield move
    drop()
    connection.settings_dict = kept
