"""A backup: one snapshot, complete under the row policies, the customers' keys apart and not for long."""

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings as portal
from django.contrib.sessions.models import Session
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from consents.core import signing
from consents.ledger import checkpoints, journal
from consents.ledger.rules import PORTAL
from consents.ledger.services import appending
from consents.ops.backups import making, manifests, programs
from consents.ops.embedded import find_program
from consents.people.models import CustomerKey
from consents.people.services import staff_members
from tests.world.cast import signed_in


def read(folder) -> manifests.Manifest:
    return manifests.read_manifest(folder, appending.get_backups_name(), signing.load_public_keys(portal.PORTAL_KEYS))


def rows_in(dump, table: str) -> int:
    """How many rows a dump holds of a table."""
    said = subprocess.run(
        [find_program("pg_restore"), "--data-only", f"--table={table}", "--file=-", str(dump)],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    _before, found, after = said.partition(f"COPY public.{table}")
    return after.partition("\n")[2].partition("\\.")[0].count("\n") if found else 0


def test_it_holds_what_the_policies_hide(backed_up, made_backup):
    assert (
        read(made_backup).counts["vault_record"] == rows_in(manifests.get_dump_path(made_backup), "vault_record") == 5
    )


def test_the_keys_lie_apart(backed_up, made_backup):
    assert CustomerKey.objects.count() == read(made_backup).counts["people_customerkey"] > 0
    assert rows_in(manifests.get_dump_path(made_backup), "people_customerkey") == 0
    assert rows_in(manifests.get_keys_path(made_backup), "people_customerkey") == CustomerKey.objects.count()


def test_nobody_else_can_read_it(backed_up, made_backup):
    files = [*made_backup.iterdir(), manifests.get_keys_path(made_backup)]
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600} and len(files) == 3
    assert made_backup.stat().st_mode & 0o777 == 0o700


def test_who_is_signed_in_is_not_in_it(backed_up, backup):
    signed_in(backed_up.ada.user)
    assert Session.objects.exists()

    assert rows_in(manifests.get_dump_path(backup()), "django_session") == 0


def test_it_is_sealed_and_journalled_to_the_end(backed_up, made_backup, outside):
    manifest = read(made_backup)

    assert manifest.log_size == manifest.entries
    newest = checkpoints.read_note(outside.checkpoints, checkpoints.find_newest_checkpoint(outside.checkpoints))
    assert checkpoints.parse_checkpoint(newest).root.hex() == manifest.log_root
    assert manifest.journal_number == len(list(journal.read_journal(outside.journal)))


def test_keys_older_than_seven_days_are_thrown_away(backed_up, made_backup, backup, outside, later, capsys):
    first = made_backup
    later(timedelta(days=6))
    second = backup()
    assert manifests.get_keys_path(first).exists()

    later(timedelta(days=8))
    call_command("backup", str(outside.backups), "--without-trial")

    assert f"The keys of {first.name} were thrown away" in capsys.readouterr().out
    assert not manifests.get_keys_path(first).exists() and manifests.get_keys_path(second).exists()
    with pytest.raises(manifests.KeysGone):
        read(first)


@pytest.mark.parametrize("reason", [OSError, KeyboardInterrupt, SystemExit])
def test_one_that_fails_leaves_no_keys(backed_up, outside, monkeypatch, reason):
    def fail(*_args: object) -> None:
        assert (outside.backups / making.UNFINISHED / "keys.dump").exists()
        raise reason

    monkeypatch.setattr(programs, "run_program", lambda *_args, **_named: None)  # the file is there, with nothing in it
    monkeypatch.setattr(making, "count_tables", fail)
    with pytest.raises((CommandError, reason)):
        call_command("backup", str(outside.backups))

    assert [path.name for path in outside.backups.rglob("*") if path.is_file()] == [making.LOCK]


def test_what_a_killed_one_left_is_removed_by_the_next(backed_up, backup, outside):
    left = outside.backups / making.UNFINISHED / "keys.dump"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"keys")

    folder = backup()

    assert not left.parent.exists() and manifests.get_keys_path(folder).read_bytes() != b"keys"


def test_two_at_once_do_not_meet(backed_up, outside):
    outside.backups.mkdir()
    with making.open_work_folder(outside.backups) as place:
        (place / "keys.dump").write_bytes(b"keys")
        with pytest.raises(CommandError, match="Another backup"):
            call_command("backup", str(outside.backups))
        assert (place / "keys.dump").read_bytes() == b"keys"


def test_it_writes_what_the_journal_was_kept_from(backed_up, backup, outside, capsys):
    with transaction.atomic():
        staff_members.end_staff_membership(member=backed_up.kim, by=PORTAL)  # calls off what she asks, too
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM ledger_unjournalled")

    call_command("backup", str(outside.backups), "--without-trial")

    assert "did not tell of 2 entries" in capsys.readouterr().out
    assert "staff.ended" in (outside.journal / journal.NAME).read_text()


def test_without_the_backup_role_it_says_so(backed_up, outside, settings):
    settings.DATABASE_BACKUP = None

    with pytest.raises(CommandError, match="DATABASE_BACKUP_URL") as refused:
        call_command("backup", str(outside.backups))

    assert refused.value.returncode == 2
    with pytest.raises(ImproperlyConfigured):
        programs.as_backup()


def test_under_a_policy_it_fails_instead_of_dumping_nothing(backed_up, outside, settings):
    """The role lost BYPASSRLS, or it is another one: pg_dump must not end well with an empty vault."""
    settings.DATABASE_BACKUP = settings.DATABASE_BACKUP | {"USER": "portal_owner"}

    with pytest.raises(CommandError, match="pg_dump failed"):
        call_command("backup", str(outside.backups))

    assert not [path for path in outside.backups.iterdir() if (path / manifests.NAME).exists()]


def test_no_password_is_on_a_command_line(monkeypatch, settings):
    seen = {}

    def run(command, **options):
        seen.update(command=command, env=options["env"])
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(programs.subprocess, "run", run)

    params = {"password": "open sesame", "host": "db", "sslmode": "require"}
    programs.run_program("pg_dump", "--file=x", tools=programs.ClientPrograms(Path("/bin"), 18), params=params)

    assert "open sesame" not in str(seen["command"])
    assert (seen["env"]["PGPASSWORD"], seen["env"]["PGSSLMODE"]) == ("open sesame", "require")


def test_stamps_tell_their_age():
    moment = datetime(2026, 1, 10, tzinfo=UTC)

    assert making.is_older("2026-01-02T235959.000000Z", moment - making.KEYS_KEPT)
    assert not making.is_older("2026-01-03T000001.000000Z", moment - making.KEYS_KEPT)
    assert not making.is_older("somebody's", moment)
