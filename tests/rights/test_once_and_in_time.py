"""Act by act of a request: what is done stays done, what is over is not begun again, what is not there is refused."""

from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.core import mail
from django.test import Client

from consents.copies.staff.admin import RequestWithCopyAdmin
from consents.core.refusals import Unknown
from consents.law.kinds import Type
from consents.law.reasons import Reason
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL, Actor
from consents.notifications.delivery import deliver_message
from consents.notifications.models import Message
from consents.people.models import JointAssent, Role
from consents.people.services import customer_records, staff_members
from consents.rights.models import Draft, MissedDeadline, QuestionTemplate, RightsRequest
from consents.rights.refusals import (
    AlreadyAnswered,
    AlreadyAsked,
    ColleagueHasIt,
    NothingToAppeal,
    NotYours,
    QuestionCodeDoesNotWork,
    SayHowTold,
)
from consents.rights.rules import (
    MOST_LETTERS,
    Appealed,
    Format,
    NoQuestion,
    Outcome,
    QuestionTooLong,
    Reply,
    TellingWay,
)
from consents.rights.services import (
    answering,
    clarifying,
    erasing,
    filing,
    handling,
    removing,
    requester_actions,
    sharing,
    waiting,
)
from consents.rights.services.clarifying import save_question_template
from consents.rights.staff.checklist import is_open
from tests.forms import forms_on, sent
from tests.rights.handling import NOTHING, handle, today
from tests.rights.handling import REFUSED as HANDLING_REFUSED
from tests.rights.officer_pages import fresh, record, text
from tests.rights.racing import at_once
from tests.world.cast import make_recipient, signed_in
from tests.world.erasing import erase
from tests.world.holders import share_account
from tests.world.rights_requests import (
    DONE,
    answer,
    ask_back,
    by_staff,
    entries,
    file,
    file_as_stranger,
    note_reply,
    search,
    type_in,
)

STRANGER = Actor("visitor")
UNSURE = Reply(Outcome.DENIED, Format.EMAIL, "We could not be sure.", Reason.UNVERIFIED)


def of_ada(world, act, request, **terms):
    return act(rights_request=request.pk, customer=world.ada.customer.pk, by=world.ada.actor, **terms)


def closed(world, type: Type = Type.ACCESS) -> RightsRequest:
    request = file(world.ada, type)
    search(world, request)
    return answer(world, request, NOTHING)


def test_whoever_works_on_it_is_not_given_it_again(world):
    request = file_as_stranger()
    for _ in range(2):
        done = handle(world, handling.hand_over_rights_request, request, to=world.otto.pk)
        assert done.handler == world.otto.user
    assert entries(request) == ["filed", "assigned"]


class TestQuestions:
    def test_a_reply_fits_its_question_and_is_not_too_long(self, world):
        request = ask_back(world, file(world.ada))
        asked, long = request.clarification_set.get().pk, "x" * (MOST_LETTERS + 1)
        with pytest.raises(Unknown):
            of_ada(world, clarifying.reply_to_question, request, clarification=0, text="Mine.")
        with pytest.raises(QuestionTooLong):
            of_ada(world, clarifying.reply_to_question, request, clarification=asked, text=long)
        with pytest.raises(QuestionTooLong):
            note_reply(world, request, today(), long)
        assert entries(request) == ["filed", "paused"]

        of_ada(world, clarifying.reply_to_question, request, clarification=asked, text=f" {long[1:]} ")

    def test_after_the_answer_nobody_replies_any_more(self, world):
        request = ask_back(world, file(world.ada), "other")
        search(world, request)
        answer(world, request, NOTHING)
        asked = request.clarification_set.get().pk

        with pytest.raises(AlreadyAnswered):
            of_ada(world, clarifying.reply_to_question, request, clarification=asked, text="Mine.")
        assert entries(request)[-1] == "answered"

    def test_where_nothing_is_open_to_a_code_none_is_tried(self, world):
        request = file_as_stranger()
        with pytest.raises(QuestionCodeDoesNotWork):
            clarifying.enter_question_code(rights_request=request.pk, code="BCDF-GHJK-MNPQ", by=STRANGER)
        with pytest.raises(QuestionCodeDoesNotWork):
            clarifying.reply_with_code(clarification=0, text="Mine.", by=STRANGER)
        assert entries(request) == ["filed"]

    def test_who_is_on_file_without_an_account_gets_the_code_at_that_address(self, world):
        eve = customer_records.open_customer_record(reference="C-7", email="eve@example.com", by=PORTAL)
        ask_back(world, type_in(world, customer=eve))

        deliver_message(message=Message.objects.get(kind="rights_code").pk)

        assert mail.outbox[-1].to == ["eve@example.com"]

    def test_a_ready_made_one_is_kept_with_words_and_changed_on_record(self, world):
        by = Actor("staff", str(world.pia.pk))
        made = QuestionTemplate(code="which", about="scope", texts={"en": "Which?"})
        save_question_template(template=made, by=by)
        made.texts = {"en": "Which orders?"}
        save_question_template(template=made, by=by)
        made.texts = {"en": " "}
        with pytest.raises(NoQuestion):
            save_question_template(template=made, by=by)

        assert QuestionTemplate.objects.get().texts == {"en": "Which orders?"}
        assert Entry.objects.filter(event="question_template.saved").count() == 2


class TestIdentity:
    def test_it_is_confirmed_once_by_the_customer_and_before_the_answer(self, world):
        request = file(world.ada, is_fresh=False)
        first = of_ada(world, handling.confirm_own_identity, request).verified_at
        assert of_ada(world, handling.confirm_own_identity, request).verified_at == first
        assert entries(request) == ["filed", "identity_confirmed"]

        refused = answer(world, file(world.ada, Type.PORTABILITY, is_fresh=False), UNSURE)
        with pytest.raises(AlreadyAnswered):
            of_ada(world, handling.confirm_own_identity, refused)

    def test_what_is_known_or_never_asked_does_not_fail(self, world):
        for request in (file(world.ada), file_as_stranger(Type.OBJECTION)):
            with pytest.raises(NotYours):
                handle(world, handling.fail_identity, request)
            assert entries(request) == ["filed"]

    def test_it_is_matched_once(self, world):
        request = file_as_stranger(Type.OBJECTION)
        for _ in range(2):
            handle(world, handling.match_to_customer, request, customer=world.ada.customer.pk)
        assert entries(request) == ["filed", "matched"]

    def test_nobody_is_matched_to_whom_there_is_not(self, world):
        with pytest.raises(Unknown):
            handle(world, handling.match_to_customer, file_as_stranger(Type.OBJECTION), customer=uuid4())
        with pytest.raises(Unknown):
            type_in(world, customer=SimpleNamespace(pk=uuid4()))


class TestTheirWord:
    def test_it_is_taken_back_once_and_not_once_it_is_answered(self, world):
        request = file(world.ada)
        for _ in range(2):
            assert of_ada(world, requester_actions.withdraw_request, request).outcome == "withdrawn_by_requester"
        assert entries(request) == ["filed", "withdrawn"]
        with pytest.raises(AlreadyAnswered):
            of_ada(world, requester_actions.withdraw_request, closed(world, Type.PORTABILITY))

    def test_it_is_looked_at_again_once_and_decided_once(self, world):
        request = file(world.ada, Type.RESTRICTION)
        about = {"outcome": Appealed.UPHELD, "text": "It stays.", "officer": world.otto}
        with pytest.raises(NothingToAppeal):
            handle(world, answering.decide_appeal, request, **about)
        answer(world, request, HANDLING_REFUSED)
        for why in ("You know me.", "Again."):
            of_ada(world, requester_actions.appeal_answer, request, why=why)
        with pytest.raises(NothingToAppeal):
            handle(world, answering.decide_appeal, request, **about | {"outcome": Appealed.PENDING})

        handle(world, answering.decide_appeal, request, **about)

        with pytest.raises(NothingToAppeal):
            handle(world, answering.decide_appeal, request, **about)
        assert entries(request)[-3:] == ["answered", "appealed", "appeal_decided"]

    def test_a_holder_agrees_once_while_others_are_asked(self, world):
        request = file(world.ada, Type.ERASURE)
        mia, _tom = share_account(world), share_account(world, "tom@example.com")
        for _ in range(2):
            sharing.agree_to_request(rights_request=request.pk, acting=mia.acting, by=mia.actor)
        assert entries(request).count("assented") == 1 == JointAssent.objects.filter(given_by=mia.user).count()


class TestErasure:
    def test_it_is_proposed_of_whoever_asked_for_it_and_is_known(self, world):
        for request in (file(world.ada), file_as_stranger(Type.ERASURE)):
            with pytest.raises(Unknown):
                handle(world, erasing.propose_erasure, request)
        with pytest.raises(Unknown):
            handle(world, erasing.cancel_partial_erasure, file_as_stranger(Type.ERASURE))

    def test_it_answers_nothing_of_which_nobody_knows_who_asked(self, world):
        request = type_in(world, Type.ERASURE)
        search(world, request)
        erase(world)
        assert not RightsRequest.objects.get(pk=request.pk).is_answered


def test_an_answer_is_sent_once(world):
    request = closed(world, Type.RESTRICTION)
    sent = [handle(world, answering.record_answer_sent, request, sent_on=today()) for _ in range(2)]
    assert sent[0] == sent[1] and entries(request).count("answer_sent") == 1


def test_of_a_recipient_it_is_said_how_or_why_not(world):
    request, carrier = file(world.ada, Type.RESTRICTION), make_recipient("carrier")
    for both in ({}, {"way": TellingWay.EMAIL, "why_not": "impossible"}):
        with pytest.raises(SayHowTold):
            handle(world, handling.record_recipient_notices, request, recipients=[carrier.pk], **both)
    assert not request.recipientnotice_set.exists()


def test_nothing_is_late_removed_or_sealed_anew_before_its_time(world, settings):
    requests = [file_as_stranger(), closed(world)]
    about = [(request, entries(request)) for request in requests]
    for request in requests:
        assert waiting.record_late_request(rights_request=request.pk, by=PORTAL) is False
        assert removing.remove_request(rights_request=request.pk, by=PORTAL) is False
        keyring = settings.KEYRING
        assert removing.reseal_strangers_words(keyring=keyring, rights_request=request.pk, by=PORTAL) == 0
    assert [(request, entries(request)) for request in requests] == about
    assert not MissedDeadline.objects.exists() and not Entry.objects.filter(event="strangers_words.resealed").exists()


REFUSED = Reply(Outcome.DENIED, Format.EMAIL, "", Reason.LEGAL, "GDPR Art 23")


@pytest.mark.parametrize("later", [DONE, REFUSED], ids=["done", "refused"])
def test_of_two_officers_one_answers(real_world, later):
    world, filed = real_world, file(real_world.ada, Type.AUTOMATED)

    told = at_once(world, lambda: answer(world, filed), lambda: answer(world, filed, later, officer=world.otto))

    assert [type(refusal) for refusal in told] == [AlreadyAnswered]
    filed.refresh_from_db()
    assert (filed.outcome, filed.handler) == ("complied_whole", world.pia.user)
    assert entries(filed) == ["filed", "answered"]


def test_of_two_officers_one_takes_it(real_world):
    world, filed = real_world, file(real_world.ada, Type.AUTOMATED)
    takers = [
        lambda member=member: handling.take_rights_request(rights_request=filed.pk, officer=member, by=by_staff(member))
        for member in (world.pia, world.otto)
    ]

    told = at_once(world, *takers)

    assert [type(refusal) for refusal in told] == [ColleagueHasIt]
    assert entries(filed) == ["filed", "assigned"]


def test_taken_back_while_it_is_answered(real_world):
    world, filed = real_world, file(real_world.ada, Type.AUTOMATED)
    mine = {"rights_request": filed.pk, "customer": world.ada.customer.id, "by": world.ada.actor}

    told = at_once(world, lambda: requester_actions.withdraw_request(**mine), lambda: answer(world, filed))

    assert [type(refusal) for refusal in told] == [AlreadyAnswered]
    assert RightsRequest.objects.get().outcome == "withdrawn_by_requester"


def test_the_same_right_from_two_windows_is_one_request(real_world):
    world = real_world

    told = at_once(world, lambda: file(world.ada), lambda: file(world.ada))

    assert [type(refusal) for refusal in told] == [AlreadyAsked]
    assert RightsRequest.objects.count() == 1


def test_a_double_press_of_somebody_unknown_is_one_request(real_world):
    token = uuid4()

    told = at_once(
        real_world, lambda: file_as_stranger(token=token), lambda: file_as_stranger(token=token), token=token
    )

    assert told == [] and RightsRequest.objects.count() == 1


# Two officers have the same request open: whatever the second one presses, nothing happens twice or breaks.

FILLED = {
    "to": "",
    "text": "We looked twice.",
    "words": "Which one?",
    "about": "scope",
    "outcome": "complied_whole",
    "format": "email",
    "reason": "legal",
    "system": "the attic",
    "found": "no",
    "said_on": "2026-01-01",
    "channel": "phone",
    "answered_on": "2026-01-01",
    "who": "C-1001",
    "facts": "reference",
}
UNKNOWN = Reply(Outcome.DENIED, Format.EMAIL, "We do not know you.", Reason.UNVERIFIED)


def requests_of_every_kind(world) -> list:
    """Of which together every act on an open request is possible."""
    asked = file(world.ada)
    search(world, asked)
    waiting = ask_back(world, file(world.ben, Type.PORTABILITY))
    erasure = file(world.ben, Type.ERASURE)
    search(world, erasure)
    return [asked, waiting, erasure, file_as_stranger(), file(world.ada, Type.PORTABILITY)]


def act_page(request, act: str) -> str:
    return record(request).replace("change/", f"act/{act}/")


def press_begun(client: Client, request, act: str, page):
    """Send the page of an act that was opened before, as it is filled in."""
    forms = forms_on(page, "confirm")
    said = {"CHANGE_FORM-action": act}
    filled = {name: value for name, value in FILLED.items() if forms and name in forms[0].fields}
    return sent(client, forms[0], path=act_page(request, act), **filled, **said)


def test_whatever_a_second_officer_presses_after_an_answer_nothing_more_happens(world, subtests):
    pia = signed_in(world.pia.user)
    requests = requests_of_every_kind(world)
    begun = []
    for act in (act for act in RequestWithCopyAdmin.acts if act.asks):
        for request in requests:
            if is_open(request) and act.is_possible(fresh(request)):
                begun.append((act.name, request, pia.get(act_page(request, act.name))))
                break
    assert len(begun) >= 12
    answered = {request.pk: close(world, request) for _act, request, _page in begun}
    for act, request, page in begun:
        with subtests.test(act=act):
            response = press_begun(pia, request, act, page)
            assert response.status_code in (302, 422), response
            assert entries(request) == answered[request.pk] or act == "note_told"


def close(world, request) -> list[str]:
    """As a colleague does; returns what is on record then."""
    if not fresh(request).is_answered:
        if fresh(request).waiting_since:
            note_reply(world, request, fresh(request).waiting_since.date())
        reply = HANDLING_REFUSED if fresh(request).customer_id else UNKNOWN
        answer(world, request, reply, officer=world.otto)
    return entries(request)


def test_who_loses_the_role_amid_a_letter_does_nothing_more_and_its_draft_goes(real_world):
    """Moved to a team of requesters while the page is open."""
    world, pia = real_world, signed_in(real_world.pia.user)
    request = file(world.ada)
    search(world, request)
    page = pia.get(act_page(request, "answer"))
    letter = {"text": "We looked twice.", "outcome": "complied_whole", "format": "email"}
    assert pia.post(f"{act_page(request, 'answer')}draft/", letter).status_code == 204
    staff_members.move_staff_member(member=world.pia, role=Role.REQUESTER, team="Shop", by=PORTAL)

    answers = [press_begun(pia, request, "answer", page), pia.get(record(request))]
    answers.append(pia.post(f"{act_page(request, 'answer')}draft/", letter))

    assert {response.status_code for response in answers} <= {302, 404}
    assert not any("We looked twice." in text(response) for response in answers)
    assert not fresh(request).is_answered and entries(request)[-1] == "system_searched"
    filing.discard_old_drafts()
    assert not Draft.objects.exists()
