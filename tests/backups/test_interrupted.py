"""A restoration that is killed lets nobody in, whoever repairs roles meanwhile, and is finished by the next."""

from collections.abc import Callable

import psycopg
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError
from django.db import OperationalError, connection
from django.db.backends.signals import connection_created
from procrastinate.contrib.django.utils import connector_params
from psycopg.conninfo import make_conninfo

from consents.core import roles
from consents.ledger.models import Entry, Restoration
from consents.ops.backups import programs, reopening, restoring
from consents.ops.backups.restoring import BackupRestoration
from consents.ops.running import portal
from consents.ops.running.checks import check_database
from consents.people.models import Customer, User
from tests.backups.restoring import restore
from tests.world.erasing import erase

# Every step until everything is loaded, and every one after it.
LOADING = [(restoring, "forbid_connections"), (restoring, "wait_until_alone"), (BackupRestoration, "load")]
OPENING = [
    (BackupRestoration, "compare_counts"),
    (BackupRestoration, "let_in"),
    (BackupRestoration, "migrate"),
    (reopening, "reapply_lines"),
    (BackupRestoration, "reapply"),
    (BackupRestoration, "seal"),
    (BackupRestoration, "verify"),
]


class Killed(BaseException):
    """Nothing is caught and tidied up on its way."""


def killing(step: Callable) -> Callable:
    def run_and_die(*args: object, **named: object) -> None:
        step(*args, **named)
        raise Killed

    return run_and_die


def repair_roles() -> None:
    """As make_roles does, and the embedded server."""
    roles.create_database(make_conninfo(**programs.as_owner()), connection.settings_dict["NAME"])


def assert_nobody_is_served() -> None:
    with pytest.raises(ImproperlyConfigured, match=r"being restored|up to date|lets nobody in"):
        check_database()
    portal.serve_nobody_early()
    try:
        with pytest.raises(OperationalError):
            User.objects.count()
    finally:
        connection_created.disconnect(dispatch_uid="consents.serve_nobody_early")
        connection.close()


def test_one_that_was_killed_serves_nobody_and_is_finished_by_the_next(
    backed_up, loaded_backup, elsewhere, monkeypatch
):
    """Killed after each step, by a run that had taken up what the last one left. Once it is loaded, what was agreed to
    be lost is not asked again; nor is what a killed run has sealed taken for a loss. While the portal is connected,
    nothing is loaded."""
    erase(backed_up, backed_up.cas)
    elsewhere()
    with monkeypatch.context() as patch, psycopg.connect(**connector_params()) as speaking:
        patch.setattr(reopening, "WAIT_SECONDS", 0.2)
        with pytest.raises(CommandError, match="still connected"):
            restore(loaded_backup, "--accept-loss")
        assert speaking.execute("SELECT to_regclass('ledger_entry')").fetchone() == (None,)
    for where, name in [*LOADING, *OPENING]:
        with monkeypatch.context() as patch, pytest.raises(Killed):
            patch.setattr(where, name, killing(getattr(where, name)))
            restore(loaded_backup, *(["--accept-loss"] if (where, name) in LOADING else []))
        connection.close()

        assert_nobody_is_served()
        repair_roles()
        assert_nobody_is_served()

    said = restore(loaded_backup)

    check_database()
    assert Customer.objects.get(pk=backed_up.cas.customer.id).erased_at
    assert Entry.objects.filter(event="customer.erased").count() == 1
    restoration = Restoration.objects.get()
    assert restoration.opened_at and restoration.lost_size is None and "are lost, at least 1." in said


def test_what_was_loaded_in_part_is_not_there(backed_up, made_backup, elsewhere, monkeypatch):
    """Killed between data and keys."""
    elsewhere()
    written = programs.write_piece

    def die(piece, *args):
        if piece == programs.LAST:
            raise Killed
        return written(piece, *args)

    with monkeypatch.context() as patch:
        patch.setattr(programs, "write_piece", die)
        with pytest.raises(Killed):
            restore(made_backup)

    with programs.connect_as(programs.as_owner()) as owner:
        assert owner.execute("SELECT to_regclass('ledger_entry')").fetchone() == (None,)
        may_make = "SELECT has_schema_privilege('portal_vault_writer', 'public', 'CREATE')"
        assert owner.execute(may_make).fetchone() == (False,)

        restore(made_backup)

        assert owner.execute(may_make).fetchone() == (False,)
    check_database()


@pytest.mark.parametrize("piece", ["SELECT 1/0;", "COMMIT; SELECT gone();"])
def test_a_statement_that_fails_is_told_of(backed_up, made_backup, elsewhere, monkeypatch, outside, piece):
    elsewhere()
    monkeypatch.setattr(programs, "FIRST", f"BEGIN; {piece}\n")

    with pytest.raises(CommandError, match="could not be loaded") as refused:
        restore(made_backup)

    assert refused.value.returncode == 2
    assert "ERROR" in (outside.backups.parent / "backup.log").read_text()
    assert_nobody_is_served()


def test_rows_that_are_missing_keep_it_closed(backed_up, loaded_backup, elsewhere, monkeypatch):
    elsewhere()
    with monkeypatch.context() as patch:
        patch.setattr("consents.ops.backups.programs.count_rows", lambda reader, table: 0)
        for _ in range(2):
            with pytest.raises(CommandError, match="as many rows"):
                restore(loaded_backup)
            repair_roles()

    with programs.connect_as(programs.as_owner()) as owner:
        assert owner.execute(restoring.LETS_IN).fetchone() == (False,)
        # Whoever lets the application in by hand finds that nobody is served all the same.
        owner.execute(restoring.build_connect_statement("GRANT {} TO {app}", owner))
    with pytest.raises(ImproperlyConfigured, match="being restored"):
        check_database()
    assert_nobody_is_served()
