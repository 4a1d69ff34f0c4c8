"""The world of rights: Cal lives in California."""

import pytest

from tests.world.rights_requests import make_californian


@pytest.fixture
def world(world):
    world.cal = make_californian()
    return world
