"""Officers who are signed in."""

import pytest

from consents.people.models import Role
from tests.world.cast import make_staff, signed_in


@pytest.fixture
def otto(played):
    return signed_in(played.otto.user)


@pytest.fixture
def olga(real_world):
    member = make_staff("olga@example.com", Role.COMPLIANCE_OFFICER, "Compliance", "Olga")
    return signed_in(member.user)
