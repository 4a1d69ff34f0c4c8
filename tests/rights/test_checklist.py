"""The checklist of a request tells apart what was done, what was not, and what its answer does not need."""

import pytest
from django.utils.timezone import localdate

from consents.law.kinds import Type
from consents.law.reasons import Reason
from consents.ledger.rules import PORTAL
from consents.people.services import customer_records
from consents.rights.models import AnswerDispatch, RightsRequest
from consents.rights.rules import Format, Outcome, Reply
from consents.rights.services import answering, handling, requester_actions
from tests.rights.officer_pages import buttons, press, record, text
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
