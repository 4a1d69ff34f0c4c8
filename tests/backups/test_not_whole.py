"""What was loaded is verified before it is opened: something that does not hold keeps it closed, run after run."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.conf import settings as portal
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError

from consents.core.signing import load_newest_key
from consents.ledger import checkpoints
from consents.ledger.checkpoints import TreeHead
from consents.ledger.models import Checkpoint, Restoration
from consents.ledger.services import names
from consents.ops.backups import programs
from consents.ops.backups.restoring import BackupRestoration
from consents.ops.running.checks import check_database
from tests.backups.restoring import restore


def force(table: str, change: str) -> None:
    """As the owner, who can silence the triggers."""
    with programs.connect_as(programs.as_owner()) as owner:
        owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        owner.execute(f"UPDATE {table} SET {change}")


def change_entry(outside: SimpleNamespace) -> None:
    force("ledger_entry", "outcome = 'ConsentRefused' WHERE event = 'consent.given' AND sequence > 1")


def change_sealed_entry(outside: SimpleNamespace) -> None:
    force("ledger_leaf", "hash = sha256('') WHERE leaf_index = 2")


def change_choice(outside: SimpleNamespace) -> None:
    force("choices_choice", "since = since - interval '1 day'")


def change_grant(outside: SimpleNamespace) -> None:
    force("access_grant", "ends_at = ends_at + interval '1 day'")


def keep_checkpoint(outside: SimpleNamespace, note: str) -> None:
    """Beside the others, an older one."""
    first = Checkpoint.objects.earliest("size")
    name = checkpoints.name_checkpoint(TreeHead(names.get_log_name(), first.size - 1, bytes(32)), first.made_at)
    checkpoints.publish_note(outside.checkpoints, name, note)


def another_history(outside: SimpleNamespace) -> None:
    size = Checkpoint.objects.earliest("size").size - 1
    sealed = TreeHead(names.get_log_name(), size, bytes(32))
    keep_checkpoint(outside, checkpoints.sign_checkpoint(sealed, load_newest_key(portal.PORTAL_KEYS)))


def not_a_checkpoint(outside: SimpleNamespace) -> None:
    keep_checkpoint(outside, "no checkpoint\n")


@pytest.mark.forced
@pytest.mark.parametrize(
    "spoil", [change_entry, change_sealed_entry, change_choice, change_grant, another_history, not_a_checkpoint]
)
def test_it_stays_closed(backed_up, loaded_backup, elsewhere, outside, monkeypatch, spoil: Callable):
    elsewhere()
    verify = BackupRestoration.verify

    def spoil_and_verify(restoring: BackupRestoration) -> int:
        spoil(outside)
        return verify(restoring)

    with monkeypatch.context() as patch:
        patch.setattr(BackupRestoration, "verify", spoil_and_verify)
        with pytest.raises(CommandError, match="stays closed"):
            restore(loaded_backup)
    with pytest.raises(CommandError, match="stays closed"):
        restore(loaded_backup)

    assert Restoration.objects.get().opened_at is None
    with pytest.raises(ImproperlyConfigured, match="being restored"):
        check_database()
