import pytest

from consents.people.models import User
from tests.world.cast import PASSWORD


@pytest.fixture
def ada(world) -> User:
    """Ada, who has a password."""
    user = world.ada.user
    user.set_password(PASSWORD)
    user.save(update_fields=["password"])
    return user
