"""Every client of the tests signs in as our own browser does."""

from typing import Any

from django.conf import settings
from django.contrib.auth import login
from django.http import HttpRequest
from django.test.client import ClientMixin

from consents.ops.monitoring.browser import Browser
from consents.sessions import SessionStore

ORIGINAL = {"session": ClientMixin.session, "_set_login_cookies": ClientMixin._set_login_cookies}


def set_login_cookies(client: Any, request: HttpRequest) -> None:
    ORIGINAL["_set_login_cookies"](client, request)
    client.cookies[settings.SESSION_COOKIE_NAME] = request.session.token


def log_in(client: Any, user: Any, backend: str | None = None) -> None:
    """As Django's client does, but from no session at all: it would save one of nobody's, read it twice, and give it
    another key."""
    request = HttpRequest()
    request.session = client.session if settings.SESSION_COOKIE_NAME in client.cookies else SessionStore()
    login(request, user, backend)
    request.session.save()
    client._set_login_cookies(request)


def use_session_tokens() -> None:
    ClientMixin.session = Browser.session
    ClientMixin._login = log_in
    ClientMixin._set_login_cookies = set_login_cookies
    ClientMixin.set_token = Browser.set_token
