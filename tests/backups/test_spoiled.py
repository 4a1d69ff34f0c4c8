"""The application spoils no backup with what is its own; and a backup is restored on trial before it is kept."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from consents.ops.backups import programs
from tests.architecture.mutation.speaking import application_speaking
from tests.backups.restoring import restore


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
