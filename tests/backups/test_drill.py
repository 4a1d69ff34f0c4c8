"""The drill: yesterday's backup, restored after an erasure, a withdrawal, a stop and a no, brings none of it back."""

import re
from types import SimpleNamespace
from uuid import UUID

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob

from consents.access.models import AccessRequest, Grant
from consents.access.rules import AnswerDecision, GrantEnd, RequestState
from consents.access.services import answering, ending
from consents.access.services.answering import Reply
from consents.choices.models import Choice, Status
from consents.choices.services import answering as choices_answering
from consents.choices.services import withdrawing
from consents.choices.services import withdrawing as choices_ending
from consents.decisions.selectors import decide_use
from consents.disclosures.services import LookRefused, disclose_records
from consents.ledger.models import Entry, Restoration
from consents.ledger.rules import PORTAL, Actor
from consents.ledger.services import appending, sealing
from consents.ledger.services import appending as ledger_journalling
from consents.notifications.delivery import deliver_message
from consents.notifications.models import Message
from consents.notifications.rules import HELD
from consents.notifications.services import failing
from consents.ops.backups import making, manifests
from consents.ops.monitoring.readiness import check_readiness
from consents.ops.running.checks import check_database
from consents.people import keys, selectors
from consents.people.models import Acting, Customer, CustomerKey, StaffMember, User
from consents.people.services import claiming, customer_records, staff_members
from consents.people.services.customer_records import ListedCustomer
from consents.systems.models import Webhook
from consents.vault.models import Fingerprint
from tests.backups.restoring import restore
from tests.backups.stories import tell
from tests.world.cast import answer, ask, make_customer, signed_in
from tests.world.erasing import erase
from tests.world.systems import make_system


def answer_as_ben(world, decision: AnswerDecision) -> None:
    request = AccessRequest.objects.get(pk=world.waiting.pk)
    answering.answer_access_request(
        access_request=request.pk,
        reply=Reply(decision, request.digest, request.token),
        acting=world.ben.acting,
        by=world.ben.actor,
    )


def close_everything(world) -> None:
    """What happens after the backup."""
    erase(world, world.cas)
    ending.stop_access(access_request=world.running.pk, customer=world.ada.customer.id, by=world.ada.actor)
    withdrawing.withdraw_consent(customer=world.ada.customer.id, purpose="support", by=world.ada.actor)
    answer_as_ben(world, AnswerDecision.NONE)
    staff_members.end_staff_membership(member=world.kim, by=PORTAL)


def an_account_that_joined_the_record_later_is_closed_again(world):
    """In the backup it acts for nobody, and knows nothing of the record that was erased."""
    user, record = world.nobody, world.unclaimed
    claiming.claim_record_by_code(user=user, code=world.code, by=Actor("customer", str(user.pk)))
    erase(world, SimpleNamespace(customer=record))

    yield

    account = User.objects.get(pk=user.pk)
    assert account.closed_at and account.email == f"{user.pk}@erased.invalid"
    assert not EmailAddress.objects.filter(user=account).exists()
    assert not Acting.objects.filter(user=account, ends_at=None).exists()
    assert Customer.objects.get(pk=record.pk).erased_at
    assert selectors.find_customers("nobody@example.com") == []


def test_an_account_older_than_its_erased_record_is_closed_again(backed_up, loaded_backup, elsewhere):
    """The record was opened after the backup and does not come back; who signed in does not either."""
    world, user = backed_up, backed_up.nobody
    record = customer_records.open_customer_record(reference="C-79", email="nobody@example.com", by=PORTAL)
    claiming.match_user_to_record(user=user, by=Actor("customer", str(user.pk)))
    erase(world, SimpleNamespace(customer=record))
    elsewhere()

    restore(loaded_backup, "--accept-loss")

    assert User.objects.get(pk=user.pk).closed_at
    assert not EmailAddress.objects.filter(user=user.pk).exists()
    assert Entry.objects.filter(event="account.closed", object=str(user.pk)).count() == 1


def who_was_recorded_and_erased_since_is_not_brought_back_by_the_next_list(world):
    erase(world, make_customer("C-77", "dora@example.com"))
    erase(world, SimpleNamespace(customer=customer_records.open_customer_record(reference="C-78", by=PORTAL)))
    erase(world, world.cas)

    yield

    listed = [ListedCustomer(reference) for reference in ("C-77", "C-78", "C-1003", "C-79")]
    assert len(customer_records.record_customers(listed=listed, by=PORTAL).new) == 1
    assert set(Customer.objects.filter(reference__in=["C-77", "C-78", "C-1003", "C-79"]).values_list("reference")) == {
        ("C-79",)
    }


def originals(event: str) -> set[str]:
    """Hashes of what was done again."""
    return {entry.facts["original"] for entry in Entry.objects.filter(event=event) if "original" in entry.facts}


def test_nothing_comes_back(backed_up, made_backup, elsewhere, outside, settings, capsys):
    world, grant = backed_up, backed_up.running.grants.get(category__code="orders")
    close_everything(world)
    sealing.seal_entries(keys=settings.PORTAL_KEYS, storage=outside.checkpoints)
    erased = bytes(Entry.objects.get(event="customer.erased").hash).hex()
    elsewhere()

    with pytest.raises(CommandError, match="at least the last"):
        restore(made_backup)
    said = restore(made_backup, "--accept-loss")

    cas = Customer.objects.get(pk=world.cas.customer.id)
    assert cas.erased_at and cas.reference is None and not Fingerprint.objects.filter(customer=cas).exists()
    with pytest.raises(CustomerKey.DoesNotExist):
        keys.open_customer_key(cas.id)
    assert not User.objects.get(pk=world.cas.user.pk).is_active
    assert originals("customer.erased") == {erased}

    assert Choice.objects.get(customer=world.ada.customer).status == Status.WITHDRAWN
    assert not decide_use(customer=world.ada.customer.id, category="orders", purpose="support").allowed
    assert {one.end for one in Grant.objects.filter(access_request=world.running.pk)} == {GrantEnd.STOPPED}
    with pytest.raises(LookRefused):
        disclose_records(grant=grant.pk, staff=world.sam.pk, by=Actor("staff", str(world.sam.pk)))
    assert AccessRequest.objects.get(pk=world.waiting.pk).state == RequestState.DENIED
    assert StaffMember.objects.get(pk=world.kim.pk).ended_at

    assert "Done again: customer.erased, 1 time." in said
    assert re.search(r"The database is open, after \d+\.\d seconds", said)
    call_command("verify_ledger")
    assert "Checkpoints of entries that a restoration lost" in capsys.readouterr().out
    call_command("rebuild_state", "--check")
    check_database()
    assert set(check_readiness().values()) <= {"ok", "late"}


def send_all() -> set[str]:
    """Message-IDs of what the jobs hand over."""
    mail.outbox.clear()
    for job in ProcrastinateJob.objects.filter(queue_name="mail", status="todo"):
        deliver_message(message=UUID(job.args["message"]))
    return {one.extra_headers["Message-ID"] for one in mail.outbox}


def test_mail_that_went_out_after_the_backup_does_not_go_out_again(backed_up, loaded_backup, elsewhere, settings):
    world = backed_up
    waiting = set(Message.objects.filter(sent_at=None).values_list("pk", flat=True))
    first = send_all()
    assert len(first) == len(waiting) > 1
    ending.stop_access(access_request=world.running.pk, customer=world.ada.customer.id, by=world.ada.actor)
    elsewhere()

    settings.PORTAL_SYSTEMS = (make_system("newsletter", "support"),)
    said = restore(loaded_backup, "--accept-loss")

    assert f"Mails that waited here, not sent again: {len(waiting)}." in said
    assert Entry.objects.get(event="ledger.restored").facts["mails_held"] == len(waiting)
    assert [told.kind for told in Webhook.objects.filter(system="newsletter")] == ["ledger.restored"]
    held = Message.objects.filter(outcome=HELD)
    assert set(held.values_list("pk", flat=True)) == waiting and not held.exclude(sealed=None).exists()
    again = send_all()
    assert again and not again & first, "What doing the stop again tells of, and nothing of before."
    listed = signed_in(world.pia.user).get("/admin/notifications/message/").content.decode()
    assert listed.count("Not sent again") == len(waiting) and "may have been sent since" in listed
    failing.retry_message(
        message=held.filter(customer=world.ben.customer).get().pk, by=Actor("staff", str(world.pia.pk))
    )
    assert len(send_all() & first) == 1


def test_what_the_journal_alone_knows_is_lost_too(backed_up, loaded_backup, elsewhere):
    """Nothing was sealed since the backup. The proposal is gone, and what it ended in tells that something is."""
    erase(backed_up, backed_up.cas)
    elsewhere()

    with pytest.raises(CommandError, match="The journal outside tells of 1 entries that are not here"):
        restore(loaded_backup)
    assert connection.introspection.table_names() == []
    said = restore(loaded_backup, "--accept-loss")

    assert "are lost, at least 1." in said
    told = Entry.objects.get(event="ledger.restored")
    assert (told.outcome, told.facts["lost"]) == ("with_loss", 1)
    assert not Entry.objects.filter(event="erasure.proposed", customer=backed_up.cas.customer.id).exists()
    assert appending.get_log_name().endswith("/ledger") and Restoration.objects.get().statement == ""


def test_what_waited_for_the_journal_in_the_backup_is_not_lost(backed_up, backup, elsewhere, monkeypatch):
    """It ended while the backup was made: inside it, and a line of the journal after it."""
    dump = making.dump_database

    def end_and_dump(*args: object) -> manifests.Manifest:
        with monkeypatch.context() as patch:
            patch.setattr(appending, "write_waiting_entries", lambda: None)
            staff_members.end_staff_membership(member=backed_up.kim, by=PORTAL)
        return dump(*args)

    with monkeypatch.context() as patch:
        patch.setattr(making, "dump_database", end_and_dump)
        folder = backup()
    assert ledger_journalling.write_waiting_entries() == 2
    elsewhere()

    said = restore(folder)

    assert "lost" not in said and "Done again" not in said
    assert StaffMember.objects.get(pk=backed_up.kim.pk).ended_at


def test_what_was_not_closed_is_as_it_was(backed_up, loaded_backup, elsewhere):
    world = backed_up
    elsewhere()

    said = restore(loaded_backup)

    assert "Done again" not in said and "lost" not in said
    grant = Grant.objects.get(access_request=world.running.pk, category__code="orders")
    seen = disclose_records(grant=grant.pk, staff=world.sam.pk, by=Actor("staff", str(world.sam.pk)))
    assert [record["item"] for record in seen.records] == ["Blue lamp", "Chair"]
    assert appending.get_log_name().endswith("/ledger") and Restoration.objects.get().statement == ""
    answer(world, ask(world, "contact"), "all")
    assert User.objects.filter(email="nobody@example.com").exists()


def test_the_log_goes_on_and_can_be_restored_again(
    backed_up, loaded_backup, backup, elsewhere, outside, settings, capsys
):
    world, folder = backed_up, loaded_backup
    erase(world, world.cas)
    sealing.seal_entries(keys=settings.PORTAL_KEYS, storage=outside.checkpoints)
    elsewhere()
    restore(folder, "--accept-loss")
    assert appending.get_log_name().endswith("/ledger/2")

    # Consent given after the restoration is not taken back by what the journal told before it.
    withdrawing.withdraw_consent(customer=world.ada.customer.id, purpose="support", by=world.ada.actor)
    choices_answering.give_consent(
        customer=world.ada.customer.id, purpose="support", version=world.version.pk, by=world.ada.actor
    )
    later = backup()
    elsewhere()
    said = restore(later)

    assert "Done again" not in said
    assert Choice.objects.get(customer=world.ada.customer).status == Status.GIVEN
    assert appending.get_log_name().endswith("/ledger/2")

    # The first one again: what was made since is lost under its name too, and a third begins.
    elsewhere()
    with pytest.raises(CommandError, match="lost"):
        restore(folder)
    restore(folder, "--accept-loss")
    assert appending.get_log_name().endswith("/ledger/3")
    assert Choice.objects.get(customer=world.ada.customer).status == Status.WITHDRAWN
    assert Customer.objects.get(pk=world.cas.customer.id).erased_at
    call_command("verify_ledger")

    # And the second backup is of a history that was stated to be lost.
    elsewhere()
    with pytest.raises(CommandError, match="stated to be lost"):
        restore(later, "--accept-loss")


def what_an_authority_found_invalid_stays_so(world):
    choice, pia = Choice.objects.get(customer=world.ada.customer), Actor("staff", str(world.pia.pk))
    choices_ending.invalidate_choice(choice=choice.pk, by=pia)

    yield

    assert Choice.objects.get(pk=choice.pk).status == Status.INVALIDATED
    assert Entry.objects.get(event="consent.invalidated").actor == pia.id


def a_stop_of_what_waits_again_is_a_no(world):
    """Backed up while it waited; allowed and stopped since: the yes is gone, the no must not be."""
    waiting = world.waiting
    answer_as_ben(world, AnswerDecision.ALL)
    ending.stop_access(access_request=waiting.pk, customer=world.ben.customer.id, by=world.ben.actor)

    yield

    assert AccessRequest.objects.get(pk=waiting.pk).state == RequestState.DENIED
    assert not Grant.objects.filter(access_request=waiting.pk).exists()


def test_what_ended_since_has_ended(backed_up, loaded_backup, elsewhere):
    tell(
        an_account_that_joined_the_record_later_is_closed_again,
        who_was_recorded_and_erased_since_is_not_brought_back_by_the_next_list,
        what_an_authority_found_invalid_stays_so,
        a_stop_of_what_waits_again_is_a_no,
        world=backed_up,
        folder=loaded_backup,
        elsewhere=elsewhere,
    )
