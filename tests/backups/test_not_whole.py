"""A backup that is not ours and whole, or with something missing outside, is not restored."""

import os
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import Mock

import pytest
from django.conf import settings as portal
from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from django.db import connection

from consents.access.services import ending
from consents.choices.services import withdrawing
from consents.core import keys
from consents.core.owner import as_owner, silence_triggers
from consents.core.signing import load_newest_key
from consents.ledger import checkpoints, journal
from consents.ledger.checkpoints import TreeHead
from consents.ledger.models import Checkpoint, Restoration
from consents.ledger.rules import PORTAL
from consents.ledger.services import appending, sealing
from consents.ledger.services import appending as ledger_journalling
from consents.ops import index_rotation
from consents.ops.backups import programs
from consents.ops.backups.reopening import NotWhole
from consents.ops.backups.restoring import BackupRestoration
from consents.ops.running.checks import check_database
from consents.people import selectors
from consents.people.models import Customer
from consents.people.services import staff_members
from tests.architecture.mutation.speaking import application_speaking
from tests.backups.restoring import restore


@contextmanager
def forcing(table: str, column: str, value: str, where: str = "true", key: str = "id") -> Iterator[None]:
    """As the owner, who can silence the triggers; and back again."""
    with as_owner() as owner, silence_triggers(owner, table) as cursor:
        cursor.execute(f"SELECT {column}, {key} FROM {table} WHERE {where}")
        kept = cursor.fetchall()
        cursor.execute(f"UPDATE {table} SET {column} = {value} WHERE {where}")
    assert kept
    yield
    with as_owner() as owner, silence_triggers(owner, table) as cursor:
        cursor.executemany(f"UPDATE {table} SET {column} = %s WHERE {key} = %s", kept)


@contextmanager
def keeping(outside: SimpleNamespace, note: str) -> Iterator[None]:
    """Beside the other checkpoints, an older one."""
    first = Checkpoint.objects.earliest("size")
    name = checkpoints.name_checkpoint(TreeHead(appending.get_log_name(), first.size - 1, bytes(32)), first.made_at)
    checkpoints.create_note(outside.checkpoints, name, note)
    yield
    outside.checkpoints.delete(name)


def of_another_history() -> str:
    size = Checkpoint.objects.earliest("size").size - 1
    sealed = TreeHead(appending.get_log_name(), size, bytes(32))
    return checkpoints.sign_checkpoint(sealed, load_newest_key(portal.PORTAL_KEYS))


def spoil_each(outside: SimpleNamespace) -> Iterator[AbstractContextManager[None]]:
    """An entry, a sealed entry, a choice, a grant; a checkpoint of another history, and one that is none."""
    yield forcing("ledger_entry", "outcome", "'ConsentRefused'", "event = 'consent.given' AND sequence > 1")
    yield forcing("ledger_leaf", "hash", "sha256('')", "leaf_index = 2", key="leaf_index")
    yield forcing("choices_choice", "since", "since - interval '1 day'")
    yield forcing("access_grant", "ends_at", "ends_at + interval '1 day'")
    yield keeping(outside, of_another_history())
    yield keeping(outside, "no checkpoint\n")


@pytest.mark.forced
def test_it_stays_closed(backed_up, loaded_backup, elsewhere, outside, monkeypatch):
    """Run after run, for each thing that does not hold, and opens once all is as it was."""
    elsewhere()
    with monkeypatch.context() as patch:
        patch.setattr(BackupRestoration, "verify", Mock(side_effect=NotWhole))
        with pytest.raises(CommandError, match="stays closed"):
            restore(loaded_backup)
    for spoiling in spoil_each(outside):
        with spoiling, pytest.raises(CommandError, match="agree with what is kept outside"):
            restore(loaded_backup)
        assert Restoration.objects.get().opened_at is None
        with pytest.raises(ImproperlyConfigured, match="being restored"):
            check_database()

    restore(loaded_backup)

    check_database()


def cut_journal(outside) -> None:
    path = outside.journal / journal.NAME
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))


def lose_journal(outside) -> None:
    shutil.rmtree(outside.journal)


def change_journal(outside) -> None:
    path = outside.journal / journal.NAME
    path.write_text(path.read_text().replace("grant.ended", "grant.added", 1))


def lose_checkpoints(outside) -> None:
    shutil.rmtree(outside.checkpoints.location)


def cut_checkpoints(outside) -> None:
    for name in list(checkpoints.list_checkpoints(outside.checkpoints)):
        outside.checkpoints.delete(name)


def change_checkpoint(outside) -> None:
    name = checkpoints.find_newest_checkpoint(outside.checkpoints)
    note = checkpoints.read_note(outside.checkpoints, name).replace("\n", "\n9", 1)
    outside.checkpoints.delete(name)
    outside.checkpoints.save(name, ContentFile(note.encode()))


@pytest.mark.parametrize(
    "spoil", [cut_journal, lose_journal, change_journal, lose_checkpoints, cut_checkpoints, change_checkpoint]
)
def test_what_is_outside_must_be_whole(backed_up, made_backup, elsewhere, outside, settings, spoil):
    ending.stop_access(access_request=backed_up.running.pk, customer=backed_up.ada.customer.id, by=backed_up.ada.actor)
    sealing.seal_entries(keys=settings.PORTAL_KEYS, storage=outside.checkpoints)
    ledger_journalling.sign_journal_head(keys=settings.PORTAL_KEYS, storage=outside.checkpoints)
    elsewhere()
    spoil(outside)

    with pytest.raises(CommandError, match="Nothing was restored"):
        restore(made_backup, "--accept-loss")

    assert connection.introspection.table_names() == []


def test_a_cut_hidden_behind_a_later_head_is_noticed(backed_up, made_backup, elsewhere, outside, settings):
    """A head of the longer journal is kept; one of the shorter was signed a day later."""
    world = backed_up
    copy = (outside.journal / journal.NAME).read_bytes()
    ending.stop_access(access_request=world.running.pk, customer=world.ada.customer.id, by=world.ada.actor)
    withdrawing.withdraw_consent(customer=world.ada.customer.id, purpose="support", by=world.ada.actor)
    ledger_journalling.sign_journal_head(keys=settings.PORTAL_KEYS, storage=outside.checkpoints)
    (outside.journal / journal.NAME).write_bytes(copy)
    staff_members.end_staff_membership(member=world.kim, by=PORTAL)
    *_, last = journal.read_journal(outside.journal)
    sealed = checkpoints.TreeHead(f"{appending.get_portal_name()}/journal", last.number, last.head.hash)
    note = checkpoints.sign_checkpoint(sealed, load_newest_key(settings.PORTAL_KEYS))
    checkpoints.create_note(outside.checkpoints, f"journal/9999-01-01/{last.number:015d}-x.head", note)
    elsewhere()

    with pytest.raises(CommandError, match="The journal outside is missing, was cut"):
        restore(made_backup, "--accept-loss")


def spoil_dump(folder) -> None:
    path = folder / "database.dump"
    path.write_bytes(path.read_bytes()[:-1] + b"x")


def spoil_manifest(folder) -> None:
    path = folder / "manifest"
    path.write_text(path.read_text().replace('"entries":', '"entries":1', 1))


def lose_manifest(folder) -> None:
    (folder / "manifest").unlink()


def lose_keys(folder) -> None:
    (folder.parent / "keys" / f"{folder.name}.dump").unlink()


@pytest.mark.parametrize("spoil", [spoil_dump, spoil_manifest, lose_manifest, lose_keys])
def test_a_backup_must_be_ours_and_whole(backed_up, made_backup, elsewhere, spoil):
    elsewhere()
    spoil(made_backup)

    with pytest.raises(CommandError):
        restore(made_backup)

    assert connection.introspection.table_names() == []


def test_a_database_with_tables_is_left_alone(backed_up, made_backup):
    with pytest.raises(CommandError, match="not empty"):
        restore(made_backup)

    assert Customer.objects.filter(pk=backed_up.ada.customer.id).exists() and not Restoration.objects.exists()


@pytest.fixture
def own_keys(tmp_path, monkeypatch) -> Path:
    shutil.copytree(portal.PORTAL_KEYS, tmp_path / "own keys")
    monkeypatch.setattr(portal, "PORTAL_KEYS", tmp_path / "own keys")
    return tmp_path / "own keys"


def test_it_names_the_key_and_restores_nothing(backed_up, loaded_backup, elsewhere, own_keys):
    """Whether it is lost or another one; with the right one again it restores all."""
    elsewhere()
    for name in ("index_key", "wrap-1"):
        kept = (own_keys / name).read_text()
        for spoil in (Path.unlink, lambda path: path.write_text("cd" * 32)):
            spoil(own_keys / name)
            with pytest.raises(CommandError, match=f"The key {name} "):
                restore(loaded_backup)
            assert connection.introspection.table_names() == []
            (own_keys / name).write_text(kept)

    restore(loaded_backup)

    assert Customer.objects.filter(pk=backed_up.ada.customer.id).exists()


def test_a_retired_key_is_asked_back(backed_up, loaded_backup, elsewhere, own_keys):
    elsewhere()
    (own_keys / "wrap-2").write_text("ef" * 32)
    (own_keys / "wrap-1").rename(own_keys / "retired-1")

    with pytest.raises(CommandError, match="rename retired-1 to wrap-1"):
        restore(loaded_backup)


def test_of_a_backup_from_before_a_new_index_key_everybody_is_found(
    backed_up, loaded_backup, elsewhere, own_keys, monkeypatch
):
    elsewhere()
    keys.add_index_key(own_keys)
    os.utime(own_keys / "index-2", (0, 0))

    restore(loaded_backup)

    monkeypatch.setattr(portal, "KEYRING", keys.load_keyring(own_keys))
    assert selectors.select_by_address(backed_up.ada.user.email).get().pk == backed_up.ada.customer.id
    assert index_rotation.is_rotation_due()


@pytest.fixture
def spoiled(lived_in):
    with application_speaking() as application:
        application.execute("ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC")
        [made] = application.execute("SELECT lo_create(0)").fetchone()
        yield
        application.execute("ALTER DEFAULT PRIVILEGES REVOKE SELECT ON TABLES FROM PUBLIC")
        application.execute("SELECT lo_unlink(%s)", [made])


def test_default_privileges_and_large_objects_of_the_application_are_named_and_left_out(
    spoiled, backup, outside, elsewhere
):
    with pytest.raises(CommandError, match=r"default privilege portal_app r is not ours.*large object \d+ is not ours"):
        backup()
    [folder] = [path for path in outside.backups.iterdir() if path.name[0].isdigit()]

    elsewhere()

    assert "The database is open" in restore(folder)


def test_a_backup_that_cannot_be_restored_is_not_kept(backed_up, outside, monkeypatch):
    monkeypatch.setattr(programs, "FIRST", "BEGIN; SELECT 1 / 0;\n")
    with pytest.raises(CommandError, match="could not be loaded") as refusal:
        call_command("backup", str(outside.backups))

    assert refusal.value.returncode == 2
    assert not [path for path in outside.backups.iterdir() if path.name[0].isdigit()]
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_database WHERE datname = current_database() || '_trial'")
        assert cursor.fetchone() == (0,)
