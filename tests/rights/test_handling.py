"""An officer works on a request: each step once, in turn, on record."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from consents.choices.models import Choice
from consents.choices.rules import Status
from consents.core.clock import now
from consents.core.refusals import Unknown
from consents.disclosures.services import disclose_own_copy
from consents.law.identity import Fact, Level
from consents.law.kinds import Type
from consents.law.reasons import Extension, Reason
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL
from consents.notifications.email_texts import build_email_context as words_of
from consents.notifications.email_texts import render_email_text
from consents.notifications.models import FailingAddress, Message
from consents.people.services.customer_records import open_customer_record
from consents.people.services.holding import AlreadyErased, NotAnOfficer
from consents.rights import words
from consents.rights.customers import presenting
from consents.rights.models import RecipientNotice, RightsRequest, Statement
from consents.rights.refusals import (
    AlreadyAnswered,
    AlreadyExtended,
    AlreadyLate,
    AnotherCustomer,
    BadDayOfAnswer,
    BadDayOfTelling,
    CannotRefuse,
    ClockDoesNotWait,
    IdentityFirst,
    IdentityKnown,
    IsNotWaiting,
    IsWaiting,
    NeedsLaw,
    NobodyToWriteTo,
    NoExtension,
    NothingToAppeal,
    NotYours,
    SearchFirst,
    TheSameOfficer,
    TooFewFacts,
    TooLateToExtend,
)
from consents.rights.rules.answers import Appealed, Format, Outcome, State, TellingWay, Waiting
from consents.rights.rules.inputs import Reply
from consents.rights.services import appeals, correcting, handling, requester_actions
from consents.rights.services import waiting as rights_waiting
from tests.world.cast import build_world, make_recipient
from tests.world.choices import make_sale
from tests.world.erasing import erase
from tests.world.rights_requests import (
    DONE,
    TWO_FACTS,
    answer,
    by_staff,
    confirm,
    entries,
    file,
    file_as_stranger,
    file_correction,
    make_californian,
    search,
    type_in,
)

NOTHING = Reply(Outcome.NO_DATA, Format.EMAIL)
REFUSED = Reply(Outcome.DENIED, Format.EMAIL, "We cannot do this.", Reason.LEGAL, "GDPR Art 23")


def handle(world, act, request, **terms):
    officer = terms.pop("officer", world.pia)
    return act(rights_request=request.pk, officer=officer, by=by_staff(officer), **terms)


def extend(world, request, **terms):
    return handle(world, handling.extend_deadline, request, reason=Extension.COMPLEX, **terms)


def pause(world, request, waiting_for=Waiting.SCOPE):
    return handle(world, rights_waiting.pause_clock, request, waiting_for=waiting_for)


def today() -> date:
    """Where the company is, by the database's clock."""
    return timezone.localdate(now())


class TestIdentity:
    def test_two_facts_make_it_known_whose_it_is(self, world):
        filed = file_as_stranger(said={"email": "a@example.com", "words": "Everything"})

        known = confirm(world, filed, world.ada.customer)

        assert (known.customer, known.verification_level, known.state) == (
            world.ada.customer,
            "reasonable",
            "in_progress",
        )
        assert words.open_statement(known, Statement.Kind.ASKED)["words"] == "Everything"
        assert Statement.objects.get().is_theirs
        assert '"facts":["birth","reference"]' in Entry.objects.get(event="rights_request.identity_confirmed").details

    @pytest.mark.parametrize(
        ("level", "facts"),
        [
            (Level.REASONABLE, [Fact.REFERENCE]),
            (Level.REASONABLE, [Fact.REFERENCE, Fact.DECLARATION]),
            (Level.REASONABLY_HIGH, [Fact.REFERENCE, Fact.BIRTH, Fact.ORDER]),
            (Level.REASONABLY_HIGH, [*TWO_FACTS, Fact.DECLARATION]),
            (Level.SESSION, [*TWO_FACTS, Fact.ORDER, Fact.DECLARATION]),
            (Level.NOT_REQUIRED, TWO_FACTS),
            (Level.FAILED, TWO_FACTS),
        ],
    )
    def test_fewer_are_not_enough(self, world, level, facts):
        with pytest.raises(TooFewFacts):
            confirm(world, file_as_stranger(), world.ada.customer, level=level, facts=facts)

    def test_specific_pieces_in_california_need_three_and_a_declaration(self, world):
        filed = type_in(world, Type.KNOW_SPECIFIC, world.cal.customer)
        facts = [*TWO_FACTS, Fact.ORDER, Fact.DECLARATION]
        with pytest.raises(TooFewFacts):
            confirm(world, filed, level=Level.REASONABLY_HIGH, facts=facts[:3])
        assert confirm(world, filed, level=Level.REASONABLY_HIGH, facts=facts).verification_level == "reasonably_high"

    def test_it_stays_one_customers(self, world):
        filed = type_in(world)
        with pytest.raises(AnotherCustomer):
            confirm(world, filed, world.ben.customer)

    def test_it_must_be_somebodys(self, world):
        with pytest.raises(Unknown):
            confirm(world, file_as_stranger())

    def test_only_officers_confirm(self, world):
        with pytest.raises(NotAnOfficer):
            handle(
                world,
                handling.confirm_identity,
                type_in(world),
                officer=world.sam,
                level=Level.REASONABLE,
                facts=TWO_FACTS,
            )

    def test_the_customer_confirms_by_signing_in_again(self, world):
        filed = file(world.ada, is_fresh=False)

        known = handling.confirm_own_identity(
            rights_request=filed.pk, customer=world.ada.customer.pk, by=world.ada.actor
        )

        assert known.verification_level == Level.SESSION and entries(filed) == ["filed", "identity_confirmed"]
        with pytest.raises(Unknown):
            handling.confirm_own_identity(rights_request=filed.pk, customer=world.ben.customer.pk, by=world.ben.actor)

    def test_who_phoned_does_not_confirm_by_signing_in(self, world):
        """Whoever called may be somebody else than who signs in."""
        with pytest.raises(NotYours):
            handling.confirm_own_identity(
                rights_request=type_in(world).pk, customer=world.ada.customer.pk, by=world.ada.actor
            )

    def test_a_failed_check_may_succeed_later(self, world):
        filed = type_in(world)
        assert handle(world, handling.fail_identity, filed).verification_level == Level.FAILED
        assert confirm(world, filed).verified_at

    def test_an_opt_out_is_matched_and_done(self, world):
        make_sale(world)
        filed = file_as_stranger(Type.OPT_OUT, jurisdiction="US-CA")
        assert filed.state == State.ACKNOWLEDGED

        done = handle(world, handling.match_to_customer, filed, customer=world.cal.customer.pk)

        assert (done.state, done.outcome) == (State.ANSWERED, Outcome.COMPLIED_WHOLE)
        assert Choice.objects.get(customer=world.cal.customer).status == Status.REFUSED
        assert RightsRequest.objects.count() == 1

    def test_what_needs_a_check_is_not_only_matched(self, world):
        with pytest.raises(TooFewFacts):
            handle(world, handling.match_to_customer, file_as_stranger(), customer=world.ada.customer.pk)


class TestClock:
    def test_longer_is_said_once_with_a_reason_and_counted_from_the_receipt(self, world):
        filed = file(world.ada)

        longer = extend(world, filed)

        first, longer_inputs = (longer.register.clocks[name]["inputs"] for name in ("answer", "extended"))
        assert longer_inputs["received_on"] == first["received_on"] and longer_inputs["length"] == 3
        assert longer.answer_by == longer.extended_to > longer.due_at
        assert Message.objects.filter(kind="rights_request_extended").exists()
        with pytest.raises(AlreadyExtended):
            extend(world, filed)

    def test_an_opt_out_is_never_extended(self, world):
        filed = file_as_stranger(Type.OPT_OUT, jurisdiction="US-CA")
        with pytest.raises(NoExtension):
            extend(world, filed)

    def test_california_does_not_wait(self, world):
        with pytest.raises(ClockDoesNotWait):
            pause(world, file(world.cal, Type.DELETION))

    def test_a_running_clock_is_not_resumed_nor_a_standing_one_stopped(self, world):
        filed = file(world.ada)
        with pytest.raises(IsNotWaiting):
            handle(world, rights_waiting.resume_clock, filed, answered_on=today())
        pause(world, filed)
        for act in (lambda: pause(world, filed), lambda: extend(world, filed), lambda: answer(world, filed)):
            with pytest.raises(IsWaiting):
                act()


def test_the_clock_stands_still_while_we_wait(real_world, later):
    filed = file(real_world.ada)
    due = filed.due_at
    pause(real_world, filed)
    later(timedelta(days=11))

    going = handle(real_world, rights_waiting.resume_clock, filed, answered_on=today())

    assert going.waited_days == 10  # of eleven days, the first in part
    moved = going.register.due_at - due
    assert timedelta(days=5) <= moved <= timedelta(days=15)  # either end may be rolled over holidays
    assert going.register.clocks["answer"]["inputs"]["waited"] == 10
    assert entries(filed) == ["filed", "paused", "resumed"]


def test_it_stood_still_until_the_day_the_answer_came_not_until_it_was_noted(real_world, later):
    filed = file(real_world.ada)
    pause(real_world, filed)
    asked_on = timezone.localdate(filed.received_at)
    later(timedelta(days=10))
    for day in (asked_on - timedelta(days=11), today() + timedelta(days=1)):
        with pytest.raises(BadDayOfAnswer):
            handle(real_world, rights_waiting.resume_clock, filed, answered_on=day)

    going = handle(real_world, rights_waiting.resume_clock, filed, answered_on=today() - timedelta(days=6))

    assert going.waited_days == 3  # of four days, the first in part


def test_what_the_customer_was_asked_for_ends_the_wait(real_world, later):
    own, typed, meant = (
        file(real_world.ada, is_fresh=False),
        type_in(real_world, Type.RECIPIENTS),
        file_correction(real_world.ada),
    )
    pause(real_world, own, Waiting.IDENTITY)
    pause(real_world, typed, Waiting.IDENTITY)
    pause(real_world, meant, Waiting.SCOPE)
    later(timedelta(days=5))
    mine = {"customer": real_world.ada.customer.pk, "by": real_world.ada.actor}

    handling.confirm_own_identity(rights_request=own.pk, **mine)
    confirm(real_world, typed, answered_on=today() - timedelta(days=2))
    copy = disclose_own_copy(customer=real_world.ada.customer.pk, by=real_world.ada.actor)
    (contact,) = copy.records[real_world.categories["contact"].pk]
    correcting.choose_entry(rights_request=meant.pk, entry=contact.id, **mine)

    waited = [RightsRequest.objects.get(pk=one.pk) for one in (own, typed, meant)]
    assert [(one.waiting_since, one.waiting_for) for one in waited] == [(None, "")] * 3
    assert [one.waited_days for one in waited] == [5, 2, 5]
    assert entries(own) == ["filed", "paused", "identity_confirmed"]
    assert entries(meant) == ["filed", "paused", "entry_chosen"]


def test_another_question_is_not_answered_by_it(real_world):
    filed = file(real_world.ada, is_fresh=False)
    pause(real_world, filed, Waiting.SCOPE)
    mine = {"customer": real_world.ada.customer.pk, "by": real_world.ada.actor}
    assert handling.confirm_own_identity(rights_request=filed.pk, **mine).waiting_for == "scope"


def test_nobody_is_asked_for_what_is_known_or_never_needed(world):
    make_sale(world)
    for filed in (file(world.ada), file(world.ada, Type.OBJECTION)):
        with pytest.raises(IdentityKnown):
            pause(world, filed, Waiting.IDENTITY)


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

    assert "complex" in longer and "(GDPR Art 12(3))" in longer and "go to court" in longer
    assert "A law forbids it" in no and "(Civ 1798.145(a)(1))" in no and "Attorney General" in no
    assert "the way you asked" not in no


def letter(message: Message) -> str:
    return render_email_text(f"email/{message.kind}", words_of(message.context)).text


def test_received_on_31_january_and_extended_is_30_april(later):
    later(datetime(2026, 1, 31, 9, tzinfo=UTC) - now())
    world = build_world()

    filed = file(world.ada)

    assert filed.due_at == datetime(2026, 3, 2, 23, 59, 59, tzinfo=UTC)
    later(datetime(2026, 3, 2, 9, tzinfo=UTC) - datetime.now(UTC))
    assert extend(world, filed).extended_to == datetime(2026, 4, 30, 23, 59, 59, tzinfo=UTC)


def test_waiting_is_never_late_and_what_is_late_never_waits(real_world, later):
    waiting, late = file(real_world.ada), file(real_world.ben)
    pause(real_world, waiting)
    later(timedelta(days=60))

    waiting.refresh_from_db()
    assert not waiting.is_late_at(now()) and late.is_late_at(now())
    with pytest.raises(AlreadyLate):
        pause(real_world, late)
    with pytest.raises(TooLateToExtend):
        extend(real_world, late)


def test_late_is_late_for_ever(real_world, later):
    filed = file(real_world.ada)
    search(real_world, filed)
    later(timedelta(days=60))
    assert answer(real_world, filed).is_late_at(now())
    later(timedelta(days=0))
    assert RightsRequest.objects.get().is_late_at(filed.received_at)


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
            world, appeals.decide_appeal, request, outcome=outcome, text="Sorry.", officer=officer or world.otto
        )

    def test_another_officer_decides(self, world):
        asked = self.appeal(world, self.refused(world))
        assert asked.appeal_due_at and asked.register.clocks["appeal"]["rule"] == "house:appeal"
        with pytest.raises(TheSameOfficer):
            self.decide(world, asked, Appealed.UPHELD, world.pia)
        assert "look at this again" in presenting.describe_remedies(asked)
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
