"""An officer works on a request: each step once, in turn, on record."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from consents.core.clock import now
from consents.core.refusals import Unknown
from consents.law.kinds import Type
from consents.law.reasons import Reason
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL
from consents.notifications.delivery import deliver_message
from consents.notifications.email_texts import build_email_context as words_of
from consents.notifications.email_texts import render_email_text
from consents.notifications.models import FailingAddress, Message
from consents.people.services.customer_records import open_customer_record
from consents.people.services.holding import AlreadyErased
from consents.people.two_officers.refusals import NeedsSecondOfficer
from consents.rights import words
from consents.rights.customers import presenting
from consents.rights.models import RecipientNotice, RightsRequest, Statement
from consents.rights.refusals import (
    AlreadyAnswered,
    BadDayOfAnswer,
    BadDayOfTelling,
    CannotRefuse,
    IdentityFirst,
    IsNotWaiting,
    NeedsLaw,
    NobodyToWriteTo,
    NothingToAppeal,
    SearchFirst,
)
from consents.rights.rules import Appealed, Format, Outcome, Reply, State, TellingWay, Waiting
from consents.rights.services import answering, handling, requester_actions, waiting
from tests.rights.handling import NOTHING, REFUSED, extend, handle, pause, today
from tests.rights.in_sql import refused
from tests.rights.officer_pages import buttons, fresh, press, record, text
from tests.world.cast import make_recipient, signed_in
from tests.world.erasing import erase
from tests.world.rights_requests import (
    DONE,
    answer,
    ask_back,
    by_staff,
    confirm,
    entries,
    file,
    file_as_stranger,
    make_californian,
    search,
    type_in,
)


class TestToldWithoutMail:
    @pytest.fixture
    def unreachable(self, world):
        return type_in(world, customer=open_customer_record(reference="C-5001", by=PORTAL))

    def test_an_extension_says_when_they_were_told(self, world, unreachable):
        with pytest.raises(NobodyToWriteTo):
            extend(world, unreachable)
        for day in (today() - timedelta(days=9), today() + timedelta(days=1)):
            with pytest.raises(BadDayOfTelling):
                extend(world, unreachable, told_on=day)

        extend(world, unreachable, told_on=today())

        assert Entry.objects.latest("id").facts["told_on"] == today().isoformat()

    def test_so_does_a_refusal(self, world, unreachable):
        confirm(world, unreachable)
        with pytest.raises(NobodyToWriteTo):
            answer(world, unreachable, REFUSED)

        done = answer(world, unreachable, replace(REFUSED, told_on=today()))

        answered = Entry.objects.filter(event="rights_request.answered").latest("id")
        assert done.answer.remedies_told and "told_on" in answered.facts

    def test_an_address_that_takes_no_mail_is_none(self, world):
        filed = file(world.ada)
        FailingAddress.objects.create(address_hash=bytes(world.ada.customer.address_hash), how="bounced")
        with pytest.raises(NobodyToWriteTo):
            answer(world, filed, REFUSED)


def test_the_mails_say_why_by_which_law_and_what_can_be_done(world):
    late, refused = file(world.ada), file(world.cal, Type.CORRECTION)
    extend(world, late)
    answer(world, refused, replace(REFUSED, law=""))

    longer = letter(Message.objects.get(kind="rights_request_extended"))
    no = letter(Message.objects.get(kind="rights_request_answered"))

    assert "complex" in longer and "(GDPR Art\xa012(3))" in longer and "go to court" in longer
    assert "A law forbids it" in no and "(Civ\xa01798.145(a)(1))" in no and "Attorney General" in no
    assert "the way you asked" not in no


def letter(message: Message) -> str:
    return render_email_text(f"email/{message.kind}", words_of(message.context)).text


class TestAnswer:
    def test_it_closes_with_everything_on_record(self, world):
        filed = file(world.ada)
        search(world, filed)

        done = answer(world, filed)

        assert (done.state, done.outcome, done.response_format) == ("answered", "complied_whole", "portal_download")
        assert done.handler == world.pia.user and done.retain_until.year == done.responded_at.year + 2
        assert words.open_statement(done, Statement.Kind.ANSWERED) == {"text": "Here it is."}
        assert entries(done) == ["filed", "system_searched", "answered"]
        assert "Here it is" not in str(list(Entry.objects.values_list("canonical", flat=True)))

    def test_the_second_officer_finds_it_answered(self, world):
        filed = file(world.ada)
        search(world, filed)
        answer(world, filed)
        with pytest.raises(AlreadyAnswered):
            answer(world, filed, officer=world.otto)

    def test_nobody_searched_no_answer_about_data(self, world):
        with pytest.raises(SearchFirst):
            answer(world, file(world.ada))

    @pytest.mark.parametrize("reply", [DONE, NOTHING, REFUSED], ids=lambda reply: reply.outcome.value)
    def test_nobody_known_no_answer_about_data(self, world, reply):
        filed = type_in(world)
        search(world, filed)
        with pytest.raises(IdentityFirst):
            answer(world, filed, reply)

    def test_a_failed_check_is_no_check(self, world):
        filed = type_in(world)
        search(world, filed)
        handle(world, handling.fail_identity, filed)
        with pytest.raises(IdentityFirst):
            answer(world, filed)

    def test_a_stranger_nobody_knows_is_told_that(self, world):
        reply = Reply(Outcome.DENIED, Format.EMAIL, "", Reason.NO_MATCH)
        done = answer(world, file_as_stranger(), reply)
        assert (done.answer.denial_metric_group, done.denial_legal_basis) == ("not_verifiable", "GDPR Art 11(2)")
        assert done.answer.remedies_told

    def test_an_opt_out_is_refused_for_fraud_alone(self, world):
        filed = file_as_stranger(Type.OPT_OUT, jurisdiction="US-CA")
        with pytest.raises(CannotRefuse):
            answer(world, filed, REFUSED)
        fraud = Reply(Outcome.DENIED, Format.EMAIL, "", Reason.FRAUD)
        assert answer(world, filed, fraud).denial_legal_basis == "11 CCR 7026(e)"

    def test_part_says_why_not_the_rest_and_whole_does_not(self, world):
        filed = file(world.ada, Type.RECTIFICATION)
        for reply in (
            Reply(Outcome.COMPLIED_PART, Format.EMAIL),
            Reply(Outcome.COMPLIED_WHOLE, Format.EMAIL, "", Reason.LEGAL, "GDPR Art 23"),
        ):
            with pytest.raises(CannotRefuse):
                answer(world, filed, reply)

    def test_another_reason_names_its_law(self, world):
        filed = file(world.ada, Type.RECTIFICATION)
        for reason in (Reason.OTHER, Reason.OTHERS, Reason.LEGAL):
            with pytest.raises(NeedsLaw, match="say which"):
                answer(world, filed, Reply(Outcome.DENIED, Format.EMAIL, "", reason))
        other = Reply(Outcome.DENIED, Format.EMAIL, "", Reason.OTHER, "GDPR Art 89")
        assert answer(world, filed, other).denial_legal_basis == "GDPR Art 89"

    def test_the_customer_takes_it_back(self, world):
        filed = file(world.ada)
        pause(world, filed)
        back = requester_actions.withdraw_request(
            rights_request=filed.pk, customer=world.ada.customer.pk, by=world.ada.actor
        )
        assert (back.outcome, back.waiting_since) == ("withdrawn_by_requester", None)
        assert file(world.ada) != back
        with pytest.raises(Unknown):
            requester_actions.withdraw_request(
                rights_request=filed.pk, customer=world.ben.customer.pk, by=world.ben.actor
            )


class TestAppeal:
    def refused(self, world):
        return answer(world, file(world.ada, Type.RECTIFICATION), REFUSED)

    def appeal(self, world, request):
        return requester_actions.appeal_answer(
            rights_request=request.pk, customer=world.ada.customer.pk, why="It is wrong.", by=world.ada.actor
        )

    def decide(self, world, request, outcome, officer=None):
        return handle(
            world, answering.decide_appeal, request, outcome=outcome, text="Sorry.", officer=officer or world.otto
        )

    def test_another_officer_decides(self, world):
        refused = self.refused(world)
        assert "look at this again" in presenting.describe_remedies(refused)
        asked = self.appeal(world, refused)
        assert asked.appeal_due_at and asked.register.clocks["appeal"]["rule"] == "house:appeal"
        with pytest.raises(NeedsSecondOfficer):
            self.decide(world, asked, Appealed.UPHELD, world.pia)
        assert "look at this again" not in presenting.describe_remedies(asked)
        decided = self.decide(world, asked, Appealed.UPHELD)
        assert decided.appeal_outcome == "upheld" and "look at this again" not in presenting.describe_remedies(decided)
        with pytest.raises(NothingToAppeal):
            self.appeal(world, asked)

    def test_reversed_it_begins_again_with_every_check(self, world):
        asked = self.appeal(world, self.refused(world))

        anew = self.decide(world, asked, Appealed.REVERSED)

        assert anew.follows == asked and anew.received_at == asked.appeal_at
        assert (anew.state, anew.verification_level, anew.verified_at) == ("received", "", None)
        with pytest.raises(IdentityFirst):
            answer(world, anew)

    def test_begun_again_it_waits_for_the_customer_and_says_so_everywhere(self, world):
        anew = self.decide(world, self.appeal(world, self.refused(world)), Appealed.REVERSED)
        confirm_here = f"/rights/requests/{anew.number}/sent/"

        deliver_message(message=Message.objects.get(kind="rights_request_decided").pk)
        told = " ".join(mail.outbox[-1].body.split())
        assert f"We begin again, with the number {anew.number}. One step is left: sign in" in told
        ada = signed_in(world.ada.user)
        home, listed = ada.get("/").text, ada.get("/rights/").text
        assert confirm_here in home and "Nothing is waiting for you" not in home
        assert "before you have confirmed that it was you" in home and f"Confirm request {anew.number}" in home
        assert "Waiting for your confirmation" in listed and "Checking who asked" not in listed

        confirm(world, anew, world.ada.customer)
        assert confirm_here not in ada.get("/").text

    def test_what_stands_after_an_appeal_asks_nothing_more(self, world):
        self.decide(world, self.appeal(world, self.refused(world)), Appealed.UPHELD)
        deliver_message(message=Message.objects.get(kind="rights_request_decided").pk)
        assert "We begin again" not in mail.outbox[-1].body and "One step is left" not in mail.outbox[-1].body

    def test_what_was_done_whole_leaves_nothing_to_appeal(self, world):
        done = answer(world, file(world.ada, Type.AUTOMATED))
        with pytest.raises(NothingToAppeal):
            self.appeal(world, done)


def test_recipients_are_told_or_it_is_said_why_not(world):
    filed = file(world.ada, Type.RESTRICTION)
    carrier, printer = make_recipient("carrier"), make_recipient("printer")
    handle(world, handling.record_recipient_notices, filed, recipients=[carrier.pk], way=TellingWay.EMAIL)
    answer(world, filed)
    handle(
        world,
        handling.record_recipient_notices,
        filed,
        recipients=[printer.pk],
        why_not=RecipientNotice.WhyNot.IMPOSSIBLE,
    )
    handle(world, handling.record_recipient_notices, filed, recipients=[printer.pk], way=TellingWay.EMAIL)

    noted = set(filed.recipientnotice_set.values_list("recipient__code", "why_not"))
    assert noted == {
        ("carrier", ""),
        ("printer", "impossible"),
    }


def test_what_came_by_post_is_acknowledged_by_hand(world):
    nowhere = open_customer_record(reference="C-5000", by=PORTAL)
    filed = type_in(world, customer=nowhere)
    assert filed.state == State.RECEIVED

    assert handle(world, handling.record_acknowledgement, filed).state == State.ACKNOWLEDGED
    assert entries(filed) == ["filed", "acknowledged"]


def test_nothing_new_is_matched_to_an_erased_customer(real_world):
    filed = file_as_stranger()
    erase(real_world)
    with pytest.raises(AlreadyErased):
        confirm(real_world, filed, real_world.ada.customer)


def test_a_californian_of_a_real_world_is_one(real_world):
    assert file(make_californian(), Type.DELETION).regime == "ccpa"


# A wait has an end when no answer comes: an officer says so, identity fails, or nobody is left to answer.

UNKNOWN = Reply(Outcome.DENIED, Format.EMAIL, "We could not be sure that it was you.", Reason.UNVERIFIED)


def paused(world, request: RightsRequest, waiting_for=Waiting.IDENTITY) -> RightsRequest:
    return ask_back(world, request, waiting_for)


def stop_waiting(world, request: RightsRequest) -> RightsRequest:
    return waiting.stop_waiting(rights_request=request.pk, officer=world.pia, by=by_staff(world.pia))


def test_without_an_answer_the_clock_goes_on_and_it_can_be_refused(real_world, later):
    request = paused(real_world, type_in(real_world))
    due = request.due_at
    later(timedelta(days=20))

    going = stop_waiting(real_world, request)

    assert (going.waiting_since, going.waiting_for, going.waited_days) == (None, "", 20)
    assert going.register.due_at > due and going.register.clocks["answer"]["inputs"]["waited"] == 20
    assert answer(real_world, going, UNKNOWN).denial_reason == "insuf_verification"
    assert entries(request) == ["filed", "paused", "unanswered", "answered"]


def test_nothing_is_stopped_where_nothing_waits(world):
    with pytest.raises(IsNotWaiting):
        stop_waiting(world, file(world.ada))


def test_on_the_pages_both_sides_read_that_no_answer_came(world):
    pia, request = signed_in(world.pia.user), paused(world, type_in(world))
    assert {"resume", "stop_waiting"} <= buttons(pia, request) and "refuse" not in buttons(pia, request)

    press(pia, request, "stop_waiting")

    assert fresh(request).waiting_since is None and "refuse" in buttons(pia, request)
    assert "No answer came: the clock goes on" in text(pia.get(record(request)))
    assert "No answer reached us" in text(signed_in(world.ada.user).get(f"/rights/requests/{request.number}/"))


def test_a_failed_check_ends_the_wait_for_it(real_world, later):
    nothing_came, too_little = (paused(real_world, type_in(real_world, type)) for type in (Type.ACCESS, Type.ERASURE))
    later(timedelta(days=10))
    about = {"officer": real_world.pia, "by": by_staff(real_world.pia)}
    with pytest.raises(BadDayOfAnswer):
        handling.fail_identity(
            rights_request=too_little.pk, answered_on=timezone.localdate(now()) + timedelta(1), **about
        )

    handling.fail_identity(rights_request=nothing_came.pk, **about)
    came_on = timezone.localdate(now()) - timedelta(days=6)
    handling.fail_identity(rights_request=too_little.pk, answered_on=came_on, **about)

    failed = [fresh(nothing_came), fresh(too_little)]
    assert [(one.waiting_since, one.verification_level) for one in failed] == [(None, "failed")] * 2
    assert failed[0].waited_days in (9, 10) and failed[1].waited_days in (3, 4)
    assert entries(nothing_came) == ["filed", "paused", "identity_failed"]


def test_another_question_still_waits_when_a_check_fails(world):
    request = paused(world, type_in(world), Waiting.SCOPE)
    failed = handling.fail_identity(rights_request=request.pk, officer=world.pia, by=by_staff(world.pia))
    assert failed.waiting_for == "scope"


def test_the_page_asks_for_the_day_only_while_it_waits_for_that(world):
    pia, request = signed_in(world.pia.user), paused(world, type_in(world))

    press(pia, request, "fail_identity", answered_on="")

    assert (fresh(request).verification_level, fresh(request).waiting_since) == ("failed", None)


def test_with_the_customer_every_wait_ends(real_world):
    world = real_world
    deletion = file(world.ada, Type.ERASURE)
    search(world, deletion)
    copy = file(world.ada)
    for request in (deletion, copy):
        paused(world, request, Waiting.SCOPE)

    erase(world)

    assert (fresh(deletion).outcome, fresh(deletion).waiting_since) == ("complied_whole", None)
    assert (fresh(copy).state, fresh(copy).waiting_since) == ("in_progress", None)
    assert entries(copy)[-1] == "unanswered" and entries(deletion)[-2:] == ["unanswered", "answered"]
    assert Entry.objects.filter(object=copy.pk, event="rights_request.unanswered").get().outcome == "scope"


def test_in_sql_no_wait_ends_off_record(real_world):
    request = paused(real_world, type_in(real_world))
    over = (
        "INSERT INTO rights_pauseend (pause_id, rights_request_id, waited_days, due_at, target_on, clocks) SELECT"
        " (SELECT max(id) FROM rights_pause), id, 0, due_at, target_on, '{}'"
        " FROM rights_rightsrequest WHERE id = %(id)s"
    )
    refused("rights_pauseend_on_record", request, over)
    refused("rights_pauseend_on_record", request, over, event="acknowledged")
