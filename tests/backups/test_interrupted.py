"""A restoration that is killed lets nobody in, whoever repairs roles meanwhile, and is finished by the next."""

from collections.abc import Callable

import psycopg
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.backends.signals import connection_created
from procrastinate.contrib.django.utils import connector_params
from psycopg.conninfo import make_conninfo

from consents.access.models import Grant
from consents.access.rules import GrantEnd
from consents.catalogue.models import PurposeVersion
from consents.catalogue.services import publishing, versions
from consents.copies.models import Package
from consents.copies.services import packages
from consents.core import roles
from consents.decisions.selectors import decide_use
from consents.disclosures.services import disclose_own_copy
from consents.law.kinds import Type
from consents.ledger.models import Entry, Restoration
from consents.ledger.rules import PORTAL, Actor
from consents.notifications.models import Message
from consents.ops.backups import programs, reopening, restoring
from consents.ops.backups.restoring import BackupRestoration
from consents.ops.running import portal
from consents.ops.running.checks import check_database
from consents.people.models import Customer, User
from consents.rights.models import RightsRequest
from consents.rights.services import erasing
from consents.vault import selectors as vault
from consents.vault.rules import Remainder
from tests.backups.restoring import restore
from tests.backups.stories import tell_from_before
from tests.world.cast import make_customer, put_in_vault, quinn
from tests.world.erasing import actor, erase
from tests.world.rights_requests import answer as grant_right
from tests.world.rights_requests import file, search

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


# What began before the backup and ended after it: an erased part stays away, a lost text closes its purpose.


def erase_part(world, person) -> RightsRequest:
    """All but their orders."""
    request = file(person, Type.ERASURE)
    search(world, request)
    about = {"rights_request": request.pk, "officer": world.pia, "by": actor(world.pia)}
    erasing.propose_partial_erasure(**about, kept=["orders"], law="GDPR Art 17(3)(b), AO 147")
    return request


def confirm_part(world, request) -> None:
    erasing.confirm_partial_erasure(rights_request=request.pk, officer=world.otto, by=actor(world.otto))


def copy_everything(world) -> Package:
    """Of what Ada's is, before a part is erased."""
    copied = file(world.ada, Type.ACCESS)
    search(world, copied)
    grant_right(world, copied)
    return packages.make_package(rights_request=copied.pk)


def find_part_erased(customer) -> Entry:
    """The one there is."""
    return Entry.objects.get(event="customer.part_erased", customer=customer.id)


def assert_the_part_stays_away(world, package: Package, done: Entry) -> None:
    assert find_part_erased(world.ada.customer).facts["original"] == bytes(done.hash).hex()
    copy = disclose_own_copy(customer=world.ada.customer.id, by=world.ada.actor)
    assert set(copy.records) == {world.categories["orders"].pk}
    assert vault.get_remainders(world.ada.customer.id) == {
        "contact": Remainder.NOTHING,
        "health": Remainder.NOTHING,
        "orders": Remainder.KEPT,
    }
    assert {one.end for one in Grant.objects.filter(access_request=world.running.pk)} == {GrantEnd.COMPANY}
    package.refresh_from_db()
    assert package.removed_at and package.sealed_data is None
    with pytest.raises(IntegrityError, match="deleted for good"), transaction.atomic():
        put_in_vault(world.ada.customer, world.categories["contact"], {"name": "Ada again"})


def a_part_that_was_asked_for_before_the_backup_stays_away(world):
    package, request = copy_everything(world), erase_part(world, world.ada)
    yield
    confirm_part(world, request)
    done = find_part_erased(world.ada.customer)

    yield

    assert_the_part_stays_away(world, package, done)
    request.refresh_from_db()
    assert (request.outcome, request.denial_legal_basis) == ("complied_part", "GDPR Art 17(3)(b), AO 147")
    assert not Message.objects.filter(kind="rights_request_answered", context__number=request.number)


def a_part_that_was_asked_for_after_it_stays_away(world):
    package = copy_everything(world)
    yield
    confirm_part(world, erase_part(world, world.ada))
    done = find_part_erased(world.ada.customer)

    yield

    assert_the_part_stays_away(world, package, done)


def of_the_erased_whole_no_part_is_erased_again(world):
    fay = make_customer("C-1007", "fay@example.com")
    for kind in ("contact", "orders"):
        put_in_vault(fay.customer, world.categories[kind], {"name": "Fay"})
    request = erase_part(world, fay)
    yield
    confirm_part(world, request)
    erase(world, fay)

    yield

    assert Customer.objects.get(pk=fay.customer.id).erased_at
    request.refresh_from_db()
    assert request.outcome == "complied_part"


def a_draft_that_was_published_since_is_lost_with_its_number(world):
    draft, use = versions.draft_next_version(purpose=world.purpose, officer=quinn(), by=PORTAL), {"purpose": "support"}
    use |= {"customer": world.cas.customer.id, "category": "orders"}
    assert decide_use(**use).allowed
    yield
    publishing.publish_version(version=draft, officer=world.pia.user, by=Actor("staff", str(world.pia.pk)))

    yield

    assert PurposeVersion.objects.get(pk=draft.pk).lost
    assert not decide_use(**use).allowed
    assert versions.draft_next_version(purpose=world.purpose, officer=quinn(), by=PORTAL).number == 3


BEGUN_BEFORE = {
    "a part and a whole": (
        [a_part_that_was_asked_for_before_the_backup_stays_away, of_the_erased_whole_no_part_is_erased_again],
        ["Done again: customer.part_erased, 2 times.", "Done again: customer.erased, 1 time."],
    ),
    "a part and a text": (
        [a_part_that_was_asked_for_after_it_stays_away, a_draft_that_was_published_since_is_lost_with_its_number],
        ["Done again: customer.part_erased, 1 time."],
    ),
}


@pytest.mark.parametrize("name", BEGUN_BEFORE)
def test_what_began_before_the_backup_ends_after_it(backed_up, backup, elsewhere, name):
    stories, told = BEGUN_BEFORE[name]

    said = tell_from_before(*stories, world=backed_up, backup=backup, elsewhere=elsewhere)

    assert all(sentence in said for sentence in told)
    call_command("verify_ledger")
    call_command("rebuild_state", "--check")
    check_database()
