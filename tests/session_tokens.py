"""Every client of the tests signs in as our own browser does."""

from typing import Any

from django.conf import settings
from django.contrib.auth import login
from django.http import HttpRequest
from django.test.client import ClientMixin

from consents.accounts.sessions import SessionStore
from consents.ops.monitoring.readiness import Browser

ORIGINAL = {"session": ClientMixin.session, "_set_login_cookies": ClientMixin._set_login_cookies}


def set_login_cookies(client: Any, request: HttpRequest) -> None:
    ORIGINAL["_set_login_cookies"](client, request)
    client.cookies[settings.SESSION_COOKIE_NAME] = request.session.token


class UnsavedSession(SessionStore):
    """Has a key from its beginning and is saved once, with whom it is of: Django saves it empty to have a key."""

    def cycle_key(self) -> None:
        self._session_key, self._session_cache = self._get_new_session_key(), {}


def log_in(client: Any, user: Any, backend: str | None = None) -> None:
    """As Django's client does, but from no session at all: it would save one of nobody's, read it twice, and give it
    another key."""
    request = HttpRequest()
    has_session = settings.SESSION_COOKIE_NAME in client.cookies
    request.session = client.session if has_session else UnsavedSession()
    login(request, user, backend)
    request.session.save(must_create=not has_session)
    client._set_login_cookies(request)


def use_session_tokens() -> None:
    ClientMixin.session = Browser.session
    ClientMixin._login = log_in
    ClientMixin._set_login_cookies = set_login_cookies
    ClientMixin.set_token = Browser.set_token
