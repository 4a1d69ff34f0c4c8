"""A withdrawal by telephone is recorded by a member of staff, and says so wherever it is read."""

import html
import re

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import translation

from consents.choices.services.answering import give_consent
from consents.exports.rules import Dataset
from consents.law.kinds import Type
from consents.ledger.models import Entry
from consents.ledger.rules import describe_for_staff
from consents.notifications.delivery import deliver_message
from consents.notifications.models import Message
from consents.rights.rules import Channel
from tests.world.cast import signed_in
from tests.world.exports import exported
from tests.world.rights_requests import type_in

SAID = "Consent was withdrawn by telephone, and we stopped. Sam (Billing Support) recorded it; no code proved who"


@pytest.fixture
def world(with_offers, real_world):
    mine = {"customer": real_world.ada.customer.id, "purpose": "offers", "version": real_world.offers.pk}
    give_consent(**mine, by=real_world.ada.actor)
    return real_world


def withdraw(world, channel=Channel.PHONE) -> Entry:
    type_in(world, Type.WITHDRAWAL, scope=("offers",), channel=channel)
    return Entry.objects.get(event="consent.withdrawn")


def read_history(world) -> str:
    page = signed_in(world.ada.user).get(reverse("choices:history", args=["offers"]))
    return html.unescape(page.content.decode())


def test_the_entry_names_who_recorded_it(world):
    facts = withdraw(world).facts

    assert (facts["channel"], facts["recorded_by"]) == ("phone", str(world.sam.pk))


@pytest.mark.parametrize(("purpose", "event"), [("offers", "withdrawn"), ("support", "refused")])
def test_its_text_is_the_customer_s_and_not_in_the_language_that_staff_read(world, purpose, event):
    with translation.override("de"):
        type_in(world, Type.WITHDRAWAL, scope=(purpose,))

    assert Entry.objects.get(event=f"consent.{event}", purpose=purpose).facts["language"] == "en"


def test_the_customer_reads_who_recorded_it_and_that_no_code_proved_it(world):
    withdraw(world)

    assert SAID in read_history(world)
    assert Message.objects.filter(kind="rights_request_typed_in", customer=world.ada.customer).count() == 1


def test_its_receipt_says_of_nobody_that_it_was_they(world):
    withdraw(world)
    page = html.unescape(signed_in(world.ada.user).get(reverse("receipts:list")).text)

    assert "Consent was withdrawn" in page and "You withdrew" not in page


def test_its_email_names_the_time_zone(world):
    withdraw(world)
    deliver_message(message=Message.objects.get(kind="rights_request_typed_in").pk)

    assert re.search(r"recorded on \d+ \w+ \d{4}, \d\d:\d\d \(UTC time\)", " ".join(mail.outbox[-1].body.split()))


def test_staff_read_it_too(world):
    assert "by telephone. A member of staff recorded it; no code proved who called" in describe_for_staff(
        withdraw(world)
    )


def test_by_post_it_says_that_it_was_not_on_these_pages(world):
    withdraw(world, Channel.POST)

    assert "and not on these pages. We stopped. Sam (Billing Support) recorded it." in read_history(world)


def test_ones_own_withdrawal_says_nothing_of_it(world):
    signed_in(world.ada.user).post(reverse("choices:withdraw", args=["offers"]))

    assert "recorded it" not in read_history(world)


def test_the_export_names_the_channel_and_who_recorded_it(world):
    withdraw(world)

    events = exported(world, dataset=Dataset.CONSENT_EVENTS)
    withdrawn = next(event for event in events if event["event_type"] == "ConsentWithdrawn")
    assert (withdrawn["collection_method"], withdrawn["recorded_by"]) == ("phone", str(world.sam.pk))
