"""Taken back, or asked to be looked at again, by post or telephone: on record with the day and the way it came."""

import html
import re
from datetime import timedelta

import pytest
from django.utils import timezone

from consents.choices.models import Mark
from consents.choices.services import marking
from consents.core.clock import now
from consents.law.kinds import Regime, Type
from consents.law.reasons import Reason
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL
from consents.notifications.delivery import deliver_message
from consents.notifications.models import Message
from consents.people.models import Erasure, Role
from consents.people.services import customer_records
from consents.people.services.holding import NotAnOfficer
from consents.rights import words
from consents.rights.models import RightsRequest, Statement
from consents.rights.recipients import UNCONFIRMED, awaits_confirmation
from consents.rights.refusals import (
    AlreadyAnswered,
    AlreadyAsked,
    BadDayOfWord,
    NothingToAppeal,
    NotTheRequester,
    NotTyped,
)
from consents.rights.rules import Appealed, Channel, Format, Outcome, Reply, list_typed_channels
from consents.rights.services import answering, erasing, handling, requester_actions
from consents.rights.staff import forms
from tests.rights.in_sql import ASSIGNED, WITHDRAWN, insert, refused
from tests.rights.officer_pages import buttons, first_press, fresh, press, record, text
from tests.world.cast import make_staff, signed_in
from tests.world.holders import share_account
from tests.world.proofs import prove
from tests.world.rights_requests import (
    answer,
    ask_back,
    by_staff,
    entries,
    file,
    file_as_stranger,
    search,
    type_in,
)
from tests.world.scene_fixtures import scene

NO = Reply(Outcome.DENIED, Format.EMAIL, "We could not be sure.", Reason.UNVERIFIED)


def today():
    return timezone.localdate(now())


def note(world, act, request, **said) -> RightsRequest:
    about = {"said_on": today(), "channel": Channel.PHONE} | said
    return act(rights_request=request.pk, officer=world.pia, by=by_staff(world.pia), **about)


def take_back(world, request, **said) -> RightsRequest:
    return note(world, requester_actions.record_typed_withdrawal, request, **said)


def ask_again(world, request, **said) -> RightsRequest:
    return note(world, requester_actions.record_typed_appeal, request, **{"why": "You know me."} | said)


class TestTakenBack:
    def test_it_is_closed_with_the_day_and_the_way_on_record(self, real_world, later):
        request = type_in(real_world)
        ask_back(real_world, request, "identity")
        later(timedelta(days=5))
        said_on = today() - timedelta(days=2)

        done = take_back(real_world, request, said_on=said_on, channel=Channel.POST)

        assert (done.outcome, done.waiting_since, done.handler) == (
            "withdrawn_by_requester",
            None,
            real_world.pia.user,
        )
        entry = Entry.objects.get(event="rights_request.withdrawn")
        assert (entry.facts["said_on"], entry.facts["channel"]) == (said_on.isoformat(), "post")
        assert Message.objects.filter(kind="rights_request_withdrawn", customer=real_world.ada.customer).exists()
        assert not done.is_late_at(now() + timedelta(days=900))

    def test_what_waited_to_be_erased_for_it_is_dropped(self, world):
        request = file(world.ada, Type.ERASURE)
        search(world, request)
        erasing.propose_erasure(rights_request=request.pk, officer=world.pia, by=by_staff(world.pia))
        take_back(world, request)
        assert Erasure.objects.get().cancelled_at

    def test_what_it_had_paused_ends_only_after_they_were_told(self, real_world):
        for type in (Type.RESTRICTION, Type.OBJECTION):
            request = take_back(real_world, file(real_world.ada, type))
            mark = Mark.objects.get(request=request.pk)
            assert mark.lift_announced_at and mark.lifted_at is None
            marking.lift_mark(mark=mark.pk, by=by_staff(real_world.pia))
            assert Mark.objects.get(pk=mark.pk).lifted_at

    def test_strangers_can_too(self, world):
        assert take_back(world, file_as_stranger()).outcome == "withdrawn_by_requester"

    def test_what_is_answered_is_not_taken_back(self, world):
        with pytest.raises(AlreadyAnswered):
            take_back(world, answer(world, file(world.ada, Type.AUTOMATED)))


class TestLookedAtAgain:
    def test_time_runs_from_the_day_they_asked(self, real_world, later):
        request = answer(real_world, type_in(real_world), NO)
        later(timedelta(days=12))
        asked_on = today() - timedelta(days=7)

        asked = ask_again(real_world, request, said_on=asked_on, channel=Channel.POST)

        assert timezone.localdate(asked.appeal_at) == asked_on and asked.appeal_outcome == "pending"
        assert asked.register.clocks["appeal"]["inputs"]["received_on"] == asked_on.isoformat()
        assert words.open_statement(asked, Statement.Kind.APPEALED)["text"] == "You know me."
        assert asked.handler == real_world.pia.user and ask_again(real_world, request).appeal_at == asked.appeal_at
        facts = Entry.objects.get(event="rights_request.appealed").facts
        assert (facts["said_on"], facts["channel"]) == (asked_on.isoformat(), "post")

    def test_a_stranger_who_was_refused_is_answered_anew(self, real_world):
        request = answer(real_world, file_as_stranger(Type.ACCESS), NO)
        ask_again(real_world, request)

        anew = answering.decide_appeal(
            rights_request=request.pk,
            outcome=Appealed.REVERSED,
            text="Sorry.",
            officer=real_world.otto,
            by=by_staff(real_world.otto),
        )

        assert (anew.follows, anew.customer, anew.received_at) == (request, None, fresh(request).appeal_at)
        assert words.open_statement(anew, Statement.Kind.ASKED)["email"] == "ada@example.com"
        assert answer(real_world, anew, NO).is_answered

    def test_once_and_only_what_was_answered(self, world):
        with pytest.raises(NothingToAppeal):
            ask_again(world, file(world.ada))
        with pytest.raises(NothingToAppeal):
            ask_again(world, answer(world, file(world.ada, Type.AUTOMATED)))


@pytest.mark.parametrize("act", [take_back, ask_again])
def test_the_day_lies_between_and_the_way_is_not_ours(real_world, later, act):
    request = type_in(real_world)
    if act is ask_again:
        answer(real_world, request, NO)
    later(timedelta(days=3))
    for said_on in (today() - timedelta(days=9), today() + timedelta(days=1)):
        with pytest.raises(BadDayOfWord):
            act(real_world, request, said_on=said_on)
    for channel in (Channel.PORTAL, Channel.WEBFORM, Channel.DROP):
        with pytest.raises(NotTyped):
            act(real_world, request, channel=channel)


def test_the_deletion_platform_is_a_way_for_californians_alone():
    assert Channel.DROP in list_typed_channels(Regime.CCPA)
    assert Channel.DROP not in list_typed_channels(Regime.GDPR)
    for law in Regime:
        request = RightsRequest(regime=law)
        channels = {value for value, _label in forms.TheirAppealForm(request, {}).fields["channel"].choices}
        assert channels == set(list_typed_channels(law))


@pytest.mark.parametrize("act", [take_back, ask_again])
def test_officers_alone_note_it(world, act):
    request = type_in(world)
    service = requester_actions.record_typed_withdrawal if act is take_back else requester_actions.record_typed_appeal
    more = {} if act is take_back else {"why": ""}
    with pytest.raises(NotAnOfficer):
        service(
            rights_request=request.pk,
            said_on=today(),
            channel="phone",
            officer=world.sam,
            by=by_staff(world.sam),
            **more,
        )


def test_from_the_record_both_can_be_noted(world):
    pia, request, other = signed_in(world.pia.user), type_in(world), answer(world, type_in(world, Type.ERASURE), NO)
    assert "note_withdrawal" in buttons(pia, request) and "note_appeal" in buttons(pia, other)
    assert "They get an email that says so." in text(first_press(pia, request, "note_withdrawal"))
    missing = press(pia, request, "note_withdrawal")
    assert missing.status_code == 422 and "Say on which day." in text(missing)

    press(pia, request, "note_withdrawal", said_on=today().isoformat(), channel="phone")
    press(pia, other, "note_appeal", said_on=today().isoformat(), channel="in_person", why="Look.")

    assert (fresh(request).outcome, fresh(other).appeal_outcome) == ("withdrawn_by_requester", "pending")
    assert "Withdrawn by the customer: telephone," in text(pia.get(record(request)))
    assert "decide_appeal" in buttons(signed_in(world.otto.user), other)


APPEALED = (
    "INSERT INTO rights_appeal (rights_request_id, appealed_at, due_at, clock) SELECT rights_request_id, {},"
    " portal.now() + interval '9 days', '{{}}' FROM rights_answer WHERE rights_request_id = %(id)s"
)
BY = {"outcome": "withdrawn_by_requester"}


class TestInSQL:
    @pytest.mark.parametrize("details", [{}, {"channel": "phone"}, {"channel": "portal", "said_on": "2026-11-01"}])
    def test_nobody_else_takes_it_back(self, real_world, details):
        request = type_in(real_world)
        refused("rights_answer_on_record", request, WITHDRAWN, event="withdrawn", **BY, **details)

    def test_nobody_else_asks_again_nor_before_the_answer(self, real_world, later):
        request = answer(real_world, type_in(real_world), NO)
        refused("rights_appeal_on_record", request, APPEALED.format("portal.now()"), event="appealed")
        for moment in ("responded_at - interval '1 second'", "portal.now() + interval '1 second'"):
            refused("rights_appeal_checked", request, APPEALED.format(moment), event="appealed")

    def test_the_customer_asks_now(self, real_world, later):
        request = answer(real_world, type_in(real_world), NO)
        later(timedelta(days=4))
        by = real_world.ada.actor
        refused("rights_appeal_on_record", request, APPEALED.format("responded_at"), event="appealed", by=by)

    def test_an_officer_who_answers_in_its_place_is_no_way_round(self, real_world):
        withdrawn = f"{ASSIGNED}; {WITHDRAWN}"
        refused("rights_answer_on_record", type_in(real_world), withdrawn, event="answered", **BY)


def test_nobody_reached_by_mail_is_written_to(world):
    nowhere = customer_records.open_customer_record(reference="C-5001", by=PORTAL)
    assert entries(take_back(world, type_in(world, Type.ACCESS, nowhere)))[-1] == "withdrawn"
    assert not Message.objects.filter(kind="rights_request_withdrawn").exists()


# Only whoever asked confirms a request that was made here, whoever else acts for the customer.

NOT_HERE = Reply(Outcome.NO_DATA, Format.EMAIL)


def confirm(who, request) -> RightsRequest:
    return handling.confirm_own_identity(rights_request=request.pk, customer=request.customer_id, by=who.actor)


@scene
def mia(world):
    return share_account(world)


@pytest.fixture
def asked(mia):
    """Mia, who shares the account, asks and has yet to confirm it."""
    return file(mia, Type.RESTRICTION, is_fresh=False)


def read_page(who, path: str) -> str:
    answered = signed_in(who.user).get(path, follow=True)
    assert answered.status_code == 200
    return html.unescape(re.sub(r"\s+", " ", answered.content.decode()))


def test_another_holder_cannot_confirm_it(world, mia, asked):
    with pytest.raises(NotTheRequester):
        confirm(world.ada, asked)

    assert confirm(mia, asked).verified_at


def test_nor_past_the_services(real_world):
    asked = file(share_account(real_world), Type.RESTRICTION, is_fresh=False)
    checked = insert("identitycheck", level="'session_reauth'")
    told = {"event": "identity_confirmed", "outcome": "session_reauth"}
    refused("rights_identitycheck_on_record", asked, checked, by=real_world.ada.actor, **told)


def test_after_an_appeal_it_is_whoever_appealed(world, mia):
    first = file(world.ada)
    search(world, first)
    answer(world, first, NOT_HERE, officer=world.otto)
    requester_actions.appeal_answer(rights_request=first.pk, customer=first.customer_id, why="", by=mia.actor)
    apart = make_staff("rex@example.com", Role.PRIVACY_OFFICER, "Privacy", "Rex")
    following = answering.decide_appeal(
        rights_request=first.pk, outcome=Appealed.REVERSED, text="", officer=apart, by=by_staff(apart)
    )

    with pytest.raises(NotTheRequester):
        confirm(world.ada, following)
    assert confirm(mia, following).verified_at
    for who in (world.ada, mia):
        assert "It begins again after the review" in read_page(who, f"/rights/requests/{following.number}/")


def test_each_reads_whose_confirmation_it_waits_for(world, mia, asked):
    path = f"/rights/requests/{asked.number}/"
    for at, own, others in (
        (path, "Please confirm that it was you who asked", "Joint account holder mi•••@example.com must confirm this"),
        ("/", "before you have confirmed that it was you who asked", "before the person who asked has confirmed it"),
        ("/rights/", "Waiting for your confirmation", "Waiting to be confirmed"),
        (f"{path}sent/", "We cannot start before you have confirmed", "must confirm this"),
    ):
        hers, his = read_page(mia, at), read_page(world.ada, at)
        assert own in hers and others not in hers
        assert others in his and own not in his and "Confirm my request" not in his
    browser = signed_in(world.ada.user)
    prove(browser)
    assert browser.post(f"{path}confirm/", {"yes": "1"}).status_code == 403
    assert not Entry.objects.filter(event="rights_request.identity_confirmed").exists()


def test_the_email_asks_whoever_asked(world, mia, asked, mailoutbox):
    for message in Message.objects.filter(kind="rights_request_filed"):
        deliver_message(message=message.pk)
    assert {mail.to[0] for mail in mailoutbox} == {"ada@example.com", "mia@example.com"}
    for mail in mailoutbox:
        assert "waits to be confirmed" in mail.subject and "whoever asked must sign in" in mail.body
        assert "it was you who asked" not in mail.body and "from you or someone who shares your account" in mail.body


def test_what_staff_recorded_is_told_as_the_word_of_any_holder(world, mia, mailoutbox):
    type_in(world, Type.WITHDRAWAL)
    for message in Message.objects.filter(kind="rights_request_typed_in"):
        deliver_message(message=message.pk)

    assert len(mailoutbox) == 2
    assert all("you or someone who shares your account told us" in " ".join(mail.body.split()) for mail in mailoutbox)


def test_the_same_right_again_names_nobody_who_asked(world, asked):
    with pytest.raises(AlreadyAsked, match="This was asked for on"):
        file(world.ada, Type.RESTRICTION)


def test_one_rule_says_what_waits_to_be_confirmed(world, mia, asked):
    known, typed, free = file(world.ada), type_in(world, Type.ERASURE), file(world.ben, Type.WITHDRAWAL)
    unconfirmed = set(RightsRequest.objects.filter(UNCONFIRMED))

    assert unconfirmed == {asked}
    assert [awaits_confirmation(one) for one in (asked, known, typed, free)] == [True, False, False, False]
