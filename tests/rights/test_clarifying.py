"""One thread with the customer: an officer asks, they reply on their page or with a code; sealed, and on record."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core import mail
from django.db import DatabaseError
from django.test import Client

from consents.copies.contents import list_clarifications
from consents.core.clock import now
from consents.core.refusals import Unknown
from consents.disclosures.customers.presenting import describe_news
from consents.law.kinds import Type
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL, Actor
from consents.notifications.delivery import deliver_message
from consents.notifications.models import Message
from consents.people.services import customer_records, staff_members
from consents.people.services.holding import AlreadyErased, NotAnOfficer
from consents.rights.models import QuestionTemplate, RightsRequest, Statement
from consents.rights.refusals import (
    AlreadyReplied,
    BadDayOfAnswer,
    IdentityKnown,
    NobodyToWriteTo,
    NothingAsked,
    QuestionCodeDoesNotWork,
)
from consents.rights.rules import MOST_LETTERS, MOST_TRIES, NoQuestion, NoReply, QuestionTooLong, UnknownPlaceholder
from consents.rights.selectors import list_thread
from consents.rights.services import clarifying, requester_actions
from consents.rights.services.clarifying import save_question_template
from tests.forms import forms_on, sent
from tests.rights.handling import today
from tests.rights.in_sql import PAUSED, act, change, refused
from tests.rights.officer_pages import buttons, first_press, press, record, text
from tests.world.cast import signed_in
from tests.world.erasing import erase
from tests.world.rights_requests import (
    ask_back,
    by_staff,
    confirm,
    entries,
    file,
    file_as_stranger,
    file_correction,
    note_reply,
    type_in,
)

CODE = re.compile(r"^    (\S{4}-\S{4}-\S{4})$", re.MULTILINE)


def reply(world, request: RightsRequest, text: str = "Those of May."):
    about = {"clarification": request.clarification_set.latest("id").pk, "customer": world.ada.customer.pk}
    return clarifying.reply_to_question(rights_request=request.pk, text=text, by=world.ada.actor, **about)


def mailed_code() -> str:
    """From the email, the only place where it stands."""
    for message in Message.objects.filter(kind="rights_code", sent_at=None).order_by("queued_at"):
        deliver_message(message=message.pk)
    [code] = CODE.findall(mail.outbox[-1].body)
    return str(code)


def test_question_and_reply_are_sealed_and_on_record(world):
    request = ask_back(world, file(world.ada))
    reply(world, request)

    [message] = list_thread(request)
    assert (message.question, message.reply) == ("Which orders do you mean?", "Those of May.")
    assert entries(request) == ["filed", "paused", "clarified"]
    for held in (*Statement.objects.values_list("sealed", flat=True), *Entry.objects.values_list("details", flat=True)):
        assert b"orders do you mean" not in str(held).encode() and b"of May" not in bytes(str(held), "utf-8")
    [listed] = list_clarifications(request)
    assert (listed["question"], listed["answer"]) == (message.question, message.reply)


def test_the_clock_waits_for_the_reply_and_goes_on_with_it(real_world, later):
    request = ask_back(real_world, file(real_world.ada))
    later(timedelta(days=4))
    reply(real_world, request)

    going = RightsRequest.objects.get(pk=request.pk)
    assert (going.waiting_since, going.waited_days) == (None, 4)
    assert Entry.objects.get(event="rights_request.clarified").facts["waited_days"] == 4


def test_a_question_about_something_else_leaves_the_clock_running(world):
    request = ask_back(world, file(world.ada), "other")

    assert request.waiting_since is None and entries(request) == ["filed", "asked"]
    reply(world, request)
    assert entries(request) == ["filed", "asked", "clarified"]


def test_it_is_answered_once_and_by_its_customer_alone(world):
    request = ask_back(world, file(world.ada))
    asked = request.clarification_set.get().pk
    about = {"rights_request": request.pk, "clarification": asked, "text": "Mine."}
    with pytest.raises(Unknown):
        clarifying.reply_to_question(customer=world.ben.customer.pk, by=world.ben.actor, **about)
    with pytest.raises(NoReply):
        reply(world, request, "  ")
    reply(world, request)
    with pytest.raises(AlreadyReplied):
        reply(world, request)
    with pytest.raises(NothingAsked):
        note_reply(world, request, today())


def test_a_question_that_nobody_answered_in_time_is_told_as_such(world):
    request = ask_back(world, file(world.ada))
    requester_actions.withdraw_request(rights_request=request.pk, customer=world.ada.customer.pk, by=world.ada.actor)

    page = signed_in(world.ada.user).get(f"/rights/requests/{request.number}/").text
    assert "None: the request was answered or ended first." in page


def test_it_is_news_on_the_first_page(world):
    since = now()
    ask_back(world, file(world.ada))
    [line] = describe_news(customer=world.ada.customer.pk, since=since, reader=world.ada.user.pk)
    assert line.text == "1 question from us to you" and line.url == "/rights/"


def test_bad_questions_are_refused_with_a_sentence(world):
    request = file(world.ada)
    for words, refusal in (("  ", NoQuestion), ("x" * (MOST_LETTERS + 1), QuestionTooLong)):
        with pytest.raises(refusal):
            ask_back(world, request, text=words)
    with pytest.raises(IdentityKnown):
        ask_back(world, request, "identity")
    with pytest.raises(NotAnOfficer):
        ask_back(world, request, officer=world.sam)
    assert entries(request) == ["filed"]


def test_an_officer_who_loses_the_role_in_the_middle_asks_nothing(world):
    request, pia = file(world.ada), signed_in(world.pia.user)
    asked = first_press(pia, request, "ask")
    staff_members.end_staff_membership(member=world.pia, by=PORTAL)
    (form,) = forms_on(asked, "confirm")
    assert sent(pia, form, path=record(request), about="scope", words="Which?").status_code in (302, 403, 404)
    assert not request.clarification_set.exists()


def test_whom_no_email_reaches_is_asked_by_letter_and_the_reply_is_noted(world):
    nowhere = customer_records.open_customer_record(reference="C-5001", by=PORTAL)
    request = type_in(world, Type.RECIPIENTS, nowhere)
    with pytest.raises(NobodyToWriteTo):
        ask_back(world, request, "identity")
    ask_back(world, request, "identity", told_on=today())
    with pytest.raises(BadDayOfAnswer):
        note_reply(world, request, today() - timedelta(days=1))
    note_reply(world, request, today(), "Number 17.")

    assert "The customer answered" in text(signed_in(world.pia.user).get(record(request)))
    [message] = list_thread(request)
    assert message.is_noted and message.reply == "Number 17." and entries(request)[-1] == "resumed"


class TestByCode:
    def test_a_stranger_reads_and_answers_with_number_and_code(self, world):
        request = ask_back(world, file_as_stranger(jurisdiction="DE"), "identity")
        stranger = Client()
        typed = {"number": request.number.lower(), "code": mailed_code()}
        assert stranger.post("/rights/answer/", typed).status_code == 302
        page = stranger.get("/rights/answer/")
        assert "Which orders do you mean?" in text(page)
        other = Client()
        other.post("/rights/answer/", typed)
        assert other.post("/rights/answer/", {"leave": "1"}).url == "/rights/"
        assert "Which orders" not in text(other.get("/rights/answer/"))

        (form,) = forms_on(page, "words")
        sent(stranger, form, path="/rights/answer/", words="I am Ada, C-1001.")

        assert entries(request) == ["filed", "paused", *["question_code_typed"] * 2, "clarified"]
        request.refresh_progress()
        assert request.waiting_since is None
        assert Message.objects.filter(kind="rights_request_replied", user=world.pia.user).exists()
        assert "Which orders" not in text(stranger.get("/rights/answer/"))

    def test_a_wrong_code_says_no_more_than_a_wrong_number_and_ends_after_ten(self, world):
        request = ask_back(world, file_as_stranger(jurisdiction="DE"), "identity")
        code, by = mailed_code(), Actor("visitor")
        said = {
            text(Client().post("/rights/answer/", {"number": number, "code": "BCDF-GHJK-MNPQ"})).count("do not match")
            for number in (request.number, "RQ-AAAA-AAAA")
        }
        assert said == {1}
        short = Client().post("/rights/answer/", {"number": request.number, "code": "AAAA-BBBB"})
        assert "This code cannot be right" in text(short) and entries(request).count("question_code_typed") == 1
        for _try in range(MOST_TRIES):
            with pytest.raises(QuestionCodeDoesNotWork):
                clarifying.enter_question_code(rights_request=request.pk, code="AAAABBBBCCCC", by=by)
        for known in (request.pk, uuid4()):
            with pytest.raises(QuestionCodeDoesNotWork):
                clarifying.enter_question_code(rights_request=known, code=code, by=by)

    def test_words_are_sealed_anew_once_it_is_known_whose_they_are_and_leave_with_them(self, world):
        request = ask_back(world, file_as_stranger(Type.ACCESS, jurisdiction="IE"), "identity")
        confirm(world, request, world.ada.customer)
        request = RightsRequest.objects.get(pk=request.pk)
        assert list_thread(request)[0].question == "Which orders do you mean?"

        erase(world, world.ada)

        assert not Statement.objects.filter(rights_request=request).exists()
        with pytest.raises(AlreadyErased):
            ask_back(world, RightsRequest.objects.get(pk=request.pk))
        assert list_thread(RightsRequest.objects.get(pk=request.pk))[0].question == ""


class TestInSql:
    def test_no_clock_waits_without_a_question(self, real_world):
        refused("rights_pause_on_record", file(real_world.ada), PAUSED, event="paused", outcome="scope")

    def test_nobody_answers_for_the_customer(self, real_world):
        request = ask_back(real_world, file(real_world.ada))
        asked = request.clarification_set.get().pk
        columns = "(clarification_id, rights_request_id, way)"
        insert = f"INSERT INTO rights_clarificationreply {columns} VALUES ({asked}, %(id)s, "
        for way, by in (
            ("account", real_world.ben.actor),
            ("account", by_staff(real_world.pia)),
            ("noted", real_world.ada.actor),
        ):
            told = {"event": "clarified", "outcome": way, "by": by, "clarification": asked}
            refused("rights_clarificationreply_on_record", request, f"{insert}'{way}')", **told)

    def test_a_reply_lets_the_clock_go_on(self, real_world):
        request = ask_back(real_world, file(real_world.ada))
        asked = request.clarification_set.get().pk
        sql = (
            "INSERT INTO rights_clarificationreply (clarification_id, rights_request_id, way)"
            f" VALUES ({asked}, %(id)s, 'account')"
        )
        told = {"event": "clarified", "outcome": "account", "by": real_world.ada.actor, "clarification": asked}
        refused("rights_clarificationreply_on_record", request, sql, **told)

    def test_words_of_the_thread_stay(self, world):
        request = ask_back(world, file(world.ada))
        with pytest.raises(DatabaseError, match="kept until"):
            change(request, "DELETE FROM rights_statement WHERE rights_request_id = %(id)s")

    def test_a_ready_made_question_changes_with_its_entry(self, real_world):
        save(real_world, {"en": "Which?"})
        with pytest.raises(DatabaseError, match="its ledger entry"), act() as cursor:
            cursor.execute("UPDATE rights_questiontemplate SET texts = '{}'")


def save(world, texts) -> QuestionTemplate:
    template = QuestionTemplate(code="which", about="scope", texts=texts)
    return save_question_template(template=template, by=by_staff(world.pia))


class TestReadyMade:
    def test_it_is_filled_in_the_customers_language(self, world):
        save(world, {"en": "Which, {number}?", "de": "Zum Antrag {number} vom {arrived}: welche?"})
        customer_records.choose_language(customer=world.ada.customer.pk, language="de", by=world.ada.actor)
        request, pia = file(world.ada), signed_in(world.pia.user)

        shown = text(first_press(pia, request, "ask"))
        assert f"Zum Antrag {request.number} vom" in shown and "Deutsch" in shown
        press(pia, request, "ask", about="scope", ready_made="which", words="Danke.")

        [message] = list_thread(RightsRequest.objects.get(pk=request.pk))
        assert message.question.startswith(f"Zum Antrag {request.number}") and message.question.endswith("Danke.")
        assert Message.objects.get(kind="rights_request_question").customer == world.ada.customer

    @pytest.mark.parametrize("words", ["{name}", "{number", "{{number}}", "{number.__class__}"])
    def test_an_unknown_placeholder_is_refused(self, world, words):
        with pytest.raises(UnknownPlaceholder):
            save(world, {"en": words})

    def test_officers_keep_it_on_a_page_and_nothing_typed_is_lost(self, world):
        pia, url = signed_in(world.pia.user), "/admin/rights/questiontemplate/add/"
        typed = {"code": "which", "about": "scope", "text_en": "Which {name}?", "is_offered": "on", "_save": ""}
        (form,) = forms_on(pia.get(url), "text_en")
        refused_page = sent(pia, form, path=url, **typed)
        assert "A placeholder is not known" in text(refused_page) and "Which {name}?" in text(refused_page)

        sent(pia, form, path=url, **typed | {"text_en": "Which {number}?"})

        again = sent(pia, form, path=url, **typed | {"text_en": "Which {number}?"})
        assert again.status_code == 302 and again.url == url.replace("add/", "")
        assert QuestionTemplate.objects.get().texts == {"en": "Which {number}?"}
        record = f"/admin/rights/questiontemplate/{QuestionTemplate.objects.get().pk}/change/"
        read = signed_in(world.otto.user).get(record).text
        assert "English: Which {number}?" in read and ">None<" not in read
        assert "Offered to officers</label>" in read and '<div class="readonly">yes</div>' in read
        assert Entry.objects.get(event="question_template.saved").outcome == "which"
        assert signed_in(world.sam.user).get(url).status_code in (403, 404)

    def test_a_page_of_before_a_change_saves_nothing_and_says_so(self, world):
        record = f"/admin/rights/questiontemplate/{save(world, {'en': 'Which?'}).pk}/change/"
        for officer, more in ((world.pia, {"confirm": "1"}), (world.otto, {"_save": ""})):
            told = signed_in(officer.user).post(record, {"shown_record": "older", **more}, follow=True)
            assert "the record has changed since your page was loaded" in text(told)


class TestPages:
    def test_the_customer_reads_answers_and_sees_it_on_their_page(self, world):
        request, ada = ask_back(world, file(world.ada)), signed_in(world.ada.user)
        page = f"/rights/requests/{request.number}/"
        link = f"{page}reply/{request.clarification_set.get().pk}/"
        assert link in ada.get(page).content.decode()
        (form,) = forms_on(ada.get(link), "words")
        assert sent(ada, form, path=link, words=" ").status_code == 422

        sent(ada, form, path=link, words="Those of May.")

        assert "Those of May." in text(ada.get(page)) and link not in ada.get(page).content.decode()
        assert "already been answered" in text(ada.get(link))
        assert signed_in(world.ben.user).get(link).status_code == 404

    def test_the_officer_reads_it_on_record(self, world):
        request, pia = ask_back(world, file(world.ada)), signed_in(world.pia.user)
        reply(world, request)
        shown = text(first_press(pia, request, "read_words"))
        assert "Those of May." in shown and entries(request)[-1] == "words_read"
        assert "resume" not in buttons(pia, request)

    def test_many_questions_cost_no_more_statements(self, world, django_assert_max_num_queries):
        request = file_correction(world.ada)
        for _time in range(6):
            ask_back(world, request, "other")
        with django_assert_max_num_queries(5):
            assert len(list_thread(request)) == 6


def test_the_first_page_tells_of_the_question_until_it_is_answered(world):
    request = ask_back(world, file(world.ada))
    path = f"/rights/requests/{request.number}/reply/{request.clarification_set.get().pk}/"
    page = signed_in(world.ada.user).get("/").content.decode()
    assert path in page and "We have a question for you" in page and "Nothing is waiting for you" not in page

    reply(world, request)
    page = signed_in(world.ada.user).get("/").content.decode()
    assert path not in page and "Nothing is waiting for you" in page
