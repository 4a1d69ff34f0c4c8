"""A question before the answer, and the one reminder; and what raw SQL cannot do to them."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from consents.access.models import AccessRequest, Enquiry
from consents.access.rules import AlreadyEnded
from consents.access.rules import enquiries as rules
from consents.access.rules.blocks import BlockKind
from consents.access.selectors import list_enquiries
from consents.access.services import asking, blocking, ending, enquiring
from consents.core import clock
from consents.core.refusals import Unknown
from consents.ledger.models import Entry
from consents.ledger.rules import Actor
from consents.notifications.models import Message
from tests.architecture.mutation.speaking import application_speaking, outcome
from tests.world.cast import answer, ask, signed_in
from tests.world.erasing import erase


def by(member) -> Actor:
    return Actor("staff", str(member.pk))


def enquire(world, request: AccessRequest, words: str = "Marker: which bill?", who=None) -> Enquiry:
    who = who or world.ada
    return enquiring.send_enquiry(access_request=request.pk, words=words, acting=who.acting, by=who.actor)


def reply(world, enquiry: Enquiry, words: str = "Marker: the one of May.", member=None) -> Enquiry:
    member = member or world.sam
    return enquiring.reply_to_enquiry(enquiry=enquiry.pk, words=words, member=member, by=by(member))


def remind(world, request: AccessRequest) -> AccessRequest:
    customer = world.ada.customer.id
    return enquiring.ask_for_reminder(access_request=request.pk, customer=customer, by=world.ada.actor)


def test_the_customer_asks_the_requester_replies_and_both_read_it(world):
    request, ada, sam = ask(world, "orders"), signed_in(world.ada.user), signed_in(world.sam.user)
    page = f"/requests/{request.pk}/"
    assert f"{page}question/" in ada.get(page).text
    form = ada.get(f"{page}question/").text
    assert "Ask Sam from Billing Support a question" in form and "for 2\xa0days at most" in form
    assert ada.post(f"{page}question/", {"words": " "}).status_code == 422
    sent = ada.post(f"{page}question/", {"words": "Marker: which bill?", "token": str(uuid4())})
    assert sent.url == page
    seen = ada.get(page).text
    assert "Marker: which bill?" in seen and "They have not answered yet" in seen and "Save my answer" in seen
    assert "already includes the whole pause" in seen
    assert f"{page}question/" not in seen

    front, record = sam.get("/admin/").text, f"/admin/access/accessrequest/{request.pk}"
    assert "question to answer" in front
    assert str(request.pk) in sam.get("/admin/access/accessrequest/?state=asked").text
    assert "Marker: which bill?" in sam.get(f"{record}/change/").text
    assert "Marker: which bill?" in sam.get(f"{record}/reply/").text
    assert sam.post(f"{record}/reply/", {"words": ""}).status_code == 422
    assert sam.post(f"{record}/reply/", {"words": "Marker: of May.", "token": str(uuid4())}).status_code == 302
    assert "Marker: of May." in sam.get(f"{record}/change/").text
    assert "question to answer" not in sam.get("/admin/").text

    seen = ada.get(page).text
    assert "Marker: of May." in seen and "You asked a question before answering." in seen
    assert "Sam from Billing Support answered the question." in seen
    events = Entry.objects.filter(object=str(request.pk)).order_by("id").values_list("event", flat=True)
    assert list(events)[1:] == ["access_request.question_sent", "access_request.question_answered"]
    assert not Entry.objects.filter(details__contains="Marker").exists()
    kinds = {message.kind: str(message.context) for message in Message.objects.all()}
    assert {"access_request_question", "access_request_question_answered"} <= kinds.keys()
    assert "Marker" not in "".join(kinds.values())


def test_time_to_answer_stands_still_while_a_question_is_open(world, later):
    request = ask(world, "orders")
    filed = request.answer_by
    enquiry = enquire(world, request)
    request.refresh_from_db()
    assert request.answer_by == filed + rules.LONGEST_PAUSE
    later(timedelta(hours=5))
    enquiry = reply(world, enquiry)
    request.refresh_from_db()
    assert request.answer_by - filed == enquiry.replied_at - enquiry.sent_at >= timedelta(hours=5)
    assert request.filed_answer_by == filed
    assert answer(world, request).state == "approved"


def test_it_stands_still_for_two_days_at_most(world, later):
    request = ask(world, "orders")
    filed = request.answer_by
    enquiry = enquire(world, request)
    later(timedelta(days=4))
    reply(world, enquiry)
    request.refresh_from_db()
    assert request.answer_by == filed + timedelta(days=2)
    later(timedelta(days=9, minutes=1))
    assert request.state_at(clock.now()) == "expired"


def test_one_question_at_a_time_and_five_in_all(world):
    request = ask(world, "orders")
    with pytest.raises(rules.NothingWritten):
        enquire(world, request, " \n")
    for _ in range(rules.MOST_ENQUIRIES):
        enquiry = enquire(world, request)
        with pytest.raises(rules.EnquiryOpen):
            enquire(world, request)
        reply(world, enquiry)
        with pytest.raises(rules.AlreadyReplied):
            reply(world, enquiry)
    with pytest.raises(rules.TooManyEnquiries):
        enquire(world, request)
    assert "Ask Sam" not in signed_in(world.ada.user).get(f"/requests/{request.pk}/").text


def test_who_may_ask_reply_and_read(world):
    request = ask(world, "orders")
    with pytest.raises(Unknown):
        enquire(world, request, who=world.ben)
    enquiry = enquire(world, request)
    with pytest.raises(Unknown):
        reply(world, enquiry, member=world.kim)
    record = f"/admin/access/accessrequest/{request.pk}"
    for page in ("change", "reply"):
        assert signed_in(world.kim.user).get(f"{record}/{page}/").status_code == 404
    seen = signed_in(world.pia.user).get(f"{record}/change/").text
    assert "The customer asked a question before answering." in seen and "Marker" not in seen
    assert signed_in(world.pia.user).get(f"{record}/reply/").status_code == 404
    for page in ("", "question/"):
        assert signed_in(world.ben.user).get(f"/requests/{request.pk}/{page}").status_code == 404


def deny(world, request: AccessRequest) -> None:
    answer(world, request, "none")


def cancel(world, request: AccessRequest) -> None:
    asking.cancel_access_request(access_request=request.pk, member=world.sam, by=by(world.sam))


def block(world, request: AccessRequest) -> None:
    to = {"customer": world.ada.customer.id, "kind": BlockKind.MEMBER, "access_request": request.pk}
    blocking.place_block(**to, by=world.ada.actor)


def leave(world, request: AccessRequest) -> None:
    ending.end_for_staff(member=world.sam, by=by(world.pia))


@pytest.mark.parametrize("over", [deny, cancel, block, leave, None])
def test_after_the_request_is_over_nothing_is_asked_or_replied(world, over, later):
    request = ask(world, "orders")
    enquiry = enquire(world, request)
    over(world, request) if over else later(timedelta(days=9, minutes=1))

    for act in (lambda: reply(world, enquiry), lambda: enquire(world, request), lambda: remind(world, request)):
        with pytest.raises(AlreadyEnded):
            act()
    sam, ada = signed_in(world.sam.user), signed_in(world.ada.user)
    assert "question to answer" not in sam.get("/admin/").text
    assert sam.get(f"/admin/access/accessrequest/{request.pk}/reply/").status_code == 302
    page = ada.get(f"/requests/{request.pk}/").text
    assert "Marker: which bill?" in page and "They have not answered yet" not in page and "Remind me" not in page
    assert "None: the request was answered or ended first." in page
    told = sam.get(f"/admin/access/accessrequest/{request.pk}/change/").text
    assert "No reply: the request was answered or ended first." in told
    assert ada.post(f"/requests/{request.pk}/question/", {"words": "And?"}).status_code == 409
    form = ada.get(f"/requests/{request.pk}/question/").text
    assert "This request no longer waits for an answer" in form and "<textarea" not in form


def test_after_a_no_and_after_stop_they_may_be_let_ask_again(world):
    denied, stopped = ask(world, "orders"), answer(world, ask(world, "contact"))
    answer(world, denied, "none")
    ada = signed_in(world.ada.user)
    ada.post(f"/requests/{stopped.pk}/stop/")
    for request in (denied, stopped):
        page = ada.get(f"/requests/{request.pk}/").text
        assert "Let them ask again" in page and re.search(r"again from \d+\xa0[A-Z]", page)  # a day stays on one line
        ada.post(f"/requests/{request.pk}/ask-again/")
        page = ada.get(f"/requests/{request.pk}/").text
        assert "Let them ask again" not in page and "Save my answer" not in page


def test_one_reminder_comes_in_the_morning_and_no_more(world, later):
    request, ada = ask(world, "orders"), signed_in(world.ada.user)
    assert "Remind me tomorrow" in ada.get(f"/requests/{request.pk}/").text
    ada.post(f"/requests/{request.pk}/remind/", {"token": str(uuid4())})
    request.refresh_from_db()
    morning = timezone.localtime(request.remind_at)
    assert morning.hour == 8 and morning.date() == timezone.localtime(clock.now()).date() + timedelta(days=1)
    assert remind(world, request).remind_at == request.remind_at
    page = ada.get(f"/requests/{request.pk}/").text
    assert "We remind you once" in page and "Remind me tomorrow" not in page
    assert enquiring.send_due_reminders() == 0
    later(request.remind_at - clock.now() + timedelta(minutes=1))
    assert enquiring.send_due_reminders() == 1
    assert enquiring.send_due_reminders() == 0
    assert Message.objects.filter(kind="access_request_reminder").count() == 1


def test_nobody_is_reminded_of_what_was_answered(world, later):
    request = remind(world, ask(world, "orders"))
    answer(world, request, "none")
    later(timedelta(days=1, hours=8))
    assert enquiring.send_due_reminders() == 0


def test_no_reminder_where_the_time_ends_before_the_morning(world):
    request = ask(world, "orders", answer_within=timedelta(hours=1))
    assert "Remind me tomorrow" not in signed_in(world.ada.user).get(f"/requests/{request.pk}/").text
    with pytest.raises(rules.NoMorningLeft):
        remind(world, request)


def test_the_texts_go_with_the_customer(real_world):
    world, request = real_world, ask(real_world, "orders")
    reply(world, enquire(world, request))
    erase(world, world.ada)

    [kept] = list_enquiries(request)
    assert (kept.question, kept.reply) == ("", "")


def test_the_page_asks_the_database_as_often_for_five_questions_as_for_one(world):
    request, ada = ask(world, "orders"), signed_in(world.ada.user)
    ada.get(f"/requests/{request.pk}/")
    counted = []
    for _ in range(3):
        reply(world, enquire(world, request))
        with CaptureQueriesContext(
            connection,
        ) as queries:
            ada.get(f"/requests/{request.pk}/")
        counted.append(len(queries))
    assert counted[0] == counted[-1]


TELL = """
SELECT portal.append_entry(%s, %s::uuid, %s, %s::text, 'access_request', %s::text, '', 'portal', NULL, '',
    json_build_object('enquiry', %s::text)::text)
"""
NEW = "11111111-2222-4333-8444-555555555555"
SEND = """
INSERT INTO access_enquiry (id, access_request_id, customer_id, sealed_question, sent_by_id)
VALUES (%s, %s, %s, '\\x00', %s)
"""
PAUSE = """
UPDATE access_accessrequest SET answer_by = answer_by + interval '48 hours', extra_time = interval '48 hours'
WHERE id = %s
"""
REPLY = "UPDATE access_enquiry SET sealed_reply = '\\x00', replied_at = portal.now() WHERE id = %s"
GO_ON = """
UPDATE access_accessrequest SET extra_time = portal.time_for_enquiries(id),
    answer_by = answer_by + (portal.time_for_enquiries(id) - extra_time) WHERE id = %s
"""


def test_raw_sql_sends_nothing_in_anothers_place_and_moves_no_time(real_world):
    world, request = real_world, ask(real_world, "orders")
    ada, ben = world.ada, world.ben

    def told(actor, customer=ada.customer.id, enquiry=NEW) -> tuple:
        return TELL, ["access_request.question_sent", customer, "customer", str(actor), str(request.pk), enquiry]

    def send(who) -> tuple:
        return SEND, [NEW, request.pk, ben.customer.id, who.user.pk]

    pause = (PAUSE, [request.pk])
    with application_speaking() as application:
        assert outcome(application, told(ada.user.pk), send(ada), pause).startswith("allowed")
        for tries in (
            (send(ada), pause),
            (told(ben.user.pk), send(ben), pause),
            (told(ben.user.pk, ben.customer.id), send(ben), pause),
            (told(ben.user.pk), send(ada), pause),
            (told(ada.user.pk, enquiry="other"), send(ada), pause),
            (told(ada.user.pk), send(ada)),
        ):
            assert outcome(application, *tries) == "23001 access_enquiry_on_record"
        for moved in (pause, (PAUSE.replace(", extra_time = interval '48 hours'", ""), [request.pk])):
            assert outcome(application, moved) == "23001 access_accessrequest_extra_time"
        longer = (PAUSE.replace("48", "72"), [request.pk])
        assert outcome(application, told(ada.user.pk), send(ada), longer).startswith("23001")
        early = "UPDATE access_accessrequest SET remind_at = portal.now() + interval '1 day'"
        assert outcome(application, early) == "23001 access_accessrequest_ends_on_record"
        late = early.replace("1 day", "8 days")
        assert outcome(application, late) == "23001 access_accessrequest_extra_time"


def test_raw_sql_replies_to_nothing_in_anothers_place(real_world):
    world, request = real_world, ask(real_world, "orders")
    enquiry = enquire(world, request)
    over = ask(world, "contact", customer=world.ben)
    bens = enquire(world, over, who=world.ben)
    asking.cancel_access_request(access_request=over.pk, member=world.sam, by=by(world.sam))

    def told(actor, kind="staff") -> tuple:
        about = [world.ada.customer.id, kind, str(actor), str(request.pk), str(enquiry.pk)]
        return TELL, ["access_request.question_answered", *about]

    replied, goes_on = (REPLY, [enquiry.pk]), (GO_ON, [request.pk])
    with application_speaking() as application:
        assert outcome(application, told(world.sam.pk), replied, goes_on).startswith("allowed")
        for tries in (
            (replied, goes_on),
            (told(world.kim.pk), replied, goes_on),
            (told(world.sam.pk, "customer"), replied, goes_on),
            (told(world.sam.pk), replied),
        ):
            assert outcome(application, *tries) == "23001 access_enquiry_on_record"
        assert outcome(application, (REPLY, [bens.pk])) == "23001 access_enquiry_frozen"
        for change in ("sealed_question = '\\x01'", "sent_at = portal.now()"):
            assert outcome(application, f"UPDATE access_enquiry SET {change}").startswith("42501")
        assert outcome(application, "UPDATE access_enquiry SET sealed_reply = '\\x00'").startswith("23")
        assert outcome(application, "DELETE FROM access_enquiry").startswith("42501")
