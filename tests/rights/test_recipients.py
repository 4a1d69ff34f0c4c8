"""Those who have the data are told of what was done: the record leads there, and the customer reads who was."""

import pytest

from consents.rights import recipients
from consents.rights import services as rights
from consents.rights.checklist import checklist
from consents.rights.models import RightsRequest, Told
from consents.rights.officer_acts import copies_in_words
from consents.rights.rules.answers import Format, Outcome, Reason
from consents.rights.rules.kinds import Type
from consents.rights.services import Reply
from tests.cast import make_purpose, make_recipient, signed_in
from tests.choices.conftest import make_sale
from tests.rights.conftest import answer, by_staff, file, file_correction, search


@pytest.fixture
def world(world):
    """The carrier gets contact details, and so does who buys them."""
    contact = [world.categories["contact"]]
    world.carrier = make_recipient("carrier")
    make_purpose("deliver", "Deliver", contact, world.pia.user, recipients=[world.carrier], legal_basis="A6-1-b")
    world.buyer = make_sale(world).recipients.get()
    return world


def tell(world, request: RightsRequest, recipient, why_not: Told.WhyNot | None = None) -> None:
    about = {"request": request.pk, "officer": world.pia, "by": by_staff(world.pia)}
    rights.note_told(recipient=recipient.pk, why_not=why_not, **about)


def item(request: RightsRequest):
    """The line of the checklist; None where nobody is to be told."""
    found = [one for one in checklist(request, []) if one.title == "Those told who have the data"]
    return found[0] if found else None


def page_of(world, request: RightsRequest) -> str:
    return signed_in(world.ada.user).get(f"/rights/requests/{request.number}/").text


def test_it_names_those_who_get_what_the_request_is_about(world):
    price = {"category": "orders", "field": "price", "right": "18.90"}
    assert recipients.may_have_it(file_correction(world.ada, proposals=[price])) == set()
    assert recipients.may_have_it(file_correction(world.ada)) == {"Carrier", "Buyer"}
    assert recipients.may_have_it(file(world.cal, Type.OPT_OUT)) == {"Buyer"}
    assert recipients.may_have_it(file(world.ada, Type.RESTRICTION)) == {"Carrier", "Buyer"}
    assert recipients.may_have_it(file(world.ada, Type.WITHDRAWAL, scope=("support",))) == set()
    assert recipients.may_have_it(file(world.cal, Type.LIMIT)) == set()


def test_the_record_leads_there_until_it_is_noted(world):
    request = answer(world, file(world.ada, Type.RESTRICTION))
    assert item(request).is_next and item(request).text == "May have such data: Buyer, Carrier."

    tell(world, request, world.carrier)

    assert item(request).is_done and item(request).text == "Noted: Carrier. May have such data: Buyer."


@pytest.mark.parametrize("type", [Type.ACCESS, Type.OBJECTION])
def test_nobody_is_told_of_what_changes_nothing_for_them(world, type):
    assert item(file(world.ada, type)) is None


def test_nobody_is_told_of_a_refusal(world):
    refusal = Reply(Outcome.DENIED, Format.DOWNLOAD, "No.", Reason.NOT_COVERED)
    assert item(answer(world, file(world.ada, Type.RESTRICTION), refusal)) is None


def test_where_nobody_gets_it_there_is_nothing_to_do(world):
    request = file(world.ada, Type.WITHDRAWAL, scope=("support",))
    assert item(request).is_done and item(request).text == "Nobody outside the company gets such data."


def test_the_customer_reads_who_was_told_and_why_another_was_not(world):
    request = answer(world, file(world.ada, Type.RESTRICTION))
    tell(world, request, world.carrier)
    tell(world, request, world.buyer, Told.WhyNot.DISPROPORTIONATE)

    page = page_of(world, request)

    assert "Told on" in page and "Not told: it would take a disproportionate effort" in page


def test_who_asks_who_was_told_reads_all_of_them_once_it_is_answered(world):
    pause, asked = answer(world, file(world.ada, Type.RESTRICTION)), file(world.ada, Type.RECIPIENTS)
    assert "Their records name nobody whom we told." in copies_in_words(asked)
    tell(world, pause, world.carrier)
    assert "They read with it whom their records say we told: Carrier." in copies_in_words(asked)
    assert "Carrier" not in page_of(world, asked)

    search(world, asked)
    answer(world, asked)

    page = page_of(world, asked)
    assert "Carrier" in page and f"of your request {pause.number}" in page
    assert recipients.to_customer(answer(world, file(world.ben, Type.AUTOMATED))) == []
