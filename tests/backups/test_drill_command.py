"""A drill restores for real and leaves nothing: no database, no checkpoint, no line, nobody the wiser."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.core.management import CommandError
from django.db import connection, transaction

from consents.core import safeguards
from consents.core.owner import as_owner
from consents.ledger.models import Entry, Restoration
from consents.ledger.services import appending, sealing
from consents.ops.backups import programs, restoring
from tests.backups.restoring import restore
from tests.world.erasing import erase


def work(settings, outside) -> None:
    sealing.seal_entries(keys=settings.PORTAL_KEYS, storage=outside.checkpoints)
    appending.write_waiting_entries()
    appending.sign_journal_head(keys=settings.PORTAL_KEYS, storage=outside.checkpoints)


def hash_files(*folders: Path | str) -> dict[str, str]:
    files = [path for folder in folders for path in Path(folder).rglob("*") if path.is_file()]
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def list_databases() -> set[str]:
    with psycopg.connect(**programs.as_owner()) as owner:
        found = owner.execute("SELECT datname FROM pg_database WHERE starts_with(datname, current_database())")
        return {name for (name,) in found.fetchall()}


def alter(statement: str) -> None:
    """Alter the database as its superuser, and let that be how the last migration left it."""
    with psycopg.connect(**programs.as_owner() | {"user": "postgres"}) as superuser:
        superuser.execute(statement)
    with as_owner() as owner, transaction.atomic(), owner.cursor() as cursor:
        safeguards.record_safeguards(cursor)


@pytest.fixture
def closed_large_objects(transactional_db) -> Iterator[None]:
    """As make_roles leaves a database, and as the drill, without a superuser, cannot make one."""
    alter("REVOKE ALL ON FUNCTION lo_creat FROM PUBLIC")
    yield
    alter("GRANT EXECUTE ON FUNCTION lo_creat TO PUBLIC")


def test_it_tells_what_a_restoration_would_do_and_leaves_nothing(
    closed_large_objects, backed_up, made_backup, outside, settings
):
    erase(backed_up, backed_up.cas)
    work(settings, outside)
    before = hash_files(outside.checkpoints.location, outside.journal), list_databases(), Entry.objects.count()
    name = connection.settings_dict["NAME"]

    said = restore(made_backup, "--drill")

    assert "Done again: customer.erased, 1 time." in said
    assert "of the log are lost, at least" in said
    assert "This was a drill" in said
    assert connection.settings_dict["NAME"] == name
    after = hash_files(outside.checkpoints.location, outside.journal), list_databases(), Entry.objects.count()
    assert after == before
    assert not Restoration.objects.exists()
    work(settings, outside)  # the running portal seals on as if nothing had been


def test_one_that_fails_leaves_nothing_either(backed_up, loaded_backup, outside, monkeypatch):
    before = hash_files(outside.checkpoints.location, outside.journal), list_databases()

    def fail(*_args: object) -> None:
        raise restoring.CountsDiffer

    monkeypatch.setattr(restoring.BackupRestoration, "compare_counts", fail)
    with pytest.raises(CommandError, match="as many rows"):
        restore(loaded_backup, "--drill")

    assert (hash_files(outside.checkpoints.location, outside.journal), list_databases()) == before
