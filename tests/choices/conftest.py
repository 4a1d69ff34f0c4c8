"""Purposes to choose about, and what they take to be judged."""

import pytest

from tests.world.cast import signed_in
from tests.world.choices import make_offers


@pytest.fixture
def offers(world):
    return make_offers(world)


@pytest.fixture
def ada(world):
    return signed_in(world.ada.user)
