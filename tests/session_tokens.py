"""Every client of the tests signs in as our own browser does."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.test.client import ClientMixin

from consents.ops.monitoring.browser import Browser

ORIGINAL = {"session": ClientMixin.session, "_set_login_cookies": ClientMixin._set_login_cookies}


def set_login_cookies(client: Any, request: HttpRequest) -> None:
    ORIGINAL["_set_login_cookies"](client, request)
    client.cookies[settings.SESSION_COOKIE_NAME] = request.session.token


def use_session_tokens() -> None:
    ClientMixin.session = Browser.session
    ClientMixin._set_login_cookies = set_login_cookies
    ClientMixin.set_token = Browser.set_token
