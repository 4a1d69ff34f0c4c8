"""A backup is not opened with keys that read nothing of it."""

import os
import shutil
from pathlib import Path

import pytest
from django.conf import settings as portal
from django.core.management import CommandError
from django.db import connection

from consents.core import keys
from consents.ops import index_rotation
from consents.people import selectors
from consents.people.models import Customer
from tests.backups.restoring import restore


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
