"""The world of rights: Cal lives in California."""

import pytest


@pytest.fixture
def world(with_cal, world):
    return world
