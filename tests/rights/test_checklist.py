"""The checklist of a request tells apart what was done, what was not, and what its answer does not need."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.contrib import admin
from django.db import DatabaseError
from django.utils.timezone import localdate

from consents.core.clock import now
from consents.law.kinds import KINDS, Type
from consents.law.reasons import Reason
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL
from consents.people.services import customer_records
from consents.rights.customers.steps import FORMS
from consents.rights.fulfilment.protocol import Fulfilment
from consents.rights.fulfilment.registry import BY_TYPE, list_types
from consents.rights.models import AnswerDispatch, RightsRequest
from consents.rights.refusals import NothingToCompare, TooManyComparisons
from consents.rights.rules import Format, Outcome, Reply
from consents.rights.services import answering, filing, handling, requester_actions
from consents.rights.staff import acts, bulk, checklist, notes
from consents.rights.staff.admin import RightsRequestAdmin
from consents.rights.staff.checklist import choose_next_step, describe_record_status
from consents.rights.staff.intake import IntakeForm
from tests.rights.in_sql import change
from tests.rights.officer_pages import buttons, first_press, press, record, text
from tests.world.cast import signed_in
from tests.world.rights_requests import (
    answer,
    by_staff,
    confirm,
    entries,
    file,
    file_as_stranger,
    file_correction,
    type_in,
)

REFUSAL = Reply(Outcome.DENIED, Format.DOWNLOAD, "No.", Reason.UNVERIFIED)
UNFOUNDED = Reply(Outcome.DENIED, Format.DOWNLOAD, "No.", Reason.UNFOUNDED)
NOT_NEEDED = "(not needed for this answer)"


def page_of(world, rights_request: RightsRequest) -> str:
    return text(signed_in(world.pia.user).get(record(rights_request)))


def progress_of(world, rights_request: RightsRequest, title: str) -> str:
    """The word behind a step, such as "(done)"."""
    _before, after = page_of(world, rights_request).split(f"<strong>{title}</strong>")
    return after.split('<span class="quiet">')[1].split("</span>")[0]


@pytest.mark.parametrize("title", ["Who asks", "Systems searched"])
def test_a_refusal_ticks_nothing_that_never_happened(world, title):
    rights_request = type_in(world)
    answer(world, rights_request, REFUSAL)

    assert progress_of(world, rights_request, title) == NOT_NEEDED
    assert progress_of(world, rights_request, "Answer, with what is exempt") == "(done)"


def test_what_was_done_before_a_refusal_stays_done(world):
    rights_request = type_in(world)
    about = {"rights_request": rights_request.pk, "officer": world.pia, "by": by_staff(world.pia)}
    handling.record_acknowledgement(**about)
    handling.record_search(system="the shop", found=True, **about)
    answer(world, confirm(world, rights_request), UNFOUNDED)

    done = {progress_of(world, rights_request, one) for one in ("Told that it arrived", "Who asks", "Systems searched")}
    assert done == {"(done)"}


def test_an_erasure_that_nobody_proposed_is_not_called_proposed(world):
    rights_request = file(world.ada, Type.ERASURE)
    answer(world, rights_request, UNFOUNDED)

    assert progress_of(world, rights_request, "Erasure proposed") == NOT_NEEDED


def test_a_correction_whose_values_nobody_looked_at_is_not_called_done(world):
    rights_request = file_correction(world.ada)
    answer(world, rights_request, UNFOUNDED)

    assert progress_of(world, rights_request, "Proposed values looked at") == NOT_NEEDED


def test_what_the_customer_takes_back_was_neither_answered_nor_sent(world):
    rights_request = file(world.ada)
    requester_actions.withdraw_request(
        rights_request=rights_request.pk, customer=world.ada.customer.pk, by=world.ada.actor
    )

    for title in ("Answer, with what is exempt", "Sent", "Systems searched"):
        assert progress_of(world, rights_request, title) == NOT_NEEDED


class TestSending:
    """The portal's email says that there is an answer and never carries it (promise 9): an officer sends it."""

    @pytest.fixture
    def emailed(self, world) -> RightsRequest:
        by_email = Reply(Outcome.DENIED, Format.EMAIL, "No.", Reason.UNVERIFIED)
        return answer(world, file_as_stranger(), by_email)

    def test_an_answer_by_email_is_not_sent_until_an_officer_notes_the_day(self, world, emailed):
        pia = signed_in(world.pia.user)
        assert progress_of(world, emailed, "Sent") == "(next)"
        assert "By email: send it, then note the day." in page_of(world, emailed)

        press(pia, emailed, "note_answer_sent", sent_on=str(localdate()))

        assert progress_of(world, emailed, "Sent") == "(done)"
        assert "note_answer_sent" not in buttons(pia, emailed)
        assert entries(emailed)[-1] == "answer_sent"

    @pytest.mark.parametrize("day", ["2999-01-01", "2001-01-01"])
    def test_it_was_not_sent_before_it_was_asked_nor_is_it_later(self, world, emailed, day):
        page = press(signed_in(world.pia.user), emailed, "note_answer_sent", sent_on=day)

        assert page.status_code == 422 and "today at the latest" in text(page)
        assert not AnswerDispatch.objects.exists()

    def test_an_answer_on_the_customers_page_needs_no_hand(self, world):
        rights_request = answer(world, file(world.ada, Type.AUTOMATED))

        assert progress_of(world, rights_request, "Sent") == "(done)"
        assert "note_answer_sent" not in buttons(signed_in(world.pia.user), rights_request)
        with pytest.raises(answering.NothingToSend):
            about = {"officer": world.pia, "by": by_staff(world.pia)}
            answering.record_answer_sent(rights_request=rights_request.pk, sent_on=localdate(), **about)

    def test_who_was_told_by_letter_has_the_answer(self, world):
        unreached = customer_records.open_customer_record(reference="C-77", by=PORTAL)
        rights_request = type_in(world, customer=unreached)
        by_post = Reply(Outcome.DENIED, Format.POST, "No.", Reason.UNVERIFIED, told_on=localdate())
        answer(world, rights_request, by_post)

        assert progress_of(world, rights_request, "Sent") == "(done)"
        assert AnswerDispatch.objects.get().sent_on == localdate()


# A caller is known by what they say: compared blindly, on record, three times.


def compare(world, request, reference="", born_on=None, member=None):
    member = member or world.pia
    about = {"reference": reference, "born_on": born_on, "officer": member, "by": by_staff(member)}
    return answering.compare_facts(rights_request=request.pk, **about)


def test_an_officer_learns_whether_it_agrees_and_nothing_else(world):
    pia, request = signed_in(world.pia.user), type_in(world)

    page = press(pia, request, "compare_facts", reference="c-1001 ", born_on="1990-01-01")

    shown = text(pia.get(page.url))
    assert "Customer number: agrees." in shown and "Date of birth: is not on file, so it proves nothing." in shown
    (entry,) = Entry.objects.filter(event=answering.EVENT)
    assert (entry.outcome, entry.facts["reference"], entry.facts["birth"]) == ("agrees", "agrees", "not_on_file")
    assert "1001" not in str(entry.facts) and "1990" not in str(entry.facts) and "C-1001" not in shown


def test_what_agreed_is_ticked_where_identity_is_confirmed(world):
    pia, request = signed_in(world.pia.user), type_in(world)
    compare(world, request, "C-1001")

    form = first_press(pia, request, "confirm_identity").context["form"]

    assert form["facts"].value() == ["reference"]


def test_what_is_typed_is_echoed_by_no_page_and_kept_in_no_draft(world):
    pia, request = signed_in(world.pia.user), type_in(world)
    page = press(pia, request, "compare_facts", reference="C-9999", born_on="x")

    assert page.status_code == 422 and "C-9999" not in text(page)
    assert text(page).count("Type “Customer number, as they say it” again") == 2  # above the form and in it
    assert "Type “Date of birth" not in text(page)
    assert "C-9999" not in text(first_press(pia, request, "compare_facts"))
    kept = filing.open_draft(rights_request=request.pk, act="compare_facts", officer=world.pia)
    assert not {"reference", "born_on"} & set(dict(kept))


def test_three_that_differ_are_the_last_whoever_tries_on_which_request(world):
    first, second = type_in(world), type_in(world, Type.PORTABILITY)
    for member, request in ((world.pia, first), (world.otto, first), (world.pia, second)):
        assert compare(world, request, "C-9", member=member) == {"reference": "differs"}

    for request in (first, second):
        with pytest.raises(TooManyComparisons):
            compare(world, request, "C-1001", member=world.quinn)
    assert compare(world, type_in(world, customer=world.ben.customer), "C-9") == {"reference": "differs"}


def test_what_agrees_uses_up_no_try_and_a_day_later_there_are_three_again(real_world, later):
    request = type_in(real_world)
    for said in ("C-9", "C-1001", "C-8", "C-7"):
        compare(real_world, request, said)
    with pytest.raises(TooManyComparisons):
        compare(real_world, request, "C-1001")

    later(timedelta(days=1, minutes=1))

    assert compare(real_world, request, "C-1001") == {"reference": "agrees"}


def test_without_anything_said_or_anybody_known_nothing_is_compared(world):
    for request, said in ((type_in(world), " "), (file_as_stranger(), "C-1001")):
        with pytest.raises(NothingToCompare):
            compare(world, request, said)
    pia = signed_in(world.pia.user)
    assert "compare_facts" not in buttons(pia, file_as_stranger()) | buttons(pia, file(world.ben, is_fresh=False))


def test_the_database_refuses_a_fourth_for_this_customer_alone(world):
    theirs, other = type_in(world), type_in(world, customer=world.ben.customer)
    told = {"event": "facts_compared", "outcome": "differs", "by": by_staff(world.pia)}
    for _time in range(3):
        change(theirs, "SELECT 1", **told)

    with pytest.raises(DatabaseError) as refusal:
        change(theirs, "SELECT 1", **told)

    assert refusal.value.__cause__.diag.constraint_name == "rights_facts_compared_thrice"
    change(other, "SELECT 1", **told)


def test_every_right_is_fulfilled_once():
    assert sorted(BY_TYPE) == sorted(Type)


def test_every_right_belongs_to_a_law():
    assert {type for rights in KINDS.values() for type in rights} == set(BY_TYPE)


def test_every_question_and_intake_field_exists():
    for fulfilment in BY_TYPE.values():
        assert set(fulfilment.questions) <= set(FORMS)
        assert not fulfilment.intake_field or fulfilment.intake_field in IntakeForm.base_fields


def test_what_is_done_at_once_can_be_done():
    assert set(list_types("is_immediate")) == {Type.WITHDRAWAL, Type.OPT_OUT, Type.LIMIT}
    assert set(list_types("has_copy")) == {
        Type.ACCESS,
        Type.PORTABILITY,
        Type.KNOW_CATEGORIES,
        Type.KNOW_SPECIFIC,
    }


def acts_at_once(fulfilment: Fulfilment) -> bool:
    """By what its class does, not by what it says."""
    done = (type(fulfilment).protect, type(fulfilment).perform)
    return done != (Fulfilment.protect, Fulfilment.perform)


@pytest.mark.parametrize("type", [type for type, found in BY_TYPE.items() if acts_at_once(found)])
def test_what_acts_at_once_says_so_before(type):
    assert BY_TYPE[type].describe_effect_at_once(RightsRequest(request_type=type))


# The acts on a request stand under headings, each under one, with the next one above all of them.

# Pressed on the pages that show values and notes, and beside the notes of the record.
ELSEWHERE = {"decide_value", "decide_redaction", *notes.BESIDE_NOTES}


def test_every_act_stands_under_exactly_one_heading():
    actions = [action if isinstance(action, str) else action.__name__ for action in RightsRequestAdmin.actions]
    shown = {name for name in actions if not name.startswith(bulk.PREFIX)} - ELSEWHERE
    named = {name for _title, names in acts.ACT_GROUPS for name in names}

    grouped = [name for _title, names in acts.group_possible_acts(shown, "") for name in names]

    assert sorted(grouped) == sorted(shown) and named < shown


def test_the_next_act_stands_first_and_every_possible_one_once(world):
    rights_request, pia = file(world.ada), signed_in(world.pia.user)

    response = pia.get(record(rights_request))

    pressed = re.findall(r'name="CHANGE_FORM-action"\s+value="(\w+)"', response.text)
    shown = [name for name in pressed if name not in ELSEWHERE]
    assert shown[0] == response.context["next_act"] == "note_search"
    assert sorted(shown) == sorted(set(response.context["possible_actions"]) - ELSEWHERE) and len(shown) > 4
    assert not acts.group_possible_acts(["answer"], "answer")


def test_on_paper_nothing_stands_that_one_would_press(world):
    """Neither the headings of acts, nor the form for a note and, without a note, its heading."""
    page = signed_in(world.pia.user).get(record(file(world.ada))).text
    hidden = re.search(r"@media print \{ (#header[^{]*)\{ display: none", read_stylesheet())[1]

    assert 'class="act-panel"' in page and {".act-panel", "form.asking"} <= {*re.split(r",?\s+", hidden)}
    assert 'class="record-part no-print" aria-labelledby="notes"' in page


def read_stylesheet() -> str:
    return (settings.BASE_DIR / "static" / "portal" / "admin.css").read_text()


def test_an_act_of_a_room_above_is_among_the_steps():
    above, below = (
        {action.__name__ for action in actions if callable(action)}
        for actions in (admin.site._registry[RightsRequest].actions, RightsRequestAdmin.actions)
    )
    of_copies = above - below

    ((title, names),) = acts.group_possible_acts(sorted(of_copies), "")

    assert title == "Steps" and names == sorted(of_copies)


def test_what_other_holders_must_agree_to_first_is_never_the_next_act(world):
    rights_request = file(world.ada)
    assert choose_next_step(rights_request, ["answer", "refuse"]) == "answer"

    waiting: Any = rights_request
    waiting.waits_for_holders = True

    assert choose_next_step(waiting, ["answer", "erase_part", "refuse"]) == ""
    assert choose_next_step(waiting, ["answer", "note_search"]) == "note_search"


def test_recipients_are_never_told_before_the_answer(world, monkeypatch):
    rights_request = file(world.ada, Type.RECTIFICATION)
    monkeypatch.setattr(checklist, "has_untold_recipients", lambda rights_request: True)

    assert choose_next_step(rights_request, ["note_told", "resume", "stop_waiting"]) == ""


def test_an_erasure_is_proposed_before_it_is_answered(world):
    rights_request = file(world.ada, Type.ERASURE)
    assert choose_next_step(rights_request, ["answer", "propose_part", "propose_erasure"]) == "propose_erasure"
    assert choose_next_step(rights_request, ["answer", "propose_part"]) == "propose_part"


def test_a_request_that_was_taken_back_says_so_in_one_tag(world):
    rights_request = file(world.ada)
    withdrawn = requester_actions.withdraw_request(
        rights_request=rights_request.pk, customer=world.ada.customer.pk, by=world.ada.actor
    )

    assert describe_record_status(rights_request, now()) is not None
    assert describe_record_status(withdrawn, now()) is None
