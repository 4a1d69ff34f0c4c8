"""A portal whose keys are lost or wrong says which, and makes none beside what others have sealed."""

import shutil
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings as portal
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command

from consents.core import keys
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL
from consents.ledger.services import sealing
from consents.ops import key_checks
from consents.ops.monitoring.readiness import check_readiness


@pytest.fixture
def own_keys(tmp_path, monkeypatch) -> Path:
    shutil.copytree(portal.PORTAL_KEYS, tmp_path / "keys")
    monkeypatch.setattr(portal, "PORTAL_KEYS", tmp_path / "keys")
    return tmp_path / "keys"


def lose(name: str):
    return lambda folder: (folder / name).unlink()


def change(name: str):
    return lambda folder: (folder / name).write_text("ab" * 32)


@pytest.mark.parametrize("how", [lose, change])
@pytest.mark.parametrize("name", ["index_key", "wrap-1", "sign-1", "journal-1", "receipt-1", "export-1"])
def test_the_key_that_is_missing_or_wrong_is_named(world, own_keys, name, how):
    key_checks.record_new_keys(PORTAL)
    key_checks.check_recorded_keys()
    assert check_readiness()["keys"] == "ok"

    how(name)(own_keys)

    with pytest.raises(ImproperlyConfigured, match=f"The key {name} "):
        key_checks.check_recorded_keys()
    assert check_readiness()["keys"] == "wrong"


COMMANDS = {
    "backup": ["{folder}"],
    "import_customers": ["{folder}/list.csv", "--map", "{folder}/map.toml"],
    "erase_customer": ["C-1001", "--by", "pia@example.com", "--confirmed-by", "otto@example.com"],
}


@pytest.mark.parametrize("key", ["index_key", "wrap-1"])
@pytest.mark.parametrize("command", COMMANDS)
def test_nothing_is_sealed_hashed_or_signed_for_with_other_keys(world, own_keys, tmp_path, command, key):
    """Customers would be imported twice, or come back; and a backup would be refused with the right keys."""
    key_checks.record_new_keys(PORTAL)
    change(key)(own_keys)

    with pytest.raises((ImproperlyConfigured, CommandError), match=f"written with other keys. The key {key} "):
        call_command(command, *(given.format(folder=tmp_path) for given in COMMANDS[command]))
    assert not world.ada.customer.erased_at and not list(tmp_path.glob("*Z"))


def test_a_later_entry_does_not_make_another_key_the_right_one(world, own_keys):
    key_checks.record_new_keys(PORTAL)
    change("wrap-1")(own_keys)

    assert key_checks.record_new_keys(PORTAL) == []
    with pytest.raises(ImproperlyConfigured, match="wrap-1"):
        key_checks.check_recorded_keys()


def test_no_value_on_record_is_a_key(world, own_keys):
    key_checks.record_new_keys(PORTAL)

    held = {path.read_text().strip() for path in own_keys.iterdir()}
    assert not held & set(key_checks.list_recorded_checks().values())


def test_a_rotated_and_a_retired_key_are_right(world, own_keys, capsys):
    key_checks.record_new_keys(PORTAL)
    call_command("rotate_keys")
    call_command("rotate_keys", "--retire", "1")

    key_checks.check_recorded_keys()
    assert set(key_checks.list_recorded_checks()) >= {"wrap-1", "wrap-2"}


def test_no_keys_are_made_beside_data(world, tmp_path, monkeypatch):
    monkeypatch.setattr(portal, "PORTAL_KEYS", tmp_path / "lost")

    with pytest.raises(ImproperlyConfigured, match=r"There is data.*wrap-1"):
        call_command("make_keys")

    assert not (tmp_path / "lost").exists()


def test_nor_is_a_single_one_that_was_lost(world, own_keys):
    (own_keys / "index_key").unlink()

    with pytest.raises(ImproperlyConfigured, match="index_key"):
        call_command("make_keys")

    assert not (own_keys / "index_key").exists()


def test_the_demo_makes_none_either(world, tmp_path, monkeypatch):
    monkeypatch.setattr(portal, "PORTAL_KEYS", tmp_path / "lost")
    monkeypatch.setattr(portal, "DEMO", True)

    with pytest.raises(ImproperlyConfigured, match="There is data"):
        call_command("demo", "--prepare")

    assert not (tmp_path / "lost").exists()


def test_an_empty_database_gets_its_first_keys(db, tmp_path, monkeypatch):
    monkeypatch.setattr(portal, "PORTAL_KEYS", tmp_path / "new")

    call_command("make_keys")

    assert keys.list_missing_keys(tmp_path / "new") == []


def test_an_older_key_is_withdrawn_and_the_one_that_signs_stays(db, own_keys):
    assert keys.add_key(own_keys, "receipt") == "2"
    terms = {"since": date(2026, 3, 1), "today": date(2026, 3, 2), "by": PORTAL}

    sealing.withdraw_signing_key(kind="receipt", folder=own_keys, kid="1", **terms)

    assert sorted(path.name for path in own_keys.glob("*receipt-*")) == ["receipt-2", "withdrawn-receipt-1"]
    assert [entry.event for entry in Entry.objects.filter(object_type="signing_key")] == ["signing_key.withdrawn"]


def test_where_there_is_no_embedded_database_yet_nothing_was_written(monkeypatch, tmp_path):
    """And none is begun to find out: keys are made first."""
    monkeypatch.setattr(portal, "EMBEDDED", True)
    monkeypatch.setattr(portal, "PORTAL_VAR", tmp_path)

    assert not key_checks.has_entries() and not list(tmp_path.iterdir())
