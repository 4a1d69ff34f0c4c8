"""The keys: made once, readable by their owner alone, and a damaged one stops the program with a sentence."""

import errno
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from unittest.mock import Mock

import pytest
from django.core.exceptions import ImproperlyConfigured

from consents.core import keys


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "with space" / "keys"


def contents(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir()}


def test_missing_keys_are_made(folder):
    keys.make_keys(folder)
    keyring = keys.load_keyring(folder)
    assert set(contents(folder)) == {
        "secret_key",
        "index_key",
        "wrap-1",
        "journal-1",
        "sign-1",
        "receipt-1",
        "export-1",
    }
    assert (len(keyring.index_key), len(keyring.wrapping["1"]), keyring.current) == (32, 32, "1")


def test_making_them_again_changes_nothing(folder):
    keys.make_keys(folder)
    kept = contents(folder)
    keys.make_keys(folder)
    assert contents(folder) == kept


def test_only_their_owner_reads_them(folder):
    keys.make_keys(folder)
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_two_first_starts_at_once_end_with_one_set_of_keys(folder):
    def make_and_load(_number: int) -> keys.Keyring:
        keys.make_keys(folder)
        return keys.load_keyring(folder)

    with ThreadPoolExecutor(8) as pool:
        loaded = list(pool.map(make_and_load, range(8)))
    assert all(keyring == loaded[0] for keyring in loaded)
    assert set(contents(folder)) == {
        "secret_key",
        "index_key",
        "wrap-1",
        "journal-1",
        "sign-1",
        "receipt-1",
        "export-1",
    }


def test_the_newest_wraps_and_all_unwrap(folder):
    keys.make_keys(folder)
    for number in (2, 10):
        keys.write_once(folder / f"wrap-{number}", "00" * 32)
    keyring = keys.load_keyring(folder)
    assert (keyring.current, set(keyring.wrapping)) == ("10", {"1", "2", "10"})


def test_a_key_that_cannot_be_written_whole_leaves_nothing(folder, monkeypatch):
    folder.mkdir(parents=True)
    monkeypatch.setattr(Path, "write_text", Mock(side_effect=OSError(errno.ENOSPC, "No space left on device")))

    with pytest.raises(ImproperlyConfigured, match=r"Keys cannot be written to .*No space left"):
        keys.make_keys(folder)

    assert not list(folder.iterdir())


def test_the_disk_has_a_key_before_the_key_has_its_name(folder, monkeypatch):
    folder.mkdir(parents=True)
    flushed = []
    monkeypatch.setattr(
        keys,
        "flush_to_disk",
        lambda path: flushed.append((path == folder, path.parent == folder, (folder / "wrap-9").exists())),
    )

    keys.write_once(folder / "wrap-9", "00" * 32)

    assert flushed == [(False, True, False), (True, False, True)]


def test_a_folder_that_cannot_be_made_is_said(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ImproperlyConfigured, match="Keys cannot be written to"):
        keys.make_keys(tmp_path / "file" / "keys")


def test_missing_keys_say_what_to_run(folder):
    with pytest.raises(ImproperlyConfigured, match="make_keys"):
        keys.load_keyring(folder)
    assert not folder.exists()


def test_so_does_an_empty_folder(folder):
    folder.mkdir(parents=True)
    with pytest.raises(ImproperlyConfigured, match="make_keys"):
        keys.load_keyring(folder)


@pytest.mark.parametrize("name", ["secret_key", "index_key", "wrap-1", "journal-1"])
@pytest.mark.parametrize("damage", ["", "00ff", "not hexadecimal"])
def test_a_damaged_key_stops_with_a_sentence_and_is_not_replaced(folder, name, damage):
    keys.make_keys(folder)
    (folder / name).write_text(damage)
    with pytest.raises(ImproperlyConfigured, match=r"key.*\.$"):
        keys.load_keyring(folder)
    keys.make_keys(folder)
    assert (folder / name).read_text() == damage


@pytest.mark.parametrize("name", ["sign-1", "receipt-1", "export-1"])
def test_without_a_signing_key_nothing_starts(folder, name):
    keys.make_keys(folder)
    (folder / name).unlink()
    with pytest.raises(ImproperlyConfigured, match="make_keys"):
        keys.load_keyring(folder)


def test_a_lost_wrapping_key_is_not_quietly_replaced(folder):
    keys.make_keys(folder)
    (folder / "wrap-1").unlink()
    with pytest.raises(ImproperlyConfigured):
        keys.load_keyring(folder)


def test_a_key_is_never_printed(folder):
    keys.make_keys(folder)
    keyring = keys.load_keyring(folder)
    printed = repr(keyring)
    assert keyring.secret_key not in printed
    assert keyring.index_key.hex() not in printed
    assert repr(keyring.wrapping["1"]) not in printed


def test_files_are_read_when_a_key_is_first_needed_and_once(folder):
    keyring = keys.UnreadKeyring(lambda: folder)
    with pytest.raises(ImproperlyConfigured, match="make_keys"):
        keyring.current  # noqa: B018
    assert not hasattr(keyring, "no_key")
    keys.make_keys(folder)
    read = keyring.index_key

    (folder / "index_key").write_text("0" * 64)

    assert keyring.index_key == read and keyring.current == "1" and read.hex() not in repr(keyring)


def test_index_keys_are_a_chain_without_gaps(folder):
    keys.make_keys(folder)
    assert keys.load_keyring(folder).index_number == 1

    assert [keys.add_index_key(folder) for _time in range(2)] == ["index-2", "index-3"]

    keyring = keys.load_keyring(folder)
    assert keyring.index_number == 3 and len(set(keyring.later_index_keys) | {keyring.index_key}) == 3
    assert {"index_key", "index-2", "index-3"} <= set(keys.compute_checks(folder))
    (folder / "index-2").unlink()
    with pytest.raises(ImproperlyConfigured, match="without a gap"):
        keys.load_keyring(folder)


def test_there_is_an_end_of_index_keys_and_of_what_can_be_numbered(folder, monkeypatch):
    keys.make_keys(folder)
    monkeypatch.setattr(keys, "MOST_INDEX_KEYS", 1)
    with pytest.raises(ImproperlyConfigured, match="no more than 1 index keys"):
        keys.add_index_key(folder)
    (folder / "wrap-spare").write_text("00" * 32)
    with pytest.raises(ImproperlyConfigured, match="Keys are numbered"):
        keys.add_key(folder, "wrap")

    assert not {"index-2", "wrap-2"} & set(contents(folder))


def test_a_withdrawn_key_is_not_missing_and_another_one_is(folder):
    keys.make_keys(folder)
    expected = keys.compute_checks(folder)
    (folder / "export-1").rename(folder / "withdrawn-export-1")
    assert keys.find_key_problems(folder, expected) == []

    (folder / "withdrawn-export-1").unlink()
    assert keys.find_key_problems(folder, expected) == [f"The key export-1 is missing in {folder}."]
