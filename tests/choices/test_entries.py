"""What an entry of a choice holds: receipts are built from it."""

import pytest

from consents.choices import services
from consents.choices.rules import How, Status
from consents.ledger.models import Entry
from tests.choices.conftest import make_special

FACTS = {"version", "language", "notice", "method", "interface", "explicit", "valid_until", "capacity"}


@pytest.fixture
def given(world, offers):
    return services.give(customer=world.ada.customer.id, purpose="offers", version=offers.pk, by=world.ada.actor)


def test_it_names_the_text_shown_and_how(given, offers):
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
    services.withdraw(customer=world.ada.customer.id, purpose="offers", by=world.ada.actor, how=How("x", page="1"))
    facts = Entry.objects.get(event="consent.withdrawn").facts
    assert set(facts) - FACTS == {"rests_until", "rest_rule"} and set(facts) >= FACTS
    assert (facts["method"], facts["interface"], facts["valid_until"]) == ("x", "1", None)


def test_explicit_consent_says_so(world):
    version = make_special(world)
    services.give(
        customer=world.ada.customer.id, purpose="care", version=version.pk, by=world.ada.actor, confirmed=True
    )
    assert Entry.objects.get(event="consent.given").facts["explicit"] is True


def test_the_page_leaves_evidence_and_its_version(world, offers, ada):
    ada.post("/choices/offers/give/", {"answer": "given", "version": offers.pk, "language": "en"})
    entry = Entry.objects.get(event="consent.given")
    assert entry.evidence is not None
    assert entry.facts["interface"].startswith("choices-")
