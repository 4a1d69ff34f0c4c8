"""A customer's pages of their requests."""

import time

from allauth.account.internal.flows import login
from django.test import Client

from tests.world.cast import PASSWORD, signed_in


def freshly(person) -> Client:
    """Signed in by password, and proved by a code a moment ago: so their session says; `tests/people` tries the way."""
    person.user.set_password(PASSWORD)
    person.user.save(update_fields=["password"])
    client, now = signed_in(person.user), time.time()
    proofs = [{"method": "password", "at": now}, {"method": "code", "at": now, "reauthenticated": True}]
    session = client.session
    session[login.AUTHENTICATION_METHODS_SESSION_KEY] = proofs
    session[login._AUTHENTICATION_METHODS_USER_SESSION_KEY] = str(person.user.pk)
    session.save()
    return client
