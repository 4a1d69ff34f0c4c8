"""What an entry of a choice holds: receipts are built from it."""

import pytest

from consents.choices.rules import ActContext, Status
from consents.choices.services import answering, withdrawing
from consents.ledger.models import Entry
from tests.world.choices import make_special

FACTS = {"version", "language", "notice", "method", "interface", "explicit", "valid_until", "capacity"}


@pytest.fixture
def given(world, offers):
    return answering.give_consent(
        customer=world.ada.customer.id, purpose="offers", version=offers.pk, by=world.ada.actor
    )


def test_an_entry_names_the_text_shown_and_the_means(given, offers):
    entry = Entry.objects.get(event="consent.given")
    assert (entry.object_type, entry.object, entry.outcome) == ("choice", str(given.pk), Status.GIVEN)
    assert entry.facts == {
        "version": 1,
        "language": "en",
        "notice": offers.notice.hash,
        "method": "portal button",
        "interface": "",
        "explicit": False,
        "valid_until": given.valid_until.isoformat(),
        "capacity": "self",
    }


def test_every_event_has_the_same_facts(world, given):
    withdrawing.withdraw_consent(
        customer=world.ada.customer.id, purpose="offers", by=world.ada.actor, how=ActContext("x", page="1")
    )
    facts = Entry.objects.get(event="consent.withdrawn").facts
    assert set(facts) - FACTS == {"rests_until", "rest_rule"} and set(facts) >= FACTS
    assert (facts["method"], facts["interface"], facts["valid_until"]) == ("x", "1", None)


def test_explicit_consent_says_so(world):
    version = make_special(world)
    answering.give_consent(
        customer=world.ada.customer.id, purpose="care", version=version.pk, by=world.ada.actor, confirmed=True
    )
    assert Entry.objects.get(event="consent.given").facts["explicit"] is True


def test_the_page_leaves_evidence_and_its_version(world, offers, ada):
    ada.post("/choices/offers/give/", {"answer": "given", "version": offers.pk, "language": "en"})
    entry = Entry.objects.get(event="consent.given")
    assert entry.evidence is not None
    assert entry.facts["interface"].startswith("choices-")
