"""The keys: made once, readable by their owner alone, and a damaged one stops the program with a sentence."""

import errno
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from unittest.mock import Mock

import psycopg
import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from psycopg import errors, sql

from consents.core import keys, roles
from consents.core.owner import as_owner
from consents.ops.embedded import ensure_running
from consents.ops.startup import check_database_role
from tests.architecture.mutation.speaking import application_speaking


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


# What the application's role sets for itself outlives its connections: it wins nowhere, and is named.

SETTINGS = {"search_path": "pg_temp", "statement_timeout": "0", "default_transaction_read_only": "on"}


@pytest.mark.parametrize("name", [*SETTINGS, "lock_timeout"])
@pytest.mark.parametrize("where", ["", "IN DATABASE {}"])
def test_a_setting_of_its_own_is_named(db, name, where):
    with application_speaking() as application:
        application.execute("BEGIN")
        database = sql.SQL(where).format(sql.Identifier(connection.settings_dict["NAME"]))
        value = sql.Literal(SETTINGS.get(name, "0"))
        application.execute(sql.SQL("ALTER ROLE portal_app {} SET {} = {}").format(database, sql.SQL(name), value))
        [problem] = roles.find_role_problems(application)
        application.execute("ROLLBACK")
    assert f"has the setting {name} of its own" in problem


@pytest.fixture
def spoiled(transactional_db):
    name = sql.Identifier(connection.settings_dict["NAME"])
    with application_speaking() as application:
        for setting, value in SETTINGS.items():
            application.execute(
                sql.SQL("ALTER ROLE portal_app IN DATABASE {} SET {} = {}").format(name, sql.SQL(setting), value)
            )
        connection.close()
        yield
        application.execute(sql.SQL("ALTER ROLE portal_app IN DATABASE {} RESET ALL").format(name))
    connection.close()


def test_what_a_connection_asks_for_wins(spoiled):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('search_path'), current_setting('statement_timeout'),"
            " current_setting('default_transaction_read_only'), current_setting('transaction_isolation')"
        )
        assert cursor.fetchone() == ("public", "30s", "off", "read committed")


def test_the_portal_does_not_start_with_them(spoiled):
    with pytest.raises(ImproperlyConfigured, match="has the setting search_path of its own"):
        check_database_role()


def test_large_objects_are_nobodys():
    superuser, name = ensure_running(settings.PORTAL_VAR).dsn("postgres", "postgres"), "large_objects"
    roles.create_database(superuser, name)
    try:
        with psycopg.connect(superuser, user=roles.APP, dbname=name, autocommit=True) as application:
            for call in ("lo_create(0)", "lo_creat(-1)", "lo_from_bytea(0, 'x')", "lo_import('/etc/hosts')"):
                with pytest.raises(errors.InsufficientPrivilege):
                    application.execute(f"SELECT {call}")
    finally:
        with psycopg.connect(superuser, autocommit=True) as speaking:
            speaking.execute(f"DROP DATABASE {name}")


LEFT_BEHIND = [
    "GRANT SELECT ON TABLES TO PUBLIC",
    "IN SCHEMA public GRANT ALL ON SEQUENCES TO portal_backup",
    "REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC",
    "REVOKE USAGE ON TYPES FROM PUBLIC",
    "REVOKE ALL ON TABLES FROM portal_app",
]


def test_default_privileges_of_the_application_go_when_the_roles_are_made_again():
    superuser, name = ensure_running(settings.PORTAL_VAR).dsn("postgres", "postgres"), "default_privileges"
    roles.create_database(superuser, name)
    try:
        with psycopg.connect(superuser, user=roles.OWNER, dbname=name) as owner:
            owner.execute("GRANT USAGE ON SCHEMA public TO portal_app")
        with psycopg.connect(superuser, user=roles.APP, dbname=name) as application:
            for left in LEFT_BEHIND:
                application.execute(f"ALTER DEFAULT PRIVILEGES {left}")
        with psycopg.connect(superuser, dbname=name) as speaking:
            count = "SELECT count(*) FROM pg_default_acl WHERE defaclrole = 'portal_app'::regrole"
            assert speaking.execute(count).fetchone() == (4,)
            speaking.commit()

            roles.create_database(superuser, name)

            assert speaking.execute(count).fetchone() == (0,)
    finally:
        with psycopg.connect(superuser, autocommit=True) as speaking:
            speaking.execute(f"DROP DATABASE {name}")


def test_nobody_is_the_owner_where_no_address_of_one_is_known(monkeypatch):
    monkeypatch.setattr(settings, "DATABASE_OWNER", None)
    with pytest.raises(ImproperlyConfigured, match="Set DATABASE_OWNER_URL"), as_owner():
        pytest.fail("connected")
