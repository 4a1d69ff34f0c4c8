"""Purposes to choose about, and what they take to be judged."""

import pytest

from tests.world.cast import signed_in


@pytest.fixture
def offers(with_offers, world):
    return world.offers


@pytest.fixture
def ada(world):
    return signed_in(world.ada.user)
