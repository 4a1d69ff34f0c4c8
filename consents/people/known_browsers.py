"""Recognize a browser in which someone has signed in before, by a signed cookie that outlives the session.

Outsiders can use up what one address may do: places, sign-in attempts, codes. A known browser is not counted with them.
The cookie opens nothing: whoever has it still signs in.
"""

import time
from collections.abc import Callable
from contextvars import ContextVar
from functools import lru_cache
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from consents.people.models import User
from consents.people.rules import normalize_address

SALT = "consents.people.known_browser"
LIFETIME = 180 * 24 * 3600
RENEW_AFTER = 30 * 24 * 3600
MOST_USERS = 4  # of a family's computer
# In the thread that serves the request: whether it comes from a known browser.
IS_KNOWN: ContextVar[bool] = ContextVar("is_known", default=False)


def sign_known_users(users: list[UUID]) -> str:
    return signing.TimestampSigner(salt=SALT).sign(".".join(user.hex for user in users[:MOST_USERS]))


def read_known_users(cookie: str, max_age: int = LIFETIME) -> list[UUID]:
    """Return who has signed in in this browser, the latest first; nobody if the cookie is not ours or too old."""
    if not cookie or len(cookie) > 400:
        return []
    users, signed_at = verify_cookie(cookie, str(settings.SECRET_KEY), *settings.SECRET_KEY_FALLBACKS)
    return list(users) if time.time() - signed_at <= max_age else []


@lru_cache(maxsize=1024)
def verify_cookie(cookie: str, *secrets: str) -> tuple[tuple[UUID, ...], int]:
    """Return whom a cookie names that was signed with one of these secrets, and when; nobody for any other.

    One page asks four times, and a browser sends the same cookie for a month.
    """
    signer = signing.Signer(key=secrets[0], fallback_keys=[*secrets[1:]], salt=SALT)
    try:
        said, _, moment = signer.unsign(cookie).rpartition(signer.sep)
        return tuple(UUID(user) for user in said.split(".")), signing.b62_decode(moment)
    except (signing.BadSignature, ValueError):
        return (), 0


def list_known_users(request: HttpRequest) -> list[UUID]:
    return read_known_users(request.COOKIES.get(settings.KNOWN_COOKIE_NAME, ""))


def is_known_to(request: HttpRequest, address: str) -> bool:
    """Return whether whoever has this address has signed in in this browser before."""
    known = list_known_users(request)
    return bool(known) and User.objects.filter(pk__in=known, email=normalize_address(address)).exists()


class KnownBrowserMiddleware:
    """Runs after authentication: sets the cookie once a user is signed in, and IS_KNOWN for this request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        cookie = request.COOKIES.get(settings.KNOWN_COOKIE_NAME, "")
        known = read_known_users(cookie)
        token = IS_KNOWN.set(bool(known))
        try:
            response = self.get_response(request)
        finally:
            IS_KNOWN.reset(token)
        user = request.user.pk if request.user.is_authenticated else None
        if user is not None and (known[:1] != [user] or not read_known_users(cookie, RENEW_AFTER)):
            remember_user(response, [user, *(earlier for earlier in known if earlier != user)])
        return response


def remember_user(response: HttpResponse, users: list[UUID]) -> None:
    response.set_cookie(
        settings.KNOWN_COOKIE_NAME,
        sign_known_users(users),
        max_age=LIFETIME,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
