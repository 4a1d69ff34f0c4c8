"""Being signed in, without measuring the sign-in."""

import time
from collections.abc import Iterable

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.base import VALID_KEY_CHARS
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.utils.crypto import get_random_string

from consents.people.models import User


def signed_in(users: Iterable[User]) -> list[str]:
    """A session for each, as sign-in leaves it; what the browser would send."""
    store, now, cookies, rows = SessionStore(), int(time.time()), [], []
    for user in users:
        key = get_random_string(32, VALID_KEY_CHARS)
        said = {
            SESSION_KEY: str(user.pk),
            BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],
            HASH_SESSION_KEY: user.get_session_auth_hash(),
            "began": now,
            "touched": now,
        }
        rows.append(Session(session_key=key, session_data=store.encode(said), expire_date=store.get_expiry_date()))
        cookies.append(f"{settings.SESSION_COOKIE_NAME}={key}")
    Session.objects.bulk_create(rows, batch_size=1000)
    return cookies
