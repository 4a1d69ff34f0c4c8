"""What was loaded is verified before it is opened: something that does not hold keeps it closed, run after run."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from types import SimpleNamespace
from unittest.mock import Mock

import pytest
from django.conf import settings as portal
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError

from consents.core.owner import as_owner, silence_triggers
from consents.core.signing import load_newest_key
from consents.ledger import checkpoints
from consents.ledger.checkpoints import TreeHead
from consents.ledger.models import Checkpoint, Restoration
from consents.ledger.services import appending
from consents.ops.backups.reopening import NotWhole
from consents.ops.backups.restoring import BackupRestoration
from consents.ops.running.checks import check_database
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
