"""A customer's pages of their requests."""

from django.test import Client

from tests.world.cast import PASSWORD
from tests.world.proofs import by_password_and_code


def freshly(person) -> Client:
    """Signed in, and proved a moment ago."""
    person.user.set_password(PASSWORD)
    person.user.save(update_fields=["password"])
    return by_password_and_code(person.user)
