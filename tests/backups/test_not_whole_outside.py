"""A backup that is not ours and whole, or with something missing outside, is not restored."""

import shutil

import pytest
from django.core.files.base import ContentFile
from django.core.management import CommandError
from django.db import connection

from consents.access.services import ending
from consents.choices.services import withdrawing
from consents.core.signing import load_newest_key
from consents.ledger import checkpoints, journal
from consents.ledger.models import Restoration
from consents.ledger.rules import PORTAL
from consents.ledger.services import appending, sealing
from consents.ledger.services import appending as ledger_journalling
from consents.people.models import Customer
from consents.people.services import staff_members
from tests.backups.restoring import restore


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
