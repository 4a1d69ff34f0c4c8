"""Consent events: what reached the portal in another way says how and from whom; what came through it does not."""

from datetime import timedelta

import pytest

from consents.choices.services import answering, withdrawing
from consents.exports.datasets import DESCRIPTIONS
from consents.exports.rules import Dataset
from consents.law.kinds import Type
from consents.ledger.models import Entry
from consents.rights.rules import TYPED_CHANNELS, SubmittedBy
from tests.world.choices import make_offers
from tests.world.exports import exported
from tests.world.rights_requests import file, type_in
from tests.world.scene_fixtures import scene

COLUMNS = {column.name: column for column in DESCRIPTIONS[Dataset.CONSENT_EVENTS].columns}


@scene
def agreed(real_world):
    version = make_offers(real_world)
    ada = real_world.ada
    answering.give_consent(customer=ada.customer.pk, purpose="offers", version=version.pk, by=ada.actor)
    return real_world


def everything(world) -> list[dict[str, str]]:
    return exported(world, dataset=Dataset.CONSENT_EVENTS)


def of_withdrawal(world) -> tuple[str, str]:
    (row,) = [row for row in everything(world) if row["event_type"] == "ConsentWithdrawn"]
    for name in ("event_entity", "collection_method"):
        assert row[name] in COLUMNS[name].values
    return row["event_entity"], row["collection_method"]


METHODS = {"phone": "phone", "post": "paper"}


@pytest.mark.parametrize("channel", TYPED_CHANNELS)
def test_a_withdrawal_that_was_typed_in_says_how_it_came(agreed, channel):
    type_in(agreed, Type.WITHDRAWAL, channel=channel)
    assert of_withdrawal(agreed) == ("self", METHODS.get(channel, channel))


@pytest.mark.parametrize(
    ("submitted_by", "entity"),
    [
        (SubmittedBy.AGENT, "agent"),
        (SubmittedBy.PARENT, "parent"),
        (SubmittedBy.GUARDIAN, "parent"),
        (SubmittedBy.ATTORNEY, "agent"),
    ],
)
def test_it_says_who_made_it(agreed, submitted_by, entity):
    type_in(agreed, Type.WITHDRAWAL, submitted_by=submitted_by, proof="Letter 12")
    assert of_withdrawal(agreed) == (entity, "phone")


def test_on_their_own_pages_there_is_nothing_to_add(agreed):
    file(agreed.ada, Type.WITHDRAWAL)
    assert of_withdrawal(agreed) == ("self", "portal")
    for entry in Entry.objects.filter(object_type="choice"):
        assert not {"channel", "submitted_by"} & set(entry.facts)


def test_what_the_portal_does_of_itself_is_the_systems(agreed, later):
    later(timedelta(days=4000))
    assert withdrawing.expire_due_choices()
    (row,) = [row for row in everything(agreed) if row["event_type"] == "ConsentExpired"]
    assert (row["event_entity"], row["collection_method"]) == ("system", "portal")
