"""Who shares an account asks together for what changes it or takes its data away; one alone may stop things."""

import html
import re
from datetime import timedelta

import pytest

from consents.choices.models import Mark
from consents.disclosures.customers.presenting import describe_news
from consents.home.staff_emails import count_waiting_work
from consents.law.kinds import Type
from consents.ledger.models import Entry
from consents.ledger.rules import Actor
from consents.notifications.models import Message
from consents.people.models import Erasure, JointAssent
from consents.people.services import erasing
from consents.rights.models import RightsRequest
from consents.rights.refusals import AlreadyAnswered
from consents.rights.rules import Format, Outcome, Reply, StepState, WhyNotCorrected
from consents.rights.services import clarifying, requester_actions, sharing
from consents.rights.services import erasing as rights_erasing
from consents.rights.services.sharing import HoldersFirst, NothingToAgree
from consents.rights.staff.checklist import Item, build_checklist
from consents.rights.staff.pages import find_next_request
from consents.rights.staff.waiting import list_rights_work
from tests.rights.officer_pages import LIST
from tests.world.cast import signed_in
from tests.world.holders import share_account
from tests.world.proofs import prove
from tests.world.rights_requests import (
    DONE,
    accept,
    answer,
    ask_back,
    by_staff,
    entries,
    file,
    file_correction,
    search,
    type_in,
)
from tests.world.scene_fixtures import scene

DAY = timedelta(days=1)
NOT_HERE = Reply(Outcome.NO_DATA, Format.EMAIL)


def agree(who, request) -> RightsRequest:
    return sharing.agree_to_request(rights_request=request.pk, acting=who.acting, by=who.actor)


def withdraw(who, request) -> RightsRequest:
    return requester_actions.withdraw_request(rights_request=request.pk, customer=who.customer.pk, by=who.actor)


@pytest.fixture
def ada(world):
    world.ada.acting = world.ada.user.actings.get()
    return world.ada


@scene
def mia(world):
    return share_account(world)


class TestAll:
    @pytest.mark.parametrize("type", [Type.ACCESS, Type.PORTABILITY])
    def test_a_copy_is_made_once_both_have_agreed(self, world, ada, mia, type):
        request = file(ada, type)
        search(world, request)
        with pytest.raises(HoldersFirst):
            answer(world, request, officer=world.otto)

        agree(mia, request)
        answer(world, request, officer=world.otto)
        request.refresh_from_db()
        assert request.is_answered and entries(request)[:2] == ["filed", "system_searched"]

    def test_an_officer_is_led_to_it_once_both_have_agreed(self, world, ada, mia):
        file(world.ben)
        request, pia = file(ada), signed_in(world.pia.user)
        assert {work.code: number for work, number in count_waiting_work(world.pia)} == {"free": 1}
        lists = {state: pia.get(f"{LIST}?state={state}").text for state in ("ours", "holders", "open")}
        assert [request.number in page for page in lists.values()] == [False, True, True]
        assert "Waiting for other holders" in lists["open"]
        assert find_next_request(world.pia, request.pk) != request
        (work, *_others) = list_rights_work(world.pia)[1:]
        assert request.number not in {case.name for case in work.list_new_cases(request.received_at - DAY)}

        agree(mia, request)
        assert {work.code: number for work, number in count_waiting_work(world.pia)} == {"free": 2}
        assert request.number in pia.get(f"{LIST}?state=ours").text
        assert request.number not in pia.get(f"{LIST}?state=holders").text

    def test_asking_is_the_yes_of_who_asks(self, world, ada, mia):
        request = file(mia)

        assert JointAssent.objects.get().given_by == mia.user
        assert Entry.objects.get(event="rights_request.filed").facts["assent"] == str(JointAssent.objects.get().pk)
        assert sharing.list_missing_holders(request, None) == {ada.user.pk}

    def test_what_staff_typed_in_needs_the_yes_of_both(self, world, ada, mia):
        request = type_in(world)

        assert sharing.list_missing_holders(request, None) == {ada.user.pk, mia.user.pk}

    def test_no_value_is_corrected_before(self, world, ada, mia):
        request = file_correction(ada)
        with pytest.raises(HoldersFirst):
            accept(world, request, officer=world.otto)

        agree(mia, request)
        assert accept(world, request, officer=world.otto).correction_set.get().is_accepted

    def test_a_value_may_be_left_as_it_is_without_asking_anybody(self, world, ada, mia):
        request = file_correction(ada)

        left = accept(world, request, why_not=WhyNotCorrected.ACCURATE, officer=world.otto)
        assert not left.correction_set.get().is_accepted

    def test_nothing_is_proposed_for_erasure_before(self, world, ada, mia):
        request = file(ada, Type.ERASURE)
        search(world, request)
        terms = {"rights_request": request.pk, "officer": world.pia, "by": by_staff(world.pia)}
        with pytest.raises(HoldersFirst):
            rights_erasing.propose_erasure(**terms)
        with pytest.raises(HoldersFirst):
            rights_erasing.propose_partial_erasure(**terms, kept=["orders"])

        agree(mia, request)
        assert rights_erasing.propose_erasure(**terms).reason == "requested"

    def test_it_may_be_refused_or_found_empty_without_the_other(self, world, ada, mia):
        request = file(ada)
        search(world, request)

        answer(world, request, NOT_HERE, officer=world.otto)
        request.refresh_from_db()
        assert request.outcome == "no_data_held"
        with pytest.raises(AlreadyAnswered):
            agree(mia, request)

    def test_the_no_of_the_other_ends_the_request(self, world, ada, mia):
        request = file(ada, Type.ERASURE)

        assert withdraw(mia, request).outcome == "withdrawn_by_requester"

    def test_their_pages_say_what_it_waits_for(self, world, ada, mia):
        request, waits = file(ada, Type.ERASURE), "We can act on it only once all of you have agreed."
        paths = ("/rights/", f"/rights/requests/{request.number}/")

        def read(who):
            return [html.unescape(signed_in(who.user).get(path).text) for path in paths]

        assert all("Waiting for others who share your account" in page and waits in page for page in read(ada))
        assert all("Waiting for you" in page and waits in page for page in read(mia))
        assert waits in signed_in(ada.user).get(f"{paths[1]}sent/").text
        agree(mia, request)
        assert not any("Waiting for" in page or waits in page for page in (*read(ada), *read(mia)))

    def test_to_agree_twice_changes_nothing(self, world, ada, mia):
        request = file(ada)
        agree(mia, request)
        with pytest.raises(NothingToAgree):
            agree(mia, request)

        assert entries(request).count("assented") == 1

    def test_one_alone_pauses_and_objects_at_once(self, world, ada, mia):
        file(mia, Type.RESTRICTION)

        assert Mark.objects.filter(customer=ada.customer.pk, kind="restriction", lifted_at=None).exists()
        assert not JointAssent.objects.exists()

    def test_one_alone_reads_which_kinds_of_data_there_are(self, world, mia):
        assert not sharing.list_missing_holders(
            RightsRequest(request_type=Type.KNOW_CATEGORIES, customer=mia.customer), None
        )


class TestErasing:
    @pytest.fixture
    def world(self, real_world):
        return real_world

    def erase(self, world) -> Erasure:
        return erasing.erase_customer(customer=world.ada.customer.id, officer=world.otto, by=by_staff(world.otto))

    def propose(self, world, reason: str) -> Erasure:
        by = by_staff(world.pia)
        customer = world.ada.customer.id
        return erasing.propose_erasure(customer=customer, reason=Erasure.Reason(reason), officer=world.pia, by=by)

    def test_nobody_is_erased_because_one_has_asked(self, world, ada, mia):
        file(ada, Type.ERASURE)
        self.propose(world, "requested")
        with pytest.raises(HoldersFirst):
            self.erase(world)

        assert not Erasure.objects.filter(done_at__isnull=False).exists()

    def test_both_are_erased_when_both_have_asked(self, world, ada, mia):
        request = file(ada, Type.ERASURE)
        search(world, request)
        agree(mia, request)
        rights_erasing.propose_erasure(rights_request=request.pk, officer=world.pia, by=by_staff(world.pia))
        self.erase(world)

        request.refresh_from_db()
        assert request.outcome == "complied_whole"

    def test_a_duty_of_the_company_waits_for_nobody(self, world, ada, mia):
        file(ada, Type.ERASURE)
        self.propose(world, "legal_duty")

        assert self.erase(world).done_at


def test_one_is_enough_where_the_contract_says_so(world, ada):
    share_account(world, yes_of="any")
    request = file(ada)
    search(world, request)

    answer(world, request, DONE, officer=world.otto)
    request.refresh_from_db()
    assert request.is_answered


def test_nobody_agrees_for_the_holders_of_another_account(world, ada, mia):
    request = file(world.ben)
    with pytest.raises(NothingToAgree):
        sharing.agree_to_request(
            rights_request=request.pk, acting=world.ben.user.actings.get(), by=Actor("customer", str(world.ben.user.pk))
        )


class TestPages:
    @pytest.fixture
    def page(self, world):
        def read(who, path: str, **sent) -> str:
            browser = signed_in(who.user)
            if "/agree/" in path:
                prove(browser)
            answer = browser.post(path, sent, follow=True) if sent else browser.get(path)
            assert answer.status_code == 200
            return html.unescape(re.sub(r"\s+", " ", answer.content.decode()))

        return read

    def test_what_is_done_at_once_says_so(self, world, ada, mia, page):
        path = f"/rights/requests/{file(ada, Type.WITHDRAWAL).number}/"

        assert "You asked, and it was done at once" in page(ada, path)
        assert "ad•••@example.com asked, and it was done at once" in page(mia, path)

    def test_what_came_by_letter_is_told_as_recorded_that_day(self, world, ada, page):
        done, open_one = (type_in(world, type).number for type in (Type.WITHDRAWAL, Type.ERASURE))

        assert "We recorded this request, and it was done at once" in page(ada, f"/rights/requests/{done}/")
        read = page(ada, f"/rights/requests/{open_one}/")
        assert "We recorded this request" in read and "You asked, and it" not in read

    def test_what_came_by_letter_waits_for_both_in_the_list_too(self, world, ada, mia, page):
        type_in(world, Type.ERASURE)

        assert "Waiting for your yes. You share this account with mi•••@example.com." in page(ada, "/rights/")

    def test_both_read_who_has_agreed_and_the_other_agrees(self, world, ada, mia, page):
        request = file(ada, Type.ERASURE)
        path = f"/rights/requests/{request.number}/"
        assert "It does not count yet. mi•••@example.com must agree too" in page(ada, path)
        assert "ad•••@example.com asked, and it arrived" in page(mia, path)
        assert "Waiting for your yes" in page(mia, "/rights/")
        assert "Someone who shares your account is waiting for your yes" in page(mia, "/")

        assert "ad•••@example.com agreed:" in page(mia, f"{path}agree/")
        assert "You agreed to this request." in page(mia, f"{path}agree/", yes="1")
        assert sharing.list_missing_holders(request, None) == frozenset()
        assert "Nothing is waiting for you" in page(mia, "/")

    def test_each_reads_whose_answer_to_our_question_it_was(self, world, ada, mia, page):
        request = ask_back(world, file(ada))
        question = request.clarification_set.get()
        reply = {"clarification": question.pk, "customer": mia.customer.pk, "text": "Those of May."}
        clarifying.reply_to_question(rights_request=request.pk, by=mia.actor, **reply)
        path = f"/rights/requests/{request.number}/"

        assert "mi•••@example.com answered our question" in page(ada, path)
        assert "You answered our question" in page(mia, path)
        assert "Your answer" not in page(ada, path) and "Those of May." in page(ada, path)
        news = {"customer": ada.customer.pk, "since": question.asked_at - DAY}
        assert "1 other step in a privacy request" in [line.text for line in describe_news(reader=ada.user.pk, **news)]

    def test_a_confirmed_request_is_not_worked_on_before_all_agree(self, world, ada, mia):
        browser = signed_in(ada.user)
        browser.post("/rights/erasure/", {"done": ["kinds", "words"], "extent": "all", "words": "", "send": "1"})
        prove(browser)
        confirmed = browser.post(f"/rights/requests/{RightsRequest.objects.get().number}/confirm/", follow=True)
        read = html.unescape(confirmed.content.decode())

        assert "Thank you. You have confirmed your request." in read and "We now work" not in read
        assert "It does not count yet. mi•••@example.com must agree too" in read

    def test_whoever_shares_the_account_asks_in_their_own_name(self, world, ada, mia):
        said = {"done": ["kinds", "words"], "extent": "all", "words": "", "send": "1"}
        sent = signed_in(mia.user).post("/rights/erasure/", said)

        filed = RightsRequest.objects.get()
        assert sent.status_code == 302 and sent.url == f"/rights/requests/{filed.number}/sent/"
        assert (filed.submitted_by, filed.customer_id) == ("self", ada.customer.pk)
        assert sharing.list_missing_holders(filed, None) == {ada.user.pk}

    def test_nobody_agrees_with_an_open_browser_alone(self, world, ada, mia):
        request = file(ada, Type.ERASURE)
        browser = signed_in(mia.user)
        answer = browser.post(f"/rights/requests/{request.number}/agree/")

        assert answer.status_code == 302 and sharing.list_missing_holders(request, None) == {mia.user.pk}

    def test_each_is_told_that_a_request_was_withdrawn_or_is_looked_at_again(self, world, ada, mia):
        withdraw(mia, file(ada))
        decided = file(ada)
        search(world, decided)
        answer(world, decided, NOT_HERE, officer=world.otto)
        requester_actions.appeal_answer(rights_request=decided.pk, customer=ada.customer.pk, why="", by=mia.actor)

        told = Message.objects.filter(kind="act_confirmed", context__by="customer").order_by("queued_at", "pk")
        for act in (requester_actions.WITHDRAWN, requester_actions.APPEALED):
            assert {message.user or message.customer for message in told.filter(context__act=str(act))} == {
                ada.customer,
                mia.user,
            }

    def test_the_email_says_that_everybody_must_agree(self, world, ada, mia):
        file(ada, Type.ERASURE)
        filed = Message.objects.filter(kind="rights_request_filed")

        assert filed.count() == 2 and {message.context["needs_holders"] for message in filed} == {"yes"}

    def test_officers_read_how_many_have_agreed(self, world, ada, mia):
        request = file(ada, Type.ERASURE)

        titles = {item.title: item.text for item in build_checklist(request, [], Item("Sent", StepState.OPEN))}
        assert titles["Every holder of the account agrees"] == "1 of 2 holders have agreed"
