"""Addresses that mail does not reach: marked once, on record without the address, told to the person, and undone."""

import io
import os
from smtplib import SMTPDataError, SMTPRecipientsRefused, SMTPServerDisconnected
from types import SimpleNamespace
from uuid import UUID

import pytest
from allauth.account.signals import user_logged_in
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from procrastinate.contrib.django.models import ProcrastinateJob

from consents.core.refusals import Refusal
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL
from consents.notifications import selectors, tasks
from consents.notifications.delivery import MAX_BYTES, NotAReport, UnknownMessageId, deliver_message, parse_bounce
from consents.notifications.models import FailingAddress, Message
from consents.notifications.rules import LOW_PRIORITY
from consents.notifications.services import failing as notifications_failing
from consents.notifications.services import queueing
from consents.people.services import customer_records
from tests.notifications.reports import MESSAGE_ID, report
from tests.world.cast import signed_in
from tests.world.erasing import erase


def filed(customer, key: str = "k") -> Message:
    return queueing.notify(kind="access_request_filed", key=key, customer=customer, team="Billing")


def refused(message: Message, failing) -> Message:
    failing(SMTPRecipientsRefused({"ada@example.com": (550, b"no such user ada@example.com")}))
    deliver_message(message=message.id)
    message.refresh_from_db()
    return message


def bounced(message: Message) -> None:
    deliver_message(message=message.id)
    notifications_failing.record_bounce(message=message.id, status="5.1.1", by=PORTAL)
    message.refresh_from_db()


def run(monkeypatch, content: bytes) -> None:
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(content)))
    call_command("record_bounce")


def entries() -> list[Entry]:
    return list(Entry.objects.filter(event="address.failed"))


def test_an_address_refused_for_good_is_marked_and_on_record(world, failing):
    message = refused(filed(world.ada.customer), failing)

    mark, (entry,) = FailingAddress.objects.get(), entries()
    assert (message.outcome, message.error, mark.how, mark.status) == ("address refused", "550", "refused", "550")
    assert (entry.customer, entry.outcome, entry.facts["message"]) == (
        world.ada.customer.id,
        "refused",
        str(message.id),
    )
    assert "ada@" not in entry.canonical


def test_a_mail_that_came_back_marks_the_address_it_went_to(world):
    message = filed(world.ada.customer)
    bounced(message)

    assert (message.outcome, message.error) == ("bounced", "5.1.1")
    assert selectors.list_failing_addresses(world.ada.user, world.ada.customer)
    assert not selectors.list_failing_addresses(world.ben.user, world.ben.customer)


def test_the_same_news_twice_is_one_entry(world):
    message, another = filed(world.ada.customer), filed(world.ada.customer, "again")
    bounced(message)
    notifications_failing.record_bounce(message=message.id, status="5.1.1", by=PORTAL)
    bounced(another)

    assert len(entries()) == FailingAddress.objects.count() == 1


def test_a_changed_address_is_not_blamed_for_the_old_one(world):
    message = filed(world.ada.customer)
    deliver_message(message=message.id)
    world.ada.user.email = "new@example.com"
    world.ada.user.save(update_fields=["email"])
    customer_records.adopt_account_address(user=world.ada.user, by=world.ada.actor)
    world.ada.customer.refresh_from_db()

    notifications_failing.record_bounce(message=message.id, status="5.1.1", by=PORTAL)

    assert selectors.list_failing_addresses(world.ada.user, world.ada.customer) == []
    assert [(entry.customer, entry.object_type) for entry in entries()] == [(None, "message")]


def test_mail_of_the_sign_in_pages_marks_whose_address_it_is(world):
    queueing.queue_account_email(to="Ada@Example.com", subject="Code", body="MARKER")
    bounced(Message.objects.get(kind="account"))

    assert [entry.customer for entry in entries()] == [world.ada.customer.id]


def test_an_address_of_staff_is_on_record_by_the_user(world):
    bounced(queueing.notify(kind="access_ended", key="e", user=world.sam.user))

    assert [(entry.object_type, entry.object) for entry in entries()] == [("user", str(world.sam.pk))]


@pytest.mark.parametrize("id", [UUID(int=0), None], ids=["unknown", "never sent"])
def test_a_report_about_a_mail_we_never_sent_is_refused(world, id):
    with pytest.raises(notifications_failing.NotOurMail):
        notifications_failing.record_bounce(message=id or filed(world.ada.customer).id, status="5.1.1", by=PORTAL)
    assert not FailingAddress.objects.exists()


def test_the_command_records_a_report(world, monkeypatch, capsys):
    message = filed(world.ada.customer)
    deliver_message(message=message.id)

    run(monkeypatch, report(message_id=mail.outbox[-1].extra_headers["Message-ID"]))
    run(monkeypatch, report(message_id=mail.outbox[-1].extra_headers["Message-ID"]))

    assert FailingAddress.objects.get().status == "5.1.1"
    assert capsys.readouterr().out == "Recorded.\nRecorded.\n"


def test_the_command_leaves_a_delay_alone(world, monkeypatch, capsys):
    run(monkeypatch, report(action="delayed", status="4.4.1"))

    assert "nothing to record" in capsys.readouterr().out


@pytest.mark.parametrize("content", [b"", report(), report(message_id="<x@y>")], ids=["empty", "unknown", "of others"])
def test_the_command_refuses_the_rest_with_a_sentence(world, monkeypatch, content):
    with pytest.raises(CommandError, match=r"^This .*\.$") as told:
        run(monkeypatch, content)
    assert told.value.returncode == 1


def test_the_command_lets_the_mail_server_come_again_when_the_database_is_away(world, monkeypatch):
    def away(**_):
        raise OperationalError("ada@example.com")

    monkeypatch.setattr(notifications_failing, "record_bounce", away)
    with pytest.raises(CommandError, match="cannot be reached") as told:
        run(monkeypatch, report())
    assert told.value.returncode == os.EX_TEMPFAIL and "ada" not in str(told.value)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (SMTPServerDisconnected("ada@example.com"), "SMTPServerDisconnected"),
        (SMTPDataError(451, b"a"), "SMTPDataError 451"),
    ],
    ids=["gone", "busy"],
)
def test_a_failed_try_is_counted_by_its_kind_alone(world, failing, error, told):
    message = filed(world.ada.customer)
    failing(error)
    with pytest.raises(type(error)):
        tasks.send_message(message=str(message.id))

    message.refresh_from_db()
    assert (message.tries, message.error, message.sent_at) == (1, told, None)


def test_who_signs_in_is_told_on_the_next_page(world):
    bounced(filed(world.ada.customer))
    ada = signed_in(world.ada.user)
    assert "do not reach you" in ada.get("/settings/").content.decode()

    request = ada.get("/help/").wsgi_request
    user_logged_in.send(sender=type(world.ada.user), request=request, user=world.ada.user)

    assert [str(message) for message in request._messages] == [
        "Our emails do not reach you. Please check your address under “Account”."
    ]


def test_who_signs_in_with_a_mailed_code_shows_that_mail_arrives(world):
    bounced(filed(world.ada.customer))
    ada = Client()
    ada.post("/accounts/login/code/", {"email": "ada@example.com"})
    deliver_message(message=Message.objects.get(kind="account").id)
    code = next(line.strip() for line in mail.outbox[-1].body.splitlines() if line.startswith("    "))

    page = ada.post("/accounts/login/code/confirm/", {"code": code}, follow=True)

    assert page.redirect_chain[-1][0] == "/" and "do not reach you" not in page.content.decode()
    assert not FailingAddress.objects.exists()
    assert Entry.objects.get(event="address.restored").customer == world.ada.customer.id


def test_the_customer_says_that_the_address_works(world):
    bounced(filed(world.ada.customer))
    ada = signed_in(world.ada.user)

    ada.post("/settings/address/")
    ada.post("/settings/address/")

    assert "do not reach you" not in ada.get("/settings/").content.decode()
    assert Entry.objects.filter(event="address.restored").count() == 1


def test_nobody_restores_the_address_of_another(world):
    bounced(filed(world.ada.customer))

    signed_in(world.ben.user).post("/settings/address/")

    assert FailingAddress.objects.count() == 1


def test_each_customer_with_the_address_has_an_entry(world):
    twin = customer_records.open_customer_record(reference="C-7", email="ada@example.com", by=PORTAL)
    bounced(filed(world.ada.customer))

    assert {entry.customer for entry in entries()} == {world.ada.customer.id, twin.id}


def test_a_refused_code_is_forgotten(world, failing):
    queueing.queue_account_email(to="ada@example.com", subject="Code", body="MARKER")

    assert refused(Message.objects.get(kind="account"), failing).sealed is None


def test_the_last_email_to_who_was_erased_marks_no_address(world, failing):
    erase(world)

    assert refused(Message.objects.get(kind="customer_erased"), failing).outcome == "address refused"
    assert not FailingAddress.objects.exists() and entries() == []


# Reading reports that mail came back: what servers really send, and what nobody should.

ID = UUID("11111111-2222-4333-8444-555555555555")


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"returned": "text/rfc822-headers"},
        {"returned": "message/global-headers"},
        {"kind": "message/global-delivery-status", "returned": "message/global"},
        {"status": "5.1.1 (bad destination)"},
        {"action": "Failed"},
        {"original": f"subject: x\nMESSAGE-ID:\n {MESSAGE_ID}\n"},
    ],
    ids=["postfix", "headers alone", "global headers", "global", "comment", "capital", "folded"],
)
def test_it_knows_our_mail_and_the_status(changes):
    bounce = parse_bounce(report(**changes))

    assert (bounce.message, bounce.status, bounce.is_final) == (ID, "5.1.1", True)


def test_a_report_without_the_mail_is_known_by_what_it_answers():
    content = report(returned="").replace(b"Subject:", f"References: {MESSAGE_ID}\nSubject:".encode(), 1)

    assert parse_bounce(content).message == ID


@pytest.mark.parametrize(
    "changes",
    [
        {"action": "delayed", "status": "4.4.1"},
        {"action": "failed", "status": "4.2.2"},
        {"action": "delivered"},
        {"status": "none"},
        {"status": ""},
        {"status": "5"},
    ],
    ids=["delayed", "failed for now", "delivered", "no status", "empty status", "half a status"],
)
def test_what_did_not_fail_for_good_is_not_final(changes):
    assert not parse_bounce(report(**changes)).is_final


@pytest.mark.parametrize(
    "content",
    [b"", b"\0" * 100, b"From: ada@example.com\n\nI am on holiday.", report(kind="text/plain"), b"\xff\xfe" * 9],
    ids=["empty", "zeros", "a letter", "no status part", "bytes"],
)
def test_anything_else_is_no_report(content):
    with pytest.raises(NotAReport):
        parse_bounce(content)


@pytest.mark.parametrize("id", ["<x@localhost>", "", "<11111111-2222@localhost>"], ids=["word", "none", "short"])
def test_a_report_about_mail_of_others_is_refused(id):
    with pytest.raises(UnknownMessageId):
        parse_bounce(report(message_id=id))


def test_it_reads_a_bounded_part_of_a_long_one():
    content = report()

    assert parse_bounce(content + b"x" * MAX_BYTES).message == ID


def test_depth_does_not_break_it():
    deep = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(5000))

    with pytest.raises(NotAReport):
        parse_bounce(deep)


@given(st.binary(max_size=400), st.integers(0, 700), st.integers(0, 40))
def test_no_bytes_break_it(noise, place, cut):
    whole = report()
    try:
        bounce = parse_bounce(whole[:place] + noise + whole[place + cut :])
    except Refusal:
        return
    assert isinstance(bounce.message, UUID)


@pytest.mark.parametrize(("kind", "priority"), [("act_confirmed", 0), ("choice_reworded", LOW_PRIORITY)])
def test_it_is_the_job_that_the_queue_makes(world, kind, priority):
    message = queueing.notify(kind=kind, key="key", customer=world.ada.customer)
    tasks.send_message.configure(priority=priority).defer(message=str(message.pk))

    ours, theirs = ProcrastinateJob.objects.filter(args={"message": str(message.pk)}).values()
    assert {**ours, "id": 0} == {**theirs, "id": 0}


def test_there_is_none_for_an_email_that_was_queued_before(world):
    queueing.notify(kind="act_confirmed", key="key", customer=world.ada.customer)
    before = ProcrastinateJob.objects.count()

    assert queueing.notify(kind="act_confirmed", key="key", customer=world.ada.customer) is None
    assert ProcrastinateJob.objects.count() == before
