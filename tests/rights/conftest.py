"""Requests of every kind, built through the services. Cal lives in California."""

import pytest


@pytest.fixture
def world(with_cal, world):
    return world
