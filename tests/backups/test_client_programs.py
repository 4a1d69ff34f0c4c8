"""Which of PostgreSQL's programs a backup takes: too old ones, odd ones and those without TLS are found out first."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command

from consents.ops.backups import manifests, programs
from consents.ops.backups.programs import NoProgram, NotEncrypted
from consents.ops.embedded import find_program

SERVER = 17, False  # its version, and whether we speak TLS with it


@pytest.fixture
def install(tmp_path: Path, settings, monkeypatch) -> Callable[..., Path]:
    """`install(15)`: a folder with programs of that version; `connects=False`: psql reaches nothing."""
    settings.EMBEDDED = False
    settings.PORTAL_POSTGRES_PROGRAMS = None
    folders: list[Path] = []
    monkeypatch.setattr(programs, "list_folders", lambda: folders)
    monkeypatch.setattr(programs, "ask_server", lambda params: SERVER)

    def make(version: int, *, connects: bool = True, psql: int = 0) -> Path:
        folder = tmp_path / f"bin{len(folders)}"
        folder.mkdir()
        for name in programs.NAMES:
            told = (psql or version) if name == "psql" else version
            program = folder / name
            version_line = f'[ "$1" = --version ] && echo "{name} (PostgreSQL) {told}.2" && exit 0'
            program.write_text(f"#!/bin/sh\n{version_line}\nexit {int(not connects)}\n")
            program.chmod(0o755)
        folders.append(folder)
        return folder

    return make


def test_of_two_versions_it_takes_the_one_that_is_new_enough(install):
    install(15)
    newer = install(18)
    install(16)

    assert programs.choose_programs({}).folder == newer


def test_it_takes_none_that_is_older_than_the_server_or_the_dump(install):
    install(16)
    with pytest.raises(NoProgram, match=r"of PostgreSQL 17 or newer.*Found: 16 in "):
        programs.choose_programs({})
    install(17)
    with pytest.raises(NoProgram, match="of PostgreSQL 18 or newer"):
        programs.choose_programs({}, at_least=18)


def test_one_without_tls_is_passed_over(install):
    install(18, connects=False)
    reaching = install(17)

    assert programs.choose_programs({}).folder == reaching


def test_programs_of_different_versions_in_one_folder_are_none(install):
    install(17, psql=15)

    with pytest.raises(NoProgram, match="Found: none"):
        programs.choose_programs({})


def test_an_unencrypted_way_to_another_machine_is_refused(monkeypatch):
    """Found out by our own connection, before anything is sealed or dumped."""

    class Connection:
        pgconn = SimpleNamespace(ssl_in_use=False)
        info = SimpleNamespace(host="db.example", hostaddr="192.0.2.7", server_version=170_004)

        def __enter__(self):
            return self

        def __exit__(self, *_):
            return None

    monkeypatch.setattr(programs, "connect_as", lambda params: Connection())
    with pytest.raises(NotEncrypted, match=r"on db\.example is not encrypted"):
        programs.ask_server({})
    Connection.info.hostaddr = "127.0.0.1"
    assert programs.ask_server({}) == SERVER


def test_the_programs_must_speak_tls_where_we_do(install, monkeypatch):
    install(17)
    tried: list[dict[str, str]] = []
    monkeypatch.setattr(programs, "can_connect", lambda candidate, params: not tried.append(params))

    programs.choose_programs({"host": "db"})
    monkeypatch.setattr(programs, "ask_server", lambda params: (17, True))
    programs.choose_programs({"host": "db"})
    programs.choose_programs({"sslmode": "verify-full"})

    assert tried == [{"host": "db"}, {"host": "db", "sslmode": "require"}, {"sslmode": "verify-full"}]


def test_a_backup_seals_nothing_before_it_knows_that_it_can_be_made(backed_up, outside, monkeypatch):
    def refuse(*_args: object, **_more: object) -> None:
        raise NoProgram(18, [], is_encrypted=True)

    monkeypatch.setattr(programs, "choose_programs", refuse)
    with pytest.raises(CommandError, match="reach the database over TLS"):
        call_command("backup", str(outside.backups))

    assert not outside.backups.exists() and not list(Path(outside.checkpoints.location).rglob("*.checkpoint"))


def test_a_dump_that_lacks_rows_is_no_backup(backed_up, outside, monkeypatch):
    counted = manifests.count_dumped_rows

    def lose_one(dump: Path, tools: programs.ClientPrograms):
        rows = counted(dump, tools)
        rows["ledger_entry"] -= 1
        return rows

    monkeypatch.setattr(manifests, "count_dumped_rows", lose_one)
    with pytest.raises(CommandError, match="Read back, the backup does not hold"):
        call_command("backup", str(outside.backups), "--without-trial")

    assert not list(outside.backups.glob("*/manifest"))


def test_older_backups_are_thrown_away_but_never_the_newest(backed_up, backup, outside, later, capsys):
    first = backup()
    later(timedelta(days=36))
    second = backup()
    assert not first.exists() and second.exists()

    with pytest.raises(CommandError, match="at least 7"):
        call_command("backup", str(outside.backups), "--keep", "6")


def test_the_embedded_server_has_programs_of_its_own():
    assert programs.list_folders() == [find_program("pg_dump").parent]
