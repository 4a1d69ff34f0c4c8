"""Mail: once, tried again when the server fails, and without a word about anybody's data."""

from datetime import UTC, datetime, timedelta
from smtplib import SMTPDataError, SMTPRecipientsRefused, SMTPServerDisconnected
from uuid import UUID

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.utils import timezone, translation
from procrastinate.jobs import Job

from consents.ledger.rules import PORTAL
from consents.notifications import selectors, tasks
from consents.notifications.delivery import deliver_message
from consents.notifications.email_texts import build_email_context, render_email_text
from consents.notifications.models import FailingAddress, Message
from consents.notifications.services import queueing
from consents.people.services.customer_records import open_customer_record
from consents.people.services.staff_members import end_staff_membership
from tests.world.cast import answer, ask


def sent(message: Message) -> EmailMessage:
    deliver_message(message=message.id)
    return mail.outbox[-1]


def filed(customer) -> Message:
    moment = "2026-11-26T16:00:00+00:00"
    return queueing.notify(
        kind="access_request_filed", key=f"k:{customer.id}", customer=customer, team="Billing", answer_by=moment
    )


def test_it_tells_company_team_and_answer_by(world, settings):
    written = sent(filed(world.ada.customer))

    assert written.to == ["ada@example.com"]
    assert written.subject == f"Billing at {settings.PORTAL_COMPANY} is asking to see your data"
    assert "Please answer by 26 November 2026, 16:00 (UTC time)" in written.body
    assert str(settings.PORTAL_PHONE) in written.body
    assert "sign in at the address you know" in written.body
    assert "We’ll send you a code" in written.body


def test_who_has_left_gets_one_email_more_and_none_about_work(world):
    answer(world, ask(world, "orders"), "none")
    end_staff_membership(member=world.sam, by=PORTAL)
    for message in Message.objects.filter(user=world.sam.user):
        deliver_message(message=message.pk)

    assert [letter.subject for letter in mail.outbox] == ["Your access to the consent portal has ended"]
    assert "What you asked for has ended with it" in mail.outbox[0].body
    assert Message.objects.get(user=world.sam.user, kind="access_request_answered").outcome == "stopped"


def test_it_spells_the_moment_where_the_portal_is(world, settings):
    settings.TIME_ZONE = "Europe/Berlin"

    assert "Please answer by 26 November 2026, 17:00 (Europe/Berlin time)" in sent(filed(world.ada.customer)).body


@pytest.mark.parametrize("kind", ["rights_request_filed", "rights_request_extended", "rights_request_law_chosen"])
def test_it_names_the_day_of_a_deadline_as_the_pages_do_wherever_the_reader_is(kind):
    with timezone.override("Europe/Berlin"):
        context = build_email_context({"number": "RQ-1", "answer_by": "2026-11-26T23:59:00+00:00", "law": "GDPR"})
        body = " ".join(render_email_text(f"email/{kind}", context).text.split())

    assert "answer by 26 November 2026." in body and "00:59" not in body


@pytest.mark.parametrize("kind", ["rights_request_answered", "rights_request_extended"])
def test_it_cites_the_law_as_the_pages_do_in_the_reader_s_language(kind):
    with translation.override("de"):
        context = build_email_context({"number": "RQ-1", "reason": "Darum.", "law": "GDPR Art 21(1)"})
        body = render_email_text(f"email/{kind}", context).text.replace("\xa0", " ")

    assert "(Art. 21 Abs. 1 DSGVO)" in body


def test_no_mail_names_a_person_their_data_or_the_requester_s_own_words(world):
    request = ask(world, "orders", case_number="CASE-MARKER")
    answer(world, request, "all")
    for message in Message.objects.all():
        deliver_message(message=message.id)

    marks = ["Orders", "wrong bill", "CASE-MARKER", "Ada", "C-1001", "Sam", str(request.id)]
    texts = [text for written in mail.outbox for text in (written.subject, written.body)]
    assert len(mail.outbox) == 3
    assert not [mark for mark in marks for text in texts if mark in text]


def test_no_mail_carries_a_link_beyond_the_front_door(world, settings):
    request = ask(world)
    answer(world, request, "all")
    queueing.notify(kind="access_ended", key="ended", user=world.sam.user)
    for message in Message.objects.all():
        deliver_message(message=message.id)

    words = [word for written in mail.outbox for word in written.body.split() if "//" in word]
    assert set(words) == {settings.PORTAL_URL}


def test_a_customer_who_never_signed_in_is_written_to(world):
    stranger = open_customer_record(reference="C-3000", email="Never@Example.com", by=PORTAL)

    assert sent(filed(stranger)).to == ["never@example.com"]


def test_without_an_address_it_notes_that(world):
    message = filed(open_customer_record(reference="C-3000", by=PORTAL))
    deliver_message(message=message.id)

    message.refresh_from_db()
    assert (message.outcome, mail.outbox) == ("no address", [])


def test_the_same_news_is_queued_once(world):
    assert filed(world.ada.customer)
    assert filed(world.ada.customer) is None


def test_it_is_sent_once_although_the_job_runs_twice(world):
    message = filed(world.ada.customer)
    deliver_message(message=message.id)
    deliver_message(message=message.id)

    assert len(mail.outbox) == 1


def test_it_is_tried_again_when_the_mail_server_fails(world, failing):
    message = filed(world.ada.customer)
    failing(SMTPServerDisconnected())
    with pytest.raises(SMTPServerDisconnected):
        deliver_message(message=message.id)
    message.refresh_from_db()
    assert message.sent_at is None

    failing(None)
    deliver_message(message=message.id)
    message.refresh_from_db()
    assert message.outcome == "sent"


def test_a_passing_refusal_is_tried_again(world, failing):
    failing(SMTPRecipientsRefused({"ada@example.com": (451, b"later")}))

    with pytest.raises(SMTPRecipientsRefused):
        deliver_message(message=filed(world.ada.customer).id)


@pytest.mark.parametrize(
    "error", [ValueError("Invalid address"), SMTPRecipientsRefused({"ada@example.com": (550, b"no such user")})]
)
def test_an_address_that_never_takes_mail_is_noted_once(world, failing, error):
    message = filed(world.ada.customer)
    failing(error)
    deliver_message(message=message.id)

    message.refresh_from_db()
    assert (message.outcome, message.sent_at is not None) == ("address refused", True)


def test_one_message_keeps_one_id(world):
    message = filed(world.ada.customer)

    assert sent(message).extra_headers["Message-ID"] == f"<{message.id}@localhost>"


def test_the_server_refusing_the_mail_itself_ends_it(world, failing):
    message = filed(world.ada.customer)
    failing(SMTPDataError(554, b"no"))
    deliver_message(message=message.id)

    message.refresh_from_db()
    assert message.outcome == "mail rejected"
    assert not FailingAddress.objects.exists()


def test_a_passing_rejection_is_tried_again(world, failing):
    failing(SMTPDataError(451, b"later"))

    with pytest.raises(SMTPDataError):
        deliver_message(message=filed(world.ada.customer).id)


def test_account_mail_lies_sealed_and_is_forgotten_when_sent(world):
    queueing.queue_account_email(to="ada@example.com", subject="Your code", body="Code MARKER-1234")
    message = Message.objects.get(kind="account")
    assert b"MARKER-1234" not in bytes(message.sealed)
    assert "ada@example.com" not in str(message.context)

    assert sent(message).body == "Code MARKER-1234"
    message.refresh_from_db()
    assert message.sealed is None


def test_a_message_that_is_not_there_is_a_bug(db):
    with pytest.raises(Message.DoesNotExist):
        deliver_message(message=UUID(int=0))


def test_the_moment_in_the_context_is_one_everybody_reads_alike(world):
    request = ask(world)

    context = Message.objects.get(kind="access_request_filed").context
    assert datetime.fromisoformat(context["answer_by"]) == request.answer_by


def test_a_code_that_died_is_not_sent_any_more(later):
    queueing.queue_account_email(to="ada@example.com", subject="Code", body="4711", lives=timedelta(minutes=10))
    message = Message.objects.get()
    later(timedelta(minutes=11))

    tasks.send_message(message=str(message.pk), has_code=True)

    message.refresh_from_db()
    assert mail.outbox == [] and (message.outcome, message.sealed) == ("code expired", None)
    assert not selectors.can_be_retried(message)


def test_a_code_is_tried_again_within_a_minute_and_other_mail_ever_later():
    def wait(tries: int, **about) -> int:
        job = Job(id=1, queue="mail", lock=None, queueing_lock=None, task_name="x", task_kwargs=about, attempts=tries)
        decision = tasks.EmailRetries().get_retry_decision(exception=OSError(), job=job)
        return round((decision.retry_at - datetime.now(UTC)).total_seconds()) if decision else -1

    assert [wait(tries, has_code=True) for tries in (0, 1, 2, 20)] == [5, 25, 60, 60]
    assert [wait(tries) for tries in (0, 2, 3, 8)] == [5, 125, 625, -1], "given up after the last try"
