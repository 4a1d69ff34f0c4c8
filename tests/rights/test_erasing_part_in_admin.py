"""A part is proposed on the record of the request, and another officer deletes it there."""

import pytest

from consents.law.kinds import Type
from consents.people.services import holding
from consents.rights.models import RightsRequest
from consents.rights.services import erasing
from consents.rights.staff.answer_forms import build_notice_letter
from consents.rights.staff.checklist import choose_next_step
from consents.vault.models import PartErasure
from tests.forms import forms_on, sent
from tests.rights.officer_pages import buttons, first_press, press, record, text
from tests.world.cast import signed_in
from tests.world.erasing import hold
from tests.world.rights_requests import by_staff, file, search

TAX_LAW = "GDPR Art 17(3)(b), AO 147"


@pytest.fixture
def world(real_world):
    """Pia and Otto before the record of Ada's request."""
    real_world.request = file(real_world.ada, Type.ERASURE)
    search(real_world, real_world.request)
    real_world.pia_signed_in = signed_in(real_world.pia.user)
    real_world.otto_signed_in = signed_in(real_world.otto.user)
    return real_world


def propose(world, **said):
    """Filled in, looked at as the customer will read it, and sent."""
    shown = press(world.pia_signed_in, world.request, "propose_part", **{"kept": "orders", "law": TAX_LAW} | said)
    (form,) = forms_on(shown, "confirm")
    act = {"CHANGE_FORM-action": "propose_part"}
    return shown, sent(world.pia_signed_in, form, path=record(world.request), **act)


def test_what_the_customer_will_read_comes_first(world):
    shown, _response = propose(world)

    page = text(shown)
    assert "As the customer will read it" in page and "Contact details, Health notes" in page
    assert "What we keep" in page and TAX_LAW in page
    erasure = PartErasure.objects.get()
    assert (erasure.deleted, erasure.kept, erasure.law) == (["contact", "health"], ["orders"], TAX_LAW)


def test_without_a_provision_it_rests_on_data_protection_law(world):
    propose(world, law="")
    assert PartErasure.objects.get().law == "GDPR Art 17(3)"


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"law": "Ada owes us"}, "Name a provision only"),
        ({"kept": "made-up"}, "Select a valid choice"),
    ],
)
def test_what_does_not_fit_is_told_before(world, said, sentence):
    asked = press(world.pia_signed_in, world.request, "propose_part", **{"kept": "orders", "law": TAX_LAW} | said)
    assert asked.status_code == 422 and sentence in text(asked) and not PartErasure.objects.exists()


def test_if_nothing_is_kept_the_customer_is_erased_whole(world):
    asked = press(world.pia_signed_in, world.request, "propose_part", kept=[], law="")
    assert asked.status_code == 422 and "propose erasing the customer instead" in text(asked)


def test_who_proposed_it_is_not_led_to_another_answer(world):
    propose(world)
    assert choose_next_step(world.request, ["answer", "note_told", "cancel_part"]) == ""
    assert choose_next_step(world.request, ["answer", "propose_erasure"]) == ""
    assert choose_next_step(world.request, ["erase_part", "answer", "cancel_part"]) == "erase_part"


def test_the_letter_to_recipients_names_what_was_deleted_alone(world):
    propose(world)
    press(world.otto_signed_in, world.request, "erase_part")

    letter = " ".join(build_notice_letter(RightsRequest.objects.get(pk=world.request.pk)))

    assert "It is about: Contact details, Health notes." in letter


def test_another_officer_deletes_and_sees_before_what_goes(world):
    propose(world)
    assert "erase_part" not in buttons(world.pia_signed_in, world.request)
    assert {"erase_part", "cancel_part"} <= buttons(world.otto_signed_in, world.request)
    asked = text(first_press(world.otto_signed_in, world.request, "erase_part"))
    assert "Permanently deleted: Contact details, Health notes." in asked and f"because of {TAX_LAW}" in asked
    assert "Proposed to keep" in text(world.otto_signed_in.get(record(world.request)))

    press(world.otto_signed_in, world.request, "erase_part")

    request = RightsRequest.objects.get(pk=world.request.pk)
    assert request.outcome == "complied_part"
    page = text(world.otto_signed_in.get(record(request)))
    assert "Kept by" in page and TAX_LAW in page and "Confirmed by" in page and "Done in part" in page


def test_who_proposed_it_is_refused_all_the_same(world):
    propose(world)
    assert first_press(world.pia_signed_in, world.request, "erase_part").status_code == 302
    sent = {"CHANGE_FORM-action": "erase_part", "_selected_action": str(world.request.pk), "confirm": "1"}
    response = world.pia_signed_in.post(record(world.request), sent, follow=True)
    assert "another officer must review and confirm it" in text(response)
    assert not RightsRequest.objects.get(pk=world.request.pk).is_answered


def test_a_proposal_can_be_cancelled_and_made_anew(world):
    propose(world)
    press(world.otto_signed_in, world.request, "cancel_part")
    assert PartErasure.objects.get().cancelled_by == world.otto.user
    assert {"propose_part", "propose_erasure"} <= buttons(world.pia_signed_in, world.request)
    propose(world)


def test_under_a_legal_hold_the_page_says_so_in_place_of_offering_it(world):
    proposals = {"propose_part", "propose_erasure"}
    assert proposals <= buttons(world.pia_signed_in, world.request)
    placed = hold(world)

    page = text(world.pia_signed_in.get(record(world.request)))
    assert "This customer cannot be erased now because of a court order." in page
    assert not proposals & buttons(world.pia_signed_in, world.request)
    assert choose_next_step(world.request, ["answer", "refuse"]) == ""

    holding.lift_hold(hold=placed.pk, officer=world.otto, by=by_staff(world.otto))
    assert proposals <= buttons(world.pia_signed_in, world.request)
    assert "cannot be erased now" not in text(world.pia_signed_in.get(record(world.request)))


HELD = "This customer cannot be erased now because of a court order."


def test_under_a_later_hold_a_proposal_can_be_cancelled_and_no_colleague_is_told_to_delete(world):
    propose(world)
    placed = hold(world)

    assert buttons(world.otto_signed_in, world.request) & {"erase_part", "cancel_part"} == {"cancel_part"}
    page = text(world.otto_signed_in.get(record(world.request)))
    assert HELD in page and "A second officer deletes it here" not in page

    holding.lift_hold(hold=placed.pk, officer=world.otto, by=by_staff(world.otto))
    page = text(world.otto_signed_in.get(record(world.request)))
    assert HELD not in page and "A second officer deletes it here" in page
    assert "erase_part" in buttons(world.otto_signed_in, world.request)


def test_under_a_later_hold_nobody_is_told_to_erase_the_customer(world):
    press(world.pia_signed_in, world.request, "propose_erasure")
    assert "A second officer erases, under Erasures" in text(world.otto_signed_in.get(record(world.request)))
    hold(world)

    page = text(world.otto_signed_in.get(record(world.request)))
    assert HELD in page and "A second officer erases, under Erasures" not in page


def test_under_a_hold_answering_says_so_in_place_of_how_to_delete(world):
    hold(world)
    form = text(first_press(world.pia_signed_in, world.request, "answer"))
    assert HELD in form and "To delete, propose it" not in form


def test_in_part_cannot_be_said_without_deleting(world):
    form = text(first_press(world.pia_signed_in, world.request, "answer"))
    assert "whole or in part" in form and "complied_part" not in form and "no_data_held" in form


def test_of_some_kinds_alone_those_are_offered(real_world):
    request = file(real_world.ben, Type.ERASURE, scope=("contact",))
    search(real_world, request)
    pia = signed_in(real_world.pia.user)
    assert "propose_erasure" not in buttons(pia, request)
    asked = text(first_press(pia, request, "propose_part"))
    assert 'value="contact"' in asked and 'value="orders"' not in asked
    erasing.propose_partial_erasure(
        rights_request=request.pk, kept=[], officer=real_world.pia, by=by_staff(real_world.pia)
    )
    press(signed_in(real_world.otto.user), request, "erase_part")
    assert RightsRequest.objects.get(pk=request.pk).outcome == "complied_whole"
