"""The world of rights: Cal lives in California."""

import pytest

from consents.people.models import Customer
from consents.rights.models import RightsRequest
from consents.rights.rules import Channel
from tests.copies.collecting import answer_eve, answered, on_file, put_eve_on_file
from tests.world.scene_fixtures import scene


@pytest.fixture
def world(with_cal, world):
    return world


@pytest.fixture
def eve(real_world) -> Customer:
    """With an address that works, and no account."""
    return vars(real_world).get("eve") or put_eve_on_file(real_world)


@pytest.fixture
def nemo(real_world) -> Customer:
    """Without an address."""
    return vars(real_world).get("nemo") or on_file(real_world)


@scene
def by_mail(real_world) -> RightsRequest:
    """Asked by Eve, whose code is on its way."""
    return answer_eve(real_world)


@scene
def by_post(real_world) -> RightsRequest:
    """Asked by Nemo, who has no code yet."""
    real_world.nemo = on_file(real_world)
    return answered(real_world, real_world.nemo, channel=Channel.POST)
