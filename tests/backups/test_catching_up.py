"""A failover to a replica that lagged: nobody is served from the older state before every no of since holds again."""

from collections.abc import Callable, Iterator
from io import StringIO

import psycopg
import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.backends.signals import connection_created
from psycopg.conninfo import make_conninfo
from psycopg.sql import SQL, Identifier

from consents.access.models import Grant
from consents.access.rules import GrantEnd
from consents.access.services import ending
from consents.choices.services import answering, withdrawing
from consents.core import keys, roles, safeguards
from consents.core.signing import load_public_keys
from consents.decisions.selectors import decide_use
from consents.ledger import checkpoints, rules
from consents.ledger.models import Entry, Restoration
from consents.ledger.rules import PORTAL
from consents.ledger.services import appending, sealing
from consents.ops import index_rotation
from consents.ops.backups import programs, reopening
from consents.ops.monitoring.readiness import check_readiness
from consents.ops.running import from_outside, portal
from consents.ops.running.checks import check_database
from consents.people import selectors
from consents.people.models import Customer, User
from tests.backups.restoring import drop_database
from tests.world.cast import ask
from tests.world.erasing import erase
from tests.world.ground import ground
from tests.world.rotations import OwnKeys


@pytest.fixture
def lagging(transactional_db, monkeypatch) -> Iterator[Callable[[], Callable[[], None]]]:
    """`fail_over = lagging()` copies the database as it is; `fail_over()` lets Django speak to the copy."""
    monkeypatch.setattr(sealing, "identify_database", lambda: "that of the primary")  # as on a replica
    kept = connection.settings_dict
    name = f"{kept['NAME']}_replica"
    owner = make_conninfo(**programs.as_owner())

    def run(statement: str, **names: str) -> None:
        connection.close()
        with psycopg.connect(owner, dbname="postgres", autocommit=True) as speaking:
            speaking.execute(SQL(statement).format(**{key: Identifier(value) for key, value in names.items()}))

    def copy() -> Callable[[], None]:
        drop_database(owner, name)
        ground.fall_silent()  # nobody else speaks to a database that is copied
        run("CREATE DATABASE {name} TEMPLATE {source} STRATEGY FILE_COPY", name=name, source=kept["NAME"])
        roles.create_database(owner, name)  # a copy by template leaves out who may connect
        run("GRANT CONNECT ON DATABASE {name} TO portal_app", name=name)
        with psycopg.connect(owner, dbname=name) as speaking:  # as `migrate` does in a database made so
            safeguards.record_kinds(speaking.cursor(), ("database",))
        return fail_over

    def fail_over() -> None:
        connection.close()
        connection.settings_dict = kept | {"NAME": name}

    yield copy
    connection.close()
    connection.settings_dict = kept
    drop_database(owner, name)


@pytest.fixture
def serves() -> Iterator[Callable[[], None]]:
    """This process serves, as one does that was started long ago."""
    from_outside.watch.__init__()
    yield portal.serve_nobody_early
    connection_created.disconnect(dispatch_uid="consents.serve_nobody_early")
    from_outside.watch.__init__()


def work(settings, outside) -> None:
    """What the worker does every minute."""
    sealing.seal_entries(keys=settings.PORTAL_KEYS, storage=outside.checkpoints)
    appending.write_waiting_entries()
    appending.sign_journal_head(keys=settings.PORTAL_KEYS, storage=outside.checkpoints)


def close_everything(world) -> None:
    erase(world, world.cas)
    ending.stop_access(access_request=world.running.pk, customer=world.ada.customer.id, by=world.ada.actor)
    withdrawing.withdraw_consent(customer=world.ada.customer.id, purpose="support", by=world.ada.actor)


def catch_up(*options: str) -> str:
    out = StringIO()
    call_command("catch_up", *options, stdout=out)
    return out.getvalue()


def test_nobody_is_served_from_an_older_state_and_then_every_no_holds(backed_up, outside, settings, lagging, serves):
    """Sealing goes on under another name, and says what is lost."""
    work(settings, outside)
    fail_over = lagging()
    close_everything(backed_up)
    work(settings, outside)
    serves()
    assert User.objects.exists()

    fail_over()

    with pytest.raises(portal.BeingRestored):
        User.objects.count()
    assert check_readiness() == {"restoration": "unfinished"}
    connection_created.disconnect(dispatch_uid="consents.serve_nobody_early")
    with pytest.raises(ImproperlyConfigured, match="catch_up"):
        from_outside.check_outside()
    assert Customer.objects.get(pk=backed_up.cas.customer.id).erased_at is None
    with pytest.raises(sealing.LedgerMismatch):
        sealing.seal_entries(keys=settings.PORTAL_KEYS, storage=outside.checkpoints)

    said = catch_up("--accept-loss")

    assert "Done again: customer.erased, 1 time." in said
    assert "Done again: consent.withdrawn, 1 time." in said
    assert "of the log are lost, at least" in said
    assert Customer.objects.get(pk=backed_up.cas.customer.id).erased_at
    assert Grant.objects.get(access_request=backed_up.running.pk).end == GrantEnd.STOPPED
    assert not decide_use(customer=backed_up.ada.customer.id, category="orders", purpose="support").allowed
    check_database()
    from_outside.check_outside()
    serves()
    assert User.objects.exists()
    assert check_readiness()["outside"] == "ok"
    assert_what_is_lost_is_stated(settings, outside)


def assert_what_is_lost_is_stated(settings, outside) -> None:
    work(settings, outside)
    [(_name, stated)] = rules.read_statements(outside.checkpoints, load_public_keys(settings.PORTAL_KEYS))
    newest = checkpoints.read_note(outside.checkpoints, checkpoints.find_newest_checkpoint(outside.checkpoints))
    assert stated.lost_size > stated.size
    assert checkpoints.parse_checkpoint(newest).origin.endswith("/ledger/2")
    call_command("verify_ledger", stdout=StringIO())


@pytest.mark.timeout(300)
def test_a_comparison_that_connects_anew_does_not_wait_for_itself(backed_up, outside, settings, serves):
    work(settings, outside)
    serves()
    connection.close()

    assert from_outside.watch.describe() == "ok"


def test_nothing_happens_to_a_database_that_holds_everything(backed_up, outside, settings):
    work(settings, outside)

    assert "nothing to catch up" in catch_up()
    assert not Restoration.objects.exists()


def test_what_was_lost_without_closing_anything_stops_the_portal_too(backed_up, outside, settings, lagging, serves):
    """The journal tells of nothing new, the checkpoints do. Lost it is only when somebody says so."""
    work(settings, outside)
    fail_over = lagging()
    ask(backed_up, "contact")
    answering.give_consent(
        customer=backed_up.ben.customer.id, purpose="support", version=backed_up.version.pk, by=backed_up.ben.actor
    )
    work(settings, outside)
    serves()
    fail_over()

    with pytest.raises(portal.BeingRestored):
        User.objects.count()
    assert check_readiness() == {"restoration": "unfinished"}
    connection_created.disconnect(dispatch_uid="consents.serve_nobody_early")
    with pytest.raises(CommandError, match="--accept-loss"):
        catch_up()
    assert not Restoration.objects.exists()


def test_lines_past_the_last_signed_head_are_done_again_only_when_somebody_says_so(
    backed_up, outside, settings, lagging
):
    work(settings, outside)
    fail_over = lagging()
    close_everything(backed_up)  # journalled at once, not signed yet
    fail_over()

    with pytest.raises(CommandError, match="--beyond-the-last-head"):
        catch_up("--accept-loss")
    assert "Done again: customer.erased" in catch_up("--accept-loss", "--beyond-the-last-head")


class Killed(BaseException):
    pass


def kill(*_args: object, **_named: object) -> None:
    raise Killed


def test_one_that_was_refused_or_killed_serves_nobody_and_is_finished_by_the_next(
    backed_up, outside, settings, lagging, monkeypatch
):
    """Refused while the portal is connected; then killed before each step, by a run that had taken up the last."""
    work(settings, outside)
    fail_over = lagging()
    close_everything(backed_up)
    work(settings, outside)
    fail_over()
    monkeypatch.setattr(reopening, "WAIT_SECONDS", 0.2)
    with psycopg.connect(**connection.get_connection_params()), pytest.raises(CommandError, match="still connected"):
        catch_up("--accept-loss")
    for where in [
        *(f"catching_up.{step}" for step in ("forbid_connections", "wait_until_alone")),
        *(f"reopening.{step}" for step in ("reapply_lines", "record_restoration")),
    ]:
        with monkeypatch.context() as patch, pytest.raises(Killed):
            patch.setattr(f"consents.ops.backups.{where}", kill)
            catch_up("--accept-loss")
        with pytest.raises(ImproperlyConfigured, match="being restored"):
            check_database()

    catch_up("--accept-loss")

    check_database()
    assert Entry.objects.filter(event="customer.erased").count() == 1
    assert Entry.objects.filter(event="ledger.restored").count() == 1


def test_a_database_of_another_ledger_is_refused(backed_up, outside, settings, lagging):
    fail_over = lagging()
    close_everything(backed_up)
    work(settings, outside)
    fail_over()
    sealing.seal_entries(keys=settings.PORTAL_KEYS, storage=EmptyStorage())

    with pytest.raises(CommandError, match="belong to another ledger"):
        catch_up("--accept-loss")  # the database has a checkpoint of its own by now


class EmptyStorage:
    """A place of somebody else's, that is empty."""

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        return [], []

    def exists(self, name: str) -> bool:
        return True


def test_a_backup_that_is_being_restored_is_not_caught_up(backed_up, outside, settings):
    with programs.connect_as(programs.as_owner()) as owner:
        owner.execute(reopening.BEGUN, ["2026-11-26T000000", 0, None, None, "", None])
        try:
            with pytest.raises(CommandError, match=r"manage\.py restore"):
                catch_up()
        finally:
            owner.execute("ALTER TABLE ledger_restoration DISABLE TRIGGER USER")
            owner.execute("DELETE FROM ledger_restoration")
            owner.execute("ALTER TABLE ledger_restoration ENABLE TRIGGER USER")


@pytest.mark.parametrize("moved", ["nothing", "addresses", "records"])
def test_a_rotation_of_the_index_key_goes_on_after_a_failover(
    backed_up, outside, settings, lagging, tmp_path, monkeypatch, moved
):
    """The database is again amid the rotation, which had gone on, and an erasure had come."""
    OwnKeys(tmp_path / "keys", monkeypatch).add_index_key()
    rotate_until(moved)
    work(settings, outside)
    fail_over = lagging()
    close_everything(backed_up)
    index_rotation.continue_rotation(limit=1000, by=PORTAL)
    work(settings, outside)
    fail_over()
    assert index_rotation.is_rotation_due()

    catch_up("--accept-loss")
    index_rotation.continue_rotation(limit=1000, by=PORTAL)

    assert Customer.objects.get(pk=backed_up.cas.customer.id).erased_at
    assert selectors.select_by_address(backed_up.ada.user.email).get().pk == backed_up.ada.customer.id
    assert not index_rotation.is_rotation_due()
    call_command("verify_ledger", stdout=StringIO())


def rotate_until(kind: str) -> None:
    """Stop the rotation once these are moved."""
    keyring, moved = keys.load_keyring(settings.PORTAL_KEYS), index_rotation.Moved()
    for _done in index_rotation.move_everything(keyring, 1000, PORTAL, moved) if kind != "nothing" else ():
        if kind in moved.values:
            break
    assert kind in {"nothing", *moved.values}
