"""A customer's pages of their requests."""

from django.test import Client

from tests.world.cast import PASSWORD


def freshly(person) -> Client:
    """Signed in with the password just now."""
    person.user.set_password(PASSWORD)
    person.user.save(update_fields=["password"])
    client = Client()
    client.post("/accounts/login/", {"login": person.user.email, "password": PASSWORD})
    return client
