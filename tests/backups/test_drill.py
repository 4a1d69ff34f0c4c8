"""The drill: yesterday's backup, restored after an erasure, a withdrawal, a stop and a no, brings none of it back."""

import asyncio
import re
import shutil
from types import SimpleNamespace
from unittest.mock import Mock
from uuid import UUID

import psycopg
import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.db.backends.signals import connection_created
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.contrib.django.utils import connector_params

from consents.access import services as access
from consents.access.models import AccessRequest, Grant
from consents.access.rules import Decision, End, State
from consents.access.services.answering import Reply
from consents.backups import making, restoring
from consents.choices import services as choices
from consents.choices.models import Choice, Status
from consents.core.signing import signer
from consents.decisions.selectors import may_use
from consents.disclosures.services import MayNotLook, disclose, disclose_own
from consents.ledger import checkpoints, journal, services
from consents.ledger.models import Entry, Restoration
from consents.ledger.rules import PORTAL, Actor
from consents.ledger.services import journalling
from consents.notifications import services as notifications
from consents.notifications.delivery import deliver
from consents.notifications.models import Message
from consents.notifications.rules import HELD
from consents.people import keys, selectors
from consents.people import services as people
from consents.people.models import Acting, Customer, CustomerKey, StaffMember, User
from consents.rights import services as rights
from consents.rights.models import RightsRequest
from consents.rights.rules.kinds import Type
from consents.running import serving as serving_programs
from consents.running.checks import check_database
from consents.vault import selectors as vault
from consents.vault.models import Fingerprint
from consents.vault.rules import Left
from portal.views import readiness
from tests.backups.conftest import restore
from tests.cast import answer, ask, make_customer, make_user, put_in_vault, signed_in
from tests.people.test_erasing import actor, erase
from tests.rights.conftest import answer as grant_right
from tests.rights.conftest import file, search


def close_everything(world) -> None:
    """What happens after the backup."""
    erase(world, world.cas)
    access.stop(request=world.running.pk, customer=world.ada.customer.id, by=world.ada.actor)
    choices.withdraw(customer=world.ada.customer.id, purpose="support", by=world.ada.actor)
    request = AccessRequest.objects.get(pk=world.waiting.pk)
    access.answer(
        request=request.pk,
        reply=Reply(Decision.NONE, request.digest, request.token),
        acting=world.ben.acting,
        by=world.ben.actor,
    )
    people.end_staff(member=world.kim, by=PORTAL)


def test_an_account_that_joined_the_record_later_is_closed_again(lived_in, backup, elsewhere):
    """In the backup it acts for the empty record it began with, and knows nothing of the one that was erased."""
    world = lived_in
    record = people.open_record(reference="C-77", by=PORTAL)
    code = people.make_claim_code(customer=record, officer=world.pia.user, by=actor(world.pia))
    dora = make_user("dora@example.com")
    begun = people.arrive(user=dora, by=Actor("customer", str(dora.pk)))
    folder = backup()
    people.claim_by_code(user=dora, code=code, by=Actor("customer", str(dora.pk)))
    erase(world, SimpleNamespace(customer=record))
    elsewhere()

    restore(folder, "--accept-loss")

    account = User.objects.get(pk=dora.pk)
    assert account.closed_at and account.email == f"{dora.pk}@erased.invalid"
    assert not EmailAddress.objects.filter(user=account).exists()
    assert not Acting.objects.filter(user=account, ends_at=None).exists()
    assert Customer.objects.get(pk=record.pk).erased_at
    assert Customer.objects.get(pk=begun.pk).address_hash is None and selectors.find("dora@example.com") == []


def test_an_account_older_than_its_erased_record_is_closed_again(lived_in, backup, elsewhere):
    """The record was opened after the backup and does not come back; who signed in does not either."""
    world = lived_in
    dora = make_user("dora@example.com")
    folder = backup()
    record = people.arrive(user=dora, by=Actor("customer", str(dora.pk)))
    erase(world, SimpleNamespace(customer=record))
    elsewhere()

    restore(folder, "--accept-loss")

    assert User.objects.get(pk=dora.pk).closed_at
    assert not EmailAddress.objects.filter(user=dora.pk).exists()
    assert Entry.objects.filter(event="account.closed", object=str(dora.pk)).count() == 1


def test_who_was_recorded_and_erased_since_is_not_brought_back_by_the_next_list(lived_in, backup, elsewhere):
    folder = backup()
    erase(lived_in, make_customer("C-77", "dora@example.com"))
    erase(lived_in, SimpleNamespace(customer=people.open_record(reference="C-78", by=PORTAL)))
    erase(lived_in, lived_in.cas)
    elsewhere()

    restore(folder, "--accept-loss")

    listed = [people.Listed(reference) for reference in ("C-77", "C-78", "C-1003", "C-79")]
    assert people.record_customers(listed=listed, by=PORTAL).new == 1
    assert set(Customer.objects.filter(reference__in=["C-77", "C-78", "C-1003", "C-79"]).values_list("reference")) == {
        ("C-79",)
    }


def originals(event: str) -> set[str]:
    """Hashes of what was done again."""
    return {entry.facts["original"] for entry in Entry.objects.filter(event=event) if "original" in entry.facts}


def test_nothing_comes_back(lived_in, backup, elsewhere, outside, settings, capsys):
    world, grant = lived_in, lived_in.running.grants.get(category__code="orders")
    folder = backup()
    close_everything(world)
    services.seal(keys=settings.PORTAL_KEYS, storage=outside.checkpoints)
    erased = bytes(Entry.objects.get(event="customer.erased").hash).hex()
    elsewhere()

    with pytest.raises(CommandError, match="at least the last"):
        restore(folder)
    said = restore(folder, "--accept-loss")

    cas = Customer.objects.get(pk=world.cas.customer.id)
    assert cas.erased_at and cas.reference is None and not Fingerprint.objects.filter(customer=cas).exists()
    with pytest.raises(CustomerKey.DoesNotExist):
        keys.of(cas.id)
    assert not User.objects.get(pk=world.cas.user.pk).is_active
    assert originals("customer.erased") == {erased}

    assert Choice.objects.get(customer=world.ada.customer).status == Status.WITHDRAWN
    assert not may_use(customer=world.ada.customer.id, category="orders", purpose="support").allowed
    assert {one.end for one in Grant.objects.filter(request=world.running.pk)} == {End.STOPPED}
    with pytest.raises(MayNotLook):
        disclose(grant=grant.pk, staff=world.sam.pk, by=Actor("staff", str(world.sam.pk)))
    assert AccessRequest.objects.get(pk=world.waiting.pk).state == State.DENIED
    assert StaffMember.objects.get(pk=world.kim.pk).ended_at

    assert "Done again: customer.erased, 1 times." in said
    assert re.search(r"The database is open, after \d+\.\d seconds", said)
    call_command("verify_ledger")
    assert "checkpoints are of entries that a restoration lost" in capsys.readouterr().out
    call_command("rebuild_state", "--check")
    check_database()
    assert set(readiness().values()) == {"ok"}


def erase_part(world) -> RightsRequest:
    """All but Ada's orders, and a copy of everything that was made before."""
    request = file(world.ada, Type.ERASURE)
    search(world, request)
    about = {"request": request.pk, "officer": world.pia, "by": actor(world.pia)}
    rights.propose_part(**about, kept=["orders"], law="GDPR Art 17(3)(b), AO 147")
    return request


def confirm_part(world, request) -> None:
    rights.erase_part(request=request.pk, officer=world.otto, by=actor(world.otto))


@pytest.mark.parametrize("asked", ["before the backup", "after it"])
def test_a_part_that_was_erased_stays_away(lived_in, backup, elsewhere, asked, capsys):
    world, ada = lived_in, lived_in.ada.customer.id
    copied = file(world.ada, Type.ACCESS)
    search(world, copied)
    grant_right(world, copied)
    package = rights.make_package(request=copied.pk)
    request = erase_part(world) if asked == "before the backup" else None
    folder = backup()
    confirm_part(world, request or erase_part(world))
    done = bytes(Entry.objects.get(event="customer.part_erased").hash).hex()
    elsewhere()

    said = restore(folder, "--accept-loss")

    assert "Done again: customer.part_erased, 1 times." in said and originals("customer.part_erased") == {done}
    copy = disclose_own(customer=ada, by=world.ada.actor)
    assert set(copy.records) == {world.categories["orders"].pk}
    assert vault.left_of(ada) == {"contact": Left.NOTHING, "health": Left.NOTHING, "orders": Left.KEPT}
    assert {one.end for one in Grant.objects.filter(request=world.running.pk)} == {End.COMPANY}
    package.refresh_from_db()
    assert package.removed_at and package.sealed_data is None
    with pytest.raises(IntegrityError, match="deleted for good"):
        put_in_vault(world.ada.customer, world.categories["contact"], {"name": "Ada again"})
    if request:
        request.refresh_from_db()
        assert (request.outcome, request.denial_legal_basis) == ("complied_part", "GDPR Art 17(3)(b), AO 147")
    assert not Message.objects.filter(kind="rights_request_answered", context__number=getattr(request, "number", ""))
    call_command("verify_ledger")
    call_command("rebuild_state", "--check")
    check_database()


def test_of_the_erased_whole_no_part_is_erased_again(lived_in, backup, elsewhere):
    request = erase_part(lived_in)
    folder = backup()
    confirm_part(lived_in, request)
    erase(lived_in)
    elsewhere()

    said = restore(folder, "--accept-loss")

    assert "customer.part_erased, 1 times" in said and "customer.erased, 1 times" in said
    assert Customer.objects.get(pk=lived_in.ada.customer.id).erased_at
    request.refresh_from_db()
    assert request.outcome == "complied_part"


def send_all() -> set[str]:
    """Message-IDs of what the jobs hand over."""
    mail.outbox.clear()
    for job in ProcrastinateJob.objects.filter(queue_name="mail", status="todo"):
        deliver(message=UUID(job.args["message"]))
    return {one.extra_headers["Message-ID"] for one in mail.outbox}


def test_mail_that_went_out_after_the_backup_does_not_go_out_again(lived_in, backup, elsewhere):
    world = lived_in
    with transaction.atomic():
        notifications.queue_account_mail(to="ada@example.com", subject="Your code", body="ABC-DEF")
    waiting = set(Message.objects.filter(sent_at=None).values_list("pk", flat=True))
    folder = backup()
    first = send_all()
    assert len(first) == len(waiting) > 1
    access.stop(request=world.running.pk, customer=world.ada.customer.id, by=world.ada.actor)
    elsewhere()

    said = restore(folder, "--accept-loss")

    assert f"Mails that waited in the backup, not sent again: {len(waiting)}." in said
    assert Entry.objects.get(event="ledger.restored").facts["mails_held"] == len(waiting)
    held = Message.objects.filter(outcome=HELD)
    assert set(held.values_list("pk", flat=True)) == waiting and not held.exclude(sealed=None).exists()
    again = send_all()
    assert again and not again & first, "What doing the stop again tells of, and nothing of before."
    listed = signed_in(world.pia.user).get("/admin/notifications/message/").content.decode()
    assert listed.count("Not sent again") == len(waiting) and "may have gone out since" in listed
    notifications.retry(message=held.filter(customer=world.ben.customer).get().pk, by=Actor("staff", str(world.pia.pk)))
    assert len(send_all() & first) == 1


def test_what_the_journal_alone_knows_is_lost_too(lived_in, backup, elsewhere):
    """Nothing was sealed since the backup. The proposal is gone, and what it ended in tells that something is."""
    folder = backup()
    erase(lived_in, lived_in.cas)
    elsewhere()

    with pytest.raises(CommandError, match="The journal outside tells of 1 entries that this backup does not hold"):
        restore(folder)
    assert connection.introspection.table_names() == []
    said = restore(folder, "--accept-loss")

    assert "are lost, at least 1." in said
    told = Entry.objects.get(event="ledger.restored")
    assert (told.outcome, told.facts["lost"]) == ("with_loss", 1)
    assert not Entry.objects.filter(event="erasure.proposed").exists()
    assert services.origin().endswith("/ledger") and Restoration.objects.get().statement == ""


def test_what_waited_for_the_journal_in_the_backup_is_not_lost(lived_in, backup, elsewhere, monkeypatch):
    """It ended while the backup was made: inside it, and a line of the journal after it."""
    dump = making.dump

    def end_and_dump(*args: object) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(journalling, "catch_up", lambda: None)
            people.end_staff(member=lived_in.kim, by=PORTAL)
        dump(*args)

    with monkeypatch.context() as patch:
        patch.setattr(making, "dump", end_and_dump)
        folder = backup()
    assert services.catch_up() == 2
    elsewhere()

    said = restore(folder)

    assert "lost" not in said and "Done again" not in said
    assert StaffMember.objects.get(pk=lived_in.kim.pk).ended_at


def test_what_was_not_closed_is_as_it_was(lived_in, backup, elsewhere):
    world = lived_in
    folder = backup()
    elsewhere()

    said = restore(folder)

    assert "Done again" not in said and "lost" not in said
    grant = Grant.objects.get(request=world.running.pk, category__code="orders")
    seen = disclose(grant=grant.pk, staff=world.sam.pk, by=Actor("staff", str(world.sam.pk)))
    assert [record["item"] for record in seen.records] == ["Blue lamp", "Chair"]
    assert services.origin().endswith("/ledger") and Restoration.objects.get().statement == ""
    answer(world, ask(world, "contact"), "all")
    assert User.objects.filter(email="nobody@example.com").exists()


def test_the_log_goes_on_and_can_be_restored_again(lived_in, backup, elsewhere, outside, settings, capsys):
    world = lived_in
    folder = backup()
    erase(world, world.cas)
    services.seal(keys=settings.PORTAL_KEYS, storage=outside.checkpoints)
    elsewhere()
    restore(folder, "--accept-loss")
    assert services.origin().endswith("/ledger/2")

    # Consent given after the restoration is not taken back by what the journal told before it.
    choices.withdraw(customer=world.ada.customer.id, purpose="support", by=world.ada.actor)
    choices.give(customer=world.ada.customer.id, purpose="support", version=world.version.pk, by=world.ada.actor)
    later = backup()
    elsewhere()
    said = restore(later)

    assert "Done again" not in said
    assert Choice.objects.get(customer=world.ada.customer).status == Status.GIVEN
    assert services.origin().endswith("/ledger/2")

    # The first one again: what was made since is lost under its name too, and a third begins.
    elsewhere()
    with pytest.raises(CommandError, match="lost"):
        restore(folder)
    restore(folder, "--accept-loss")
    assert services.origin().endswith("/ledger/3")
    assert Choice.objects.get(customer=world.ada.customer).status == Status.WITHDRAWN
    assert Customer.objects.get(pk=world.cas.customer.id).erased_at
    call_command("verify_ledger")

    # And the second backup is of a history that was stated to be lost.
    elsewhere()
    with pytest.raises(CommandError, match="stated to be lost"):
        restore(later, "--accept-loss")


def cut_journal(outside) -> None:
    path = outside.journal / journal.NAME
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))


def lose_journal(outside) -> None:
    shutil.rmtree(outside.journal)


def change_journal(outside) -> None:
    path = outside.journal / journal.NAME
    path.write_text(path.read_text().replace("grant.ended", "grant.added", 1))


def lose_checkpoints(outside) -> None:
    shutil.rmtree(outside.checkpoints.location)


def cut_checkpoints(outside) -> None:
    for name in list(checkpoints.kept(outside.checkpoints)):
        outside.checkpoints.delete(name)


def change_checkpoint(outside) -> None:
    name = checkpoints.newest(outside.checkpoints)
    note = checkpoints.read(outside.checkpoints, name).replace("\n", "\n9", 1)
    outside.checkpoints.delete(name)
    outside.checkpoints.save(name, ContentFile(note.encode()))


@pytest.mark.parametrize(
    "spoil", [cut_journal, lose_journal, change_journal, lose_checkpoints, cut_checkpoints, change_checkpoint]
)
def test_what_is_outside_must_be_whole(lived_in, backup, elsewhere, outside, settings, spoil):
    folder = backup()
    access.stop(request=lived_in.running.pk, customer=lived_in.ada.customer.id, by=lived_in.ada.actor)
    services.seal(keys=settings.PORTAL_KEYS, storage=outside.checkpoints)
    services.witness(keys=settings.PORTAL_KEYS, storage=outside.checkpoints)
    elsewhere()
    spoil(outside)

    with pytest.raises(CommandError, match="Nothing was restored"):
        restore(folder, "--accept-loss")

    assert connection.introspection.table_names() == []


def test_a_cut_hidden_behind_a_later_head_is_noticed(lived_in, backup, elsewhere, outside, settings):
    """A head of the longer journal is kept; one of the shorter was signed a day later."""
    world = lived_in
    folder = backup()
    copy = (outside.journal / journal.NAME).read_bytes()
    access.stop(request=world.running.pk, customer=world.ada.customer.id, by=world.ada.actor)
    choices.withdraw(customer=world.ada.customer.id, purpose="support", by=world.ada.actor)
    services.witness(keys=settings.PORTAL_KEYS, storage=outside.checkpoints)
    (outside.journal / journal.NAME).write_bytes(copy)
    people.end_staff(member=world.kim, by=PORTAL)
    *_, last = journal.lines(outside.journal)
    sealed = checkpoints.Sealed(services.journal_name(), last.number, last.head.hash)
    note = checkpoints.signed(sealed, signer(settings.PORTAL_KEYS))
    checkpoints.publish(outside.checkpoints, f"journal/9999-01-01/{last.number:015d}-x.head", note)
    elsewhere()

    with pytest.raises(CommandError, match="The journal outside is missing, was cut"):
        restore(folder, "--accept-loss")


def spoil_dump(folder) -> None:
    path = folder / "database.dump"
    path.write_bytes(path.read_bytes()[:-1] + b"x")


def spoil_manifest(folder) -> None:
    path = folder / "manifest"
    path.write_text(path.read_text().replace('"entries":', '"entries":1', 1))


def lose_manifest(folder) -> None:
    (folder / "manifest").unlink()


def lose_keys(folder) -> None:
    (folder.parent / "keys" / f"{folder.name}.dump").unlink()


@pytest.mark.parametrize("spoil", [spoil_dump, spoil_manifest, lose_manifest, lose_keys])
def test_a_backup_must_be_ours_and_whole(lived_in, backup, elsewhere, spoil):
    folder = backup()
    elsewhere()
    spoil(folder)

    with pytest.raises(CommandError):
        restore(folder)

    assert connection.introspection.table_names() == []


def test_a_database_with_tables_is_left_alone(lived_in, backup):
    folder = backup()

    with pytest.raises(CommandError, match="not empty"):
        restore(folder)

    assert Customer.objects.filter(pk=lived_in.ada.customer.id).exists() and not Restoration.objects.exists()


def test_nobody_is_served_before_it_is_open_and_it_can_be_finished(lived_in, backup, elsewhere, monkeypatch):
    folder = backup()
    erase(lived_in, lived_in.cas)
    elsewhere()

    def interrupted(*_args: object) -> None:
        raise OSError

    monkeypatch.setattr("consents.backups.restoring.put_on_record", interrupted)
    with pytest.raises(CommandError):
        restore(folder, "--accept-loss")
    with pytest.raises(ImproperlyConfigured, match="being restored"):
        check_database()
    assert readiness()["restoration"] == "unfinished"
    monkeypatch.undo()

    restore(folder)

    check_database()
    assert Customer.objects.get(pk=lived_in.cas.customer.id).erased_at
    assert Entry.objects.filter(event="customer.erased").count() == 1


@pytest.fixture
def serving():
    """This process serves, as one does that was started long ago."""
    yield serving_programs.serve_nobody_early
    connection_created.disconnect(dispatch_uid="consents.serve_nobody_early")


def test_a_program_that_still_runs_is_refused_until_it_is_open(
    lived_in, backup, elsewhere, monkeypatch, serving, client
):
    folder = backup()
    erase(lived_in, lived_in.cas)
    elsewhere()
    monkeypatch.setattr("consents.backups.restoring.put_on_record", Mock(side_effect=OSError))
    with pytest.raises(CommandError):
        restore(folder, "--accept-loss")
    monkeypatch.undo()

    serving()
    with pytest.raises(serving_programs.BeingRestored):
        User.objects.count()
    assert connection.connection is None
    with pytest.raises(serving_programs.BeingRestored):
        disclose(grant=1, staff=lived_in.sam.pk, by=Actor("staff", str(lived_in.sam.pk)))
    assert readiness() == {"restoration": "unfinished"}
    with pytest.raises(psycopg.OperationalError, match="being restored"):
        asyncio.run(take_jobs(connector_params()))

    connection_created.disconnect(dispatch_uid="consents.serve_nobody_early")
    restore(folder, "--accept-loss")
    serving()
    assert User.objects.exists() and set(readiness().values()) == {"ok"}
    asyncio.run(take_jobs(connector_params()))


async def take_jobs(params: dict[str, object]) -> None:
    """As the worker's pool makes its connections."""
    async with await psycopg.AsyncConnection.connect(**params) as speaking:
        await serving_programs.refuse_unfinished_in_queue(speaking)


def test_nothing_is_loaded_while_the_portal_is_connected(lived_in, backup, elsewhere, monkeypatch):
    folder = backup()
    elsewhere()
    monkeypatch.setattr(restoring, "WAIT_SECONDS", 0.2)
    with psycopg.connect(**connector_params()) as speaking:
        with pytest.raises(CommandError, match="still connected"):
            restore(folder)
        assert speaking.execute("SELECT to_regclass('ledger_entry')").fetchone() == (None,)

    restore(folder)


def test_what_an_authority_found_invalid_stays_so(lived_in, backup, elsewhere):
    choice, pia = Choice.objects.get(customer=lived_in.ada.customer), Actor("staff", str(lived_in.pia.pk))
    folder = backup()
    choices.invalidate(choice=choice.pk, by=pia)
    elsewhere()

    restore(folder, "--accept-loss")

    assert Choice.objects.get(pk=choice.pk).status == Status.INVALIDATED
    assert Entry.objects.get(event="consent.invalidated").actor == pia.id


def test_a_stop_of_what_waits_again_is_a_no(lived_in, backup, elsewhere):
    """Backed up while it waited; allowed and stopped since: the yes is gone, the no must not be."""
    world = lived_in
    waiting = ask(world, "contact")
    folder = backup()
    answer(world, waiting, "all")
    access.stop(request=waiting.pk, customer=world.ada.customer.id, by=world.ada.actor)
    elsewhere()

    restore(folder, "--accept-loss")

    assert AccessRequest.objects.get(pk=waiting.pk).state == State.DENIED
    assert not Grant.objects.filter(request=waiting.pk).exists()
