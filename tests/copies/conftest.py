"""The world of rights: Cal lives in California."""

import pytest

from consents.people.models import Customer
from consents.rights.models import RightsRequest
from consents.rights.rules.answers import Channel
from tests.copies.collecting import answered, on_file
from tests.world.rights_requests import file_as_stranger


@pytest.fixture
def world(with_cal, world):
    return world


@pytest.fixture
def eve(real_world) -> Customer:
    """With an address that works, and no account."""
    return on_file(real_world, "eve@example.com", "C-7000")


@pytest.fixture
def nemo(real_world) -> Customer:
    """Without an address."""
    return on_file(real_world)


@pytest.fixture
def by_mail(real_world, eve) -> RightsRequest:
    return answered(real_world, eve, file_as_stranger(said={"email": "eve@example.com", "name": "Eve"}))


@pytest.fixture
def by_post(real_world, nemo) -> RightsRequest:
    return answered(real_world, nemo, channel=Channel.POST)
