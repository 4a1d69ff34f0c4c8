"""A privacy officer puts on record that an authority found a consent invalid."""

from uuid import uuid4

import pytest
from django.urls import reverse

from consents.choices.models import Choice
from consents.choices.services import answering, withdrawing
from tests.world.cast import signed_in
from tests.world.choices import events, may

URL = "/admin/choices/choice/add/"


@pytest.fixture
def given(world, offers):
    return answering.give_consent(
        customer=world.ada.customer.id, purpose="offers", version=offers.pk, by=world.ada.actor
    )


def test_invalidated_consent_stops_counting_at_once(world, given):
    pia = signed_in(world.pia.user)
    asked = pia.post(URL, {"record": str(given.pk)}).content.decode()
    assert "Send you offers" in asked and "cannot be undone" in asked and events() == ["given"]

    page = pia.post(URL, {"record": str(given.pk), "confirm": "1"})
    assert "no longer valid" in page.content.decode()
    assert events() == ["given", "invalidated"] and not may(world).allowed


@pytest.mark.parametrize("record", ["", "x", str(uuid4())], ids=["nothing", "no number", "unknown"])
def test_bad_input_gets_a_sentence(world, given, record):
    assert signed_in(world.pia.user).post(URL, {"record": record}).status_code == 422
    assert Choice.objects.get().status == "ConsentGiven"


def test_its_number_stands_on_the_receipt_and_the_receipts_own_is_told_apart(world, given):
    page = signed_in(world.ada.user).get(reverse("receipts:of", args=[given.pk]), follow=True)
    assert str(given.pk) in page.content.decode()
    own = page.context["receipt"]["id"]
    assert own != given.pk and str(own) in page.content.decode()

    answered = signed_in(world.pia.user).post(URL, {"record": str(own)})
    assert answered.status_code == 422 and "the number of a receipt" in answered.content.decode()


def test_a_no_cannot_be_found_invalid(world, offers):
    refused = withdrawing.withdraw_consent(customer=world.ada.customer.id, purpose="offers", by=world.ada.actor)
    page = signed_in(world.pia.user).post(URL, {"record": str(refused.pk)})
    assert page.status_code == 422 and "has changed in the meantime" in page.content.decode()


@pytest.mark.parametrize("who", ["sam", "otto"])
def test_only_privacy_officers_invalidate_consent(world, given, who):
    assert signed_in(getattr(world, who).user).post(URL, {"record": str(given.pk)}).status_code == 404


def test_nobody_lists_choices(world, given):
    assert signed_in(world.pia.user).get("/admin/choices/choice/").status_code in (403, 404)
