"""Those who have the data are told of what was done: the record leads there, and the customer reads who was."""

import re

import pytest
from django.utils.timezone import localdate

from consents.law.kinds import Type
from consents.law.reasons import Reason
from consents.rights import recipients
from consents.rights.models import RecipientNotice, RightsRequest
from consents.rights.rules import Format, Outcome, Reply, StepState, TellingWay
from consents.rights.services import handling
from consents.rights.staff.answer_forms import describe_answering
from consents.rights.staff.checklist import Item, build_checklist
from tests.rights.officer_pages import first_press, press, record, text
from tests.world.cast import make_purpose, make_recipient, signed_in
from tests.world.choices import make_sale
from tests.world.rights_requests import answer, by_staff, file, file_correction, search
from tests.world.scene_fixtures import scene


@scene
def world(world):
    """The carrier gets contact details, and so does who buys them."""
    contact = [world.categories["contact"]]
    world.carrier = make_recipient("carrier")
    make_purpose("deliver", "Deliver", contact, world.pia.user, recipients=[world.carrier], legal_basis="A6-1-b")
    world.buyer = make_sale(world).recipients.get()
    return world


def tell(world, request: RightsRequest, *recipients, why_not: RecipientNotice.WhyNot | None = None) -> None:
    about = {"rights_request": request.pk, "officer": world.pia, "by": by_staff(world.pia)}
    way = None if why_not else TellingWay.LETTER
    handling.record_recipient_notices(recipients=[one.pk for one in recipients], way=way, why_not=why_not, **about)


def items(request: RightsRequest) -> dict[str, StepState]:
    """The lines of the checklist about recipients."""
    found = build_checklist(request, [], Item("Sent", StepState.DONE))
    return {one.title: one.state for one in found if one.title.startswith("Tell ")}


def page_of(world, request: RightsRequest) -> str:
    return signed_in(world.ada.user).get(f"/rights/requests/{request.number}/").text


def test_it_names_those_who_get_what_the_request_is_about(world):
    price = {"category": "orders", "field": "price", "right": "18.90"}
    assert recipients.list_possible_recipients(file_correction(world.ada, proposals=[price])) == set()
    assert recipients.list_possible_recipients(file_correction(world.ada)) == {"Carrier", "Buyer"}
    assert recipients.list_possible_recipients(file(world.cal, Type.OPT_OUT)) == {"Buyer"}
    assert recipients.list_possible_recipients(file(world.ada, Type.RESTRICTION)) == {"Carrier", "Buyer"}
    assert recipients.list_possible_recipients(file(world.ada, Type.WITHDRAWAL, scope=("support",))) == set()
    assert recipients.list_possible_recipients(file(world.cal, Type.LIMIT)) == set()


def test_each_recipient_is_a_step_until_it_was_told_or_it_is_said_why_not(world):
    request = answer(world, file(world.ada, Type.RESTRICTION))
    assert items(request) == {"Tell Buyer": StepState.OPEN, "Tell Carrier": StepState.OPEN}

    tell(world, request, world.carrier)
    assert items(request) == {"Tell Buyer": StepState.OPEN, "Tell Carrier": StepState.DONE}

    tell(world, request, world.buyer, why_not=RecipientNotice.WhyNot.IMPOSSIBLE)
    assert items(request) == {"Tell Buyer": StepState.NOT_NEEDED, "Tell Carrier": StepState.DONE}


def test_one_press_notes_all_who_were_told_with_the_letter(world):
    request, pia = answer(world, file(world.ada, Type.RESTRICTION)), signed_in(world.pia.user)
    asked = text(first_press(pia, request, "note_told"))
    assert "The letter to them" in asked and request.number in asked and asked.count(" checked") == 2

    both = [str(world.carrier.pk), str(world.buyer.pk)]
    press(pia, request, "note_told", recipients=both, way="letter", told_on=str(localdate()))

    page = text(pia.get(record(request)))
    assert set(items(request).values()) == {StepState.DONE}
    assert page.count("by letter") == 2 and "Told on" in page


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({}, "Choose how they were told"),
        ({"way": "letter", "why_not": "impossible"}, "Choose how they were told"),
        ({"way": "letter", "told_on": "2999-01-01"}, "today at the latest"),
    ],
)
def test_it_says_when_and_how_or_why_not(world, said, sentence):
    request, pia = answer(world, file(world.ada, Type.RESTRICTION)), signed_in(world.pia.user)

    page = press(pia, request, "note_told", recipients=[str(world.carrier.pk)], **said)

    assert page.status_code == 422 and sentence in text(page) and not RecipientNotice.objects.exists()


@pytest.mark.parametrize("type", [Type.ACCESS, Type.OBJECTION])
def test_nobody_is_told_of_what_changes_nothing_for_them(world, type):
    assert items(file(world.ada, type)) == {}


def test_nobody_is_told_of_a_refusal(world):
    refusal = Reply(Outcome.DENIED, Format.DOWNLOAD, "No.", Reason.NOT_COVERED)
    assert items(answer(world, file(world.ada, Type.RESTRICTION), refusal)) == {}


def test_where_nobody_gets_it_there_is_nothing_to_do(world):
    request = file(world.ada, Type.WITHDRAWAL, scope=("support",))
    assert items(request) == {"Tell those who have the data": StepState.NOT_NEEDED}


def test_the_customer_reads_who_was_told_and_why_another_was_not(world):
    request = answer(world, file(world.ada, Type.RESTRICTION))
    tell(world, request, world.carrier)
    tell(world, request, world.buyer, why_not=RecipientNotice.WhyNot.DISPROPORTIONATE)

    page = page_of(world, request)

    assert "Told on" in page and "Not told: it would take a disproportionate effort" in page


def test_who_asks_who_was_told_reads_all_of_them_once_it_is_answered(world):
    pause, asked = answer(world, file(world.ada, Type.RESTRICTION)), file(world.ada, Type.RECIPIENTS)
    assert "Their records name nobody whom we told." in describe_answering(asked)
    tell(world, pause, world.carrier)
    assert "They read with it whom their records say we told: Carrier." in describe_answering(asked)
    assert "Carrier" not in page_of(world, asked)

    search(world, asked)
    answer(world, asked)

    page = page_of(world, asked)
    assert "Carrier" in page and f"of your request {pause.number}" in page
    assert recipients.describe_notices(answer(world, file(world.ben, Type.AUTOMATED))) == []


def test_its_button_is_filled_while_somebody_is_to_be_told(world):
    def is_filled(request: RightsRequest) -> bool:
        page = text(signed_in(world.pia.user).get(record(request)))
        button = next(tag for tag in re.findall(r"<button[^>]*>", page) if 'value="note_told"' in tag)
        return "button-quiet" not in button

    paused = answer(world, file(world.ada, Type.RESTRICTION))
    assert is_filled(paused)
    tell(world, paused, world.carrier, world.buyer)
    assert not is_filled(paused)
    limited = file(world.cal, Type.LIMIT)
    assert not is_filled(limited) and "<dd>Nobody</dd>" in text(signed_in(world.pia.user).get(record(limited)))
