"""Keep sessions so that reading the database opens none: keys are stored hashed, contents sealed.

The browser holds a random token; everything else, the database and the list of sessions included, knows only its hash.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable
from typing import Any, Self

from allauth.account.auth_backends import AuthenticationBackend
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.sessions import middleware
from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import VALID_KEY_CHARS
from django.contrib.sessions.base_session import AbstractBaseSession
from django.contrib.sessions.serializers import JSONSerializer
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import get_random_string

from consents.core.keys import read_secret_key
from consents.core.sealing import CannotOpen, open_value, seal_value
from consents.people.models import User

TOKEN_LENGTH = 32
KEY_LENGTH = 40  # of Django's column and of allauth's: 160 bits of the hash


def hash_token(token: str) -> str:
    """Return the key under which the session of this token is stored."""
    return hashlib.sha256(b"session\0" + token.encode()).hexdigest()[:KEY_LENGTH]


def draw_token() -> str:
    return get_random_string(TOKEN_LENGTH, VALID_KEY_CHARS)


def derive_sealing_key(secret: str) -> bytes:
    return hmac.new(secret.encode(), b"consents.sessions", hashlib.sha256).digest()


class SessionKey(str):
    """The key under which a session is stored: the hash of the token that opens it. allauth opens a session again by
    its key, which therefore carries the token where that is known."""

    token = ""

    @classmethod
    def of(cls, token: str) -> Self:
        key = cls(hash_token(token))
        key.token = token
        return key


class SessionStore(db.SessionStore):
    """A session in the database, by its SessionKey."""

    @classmethod
    def from_token(cls, token: str | None) -> Self:
        """Return the session that a browser's cookie names."""
        return cls(SessionKey.of(token) if token else None)

    @property
    def token(self) -> str:
        return getattr(self.session_key, "token", "")

    def _get_new_session_key(self) -> SessionKey:
        return SessionKey.of(draw_token())

    def encode(self, session_dict: dict[str, Any]) -> str:
        """Seal the content for this session alone: copied into another's row it does not open."""
        key = derive_sealing_key(settings.SECRET_KEY)
        plain = JSONSerializer().dumps(session_dict)
        return base64.b64encode(seal_value(key, plain, "session", self.session_key or "")).decode()

    def decode(self, session_data: bytes | str) -> dict[str, Any]:
        """Open the content, also under an older SECRET_KEY, or one that was made since this process started; empty
        where it does not open: the visitor signs in again.
        """
        content = self.open_content(session_data)
        if content is None and adopt_newer_secret():
            content = self.open_content(session_data)
        return content or {}

    def open_content(self, session_data: bytes | str) -> dict[str, Any] | None:
        for secret in [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]:
            try:
                sealed = base64.b64decode(session_data, validate=True)
                plain = open_value(derive_sealing_key(secret), sealed, "session", self.session_key or "")
            except (CannotOpen, ValueError):
                continue
            content: dict[str, Any] = JSONSerializer().loads(plain)
            return content
        return None


def adopt_newer_secret() -> bool:
    """Take up a SECRET_KEY that was made since this process started, as its next start would; return whether there is
    one. Of machines that are restarted one after the other, those still to come read what the others seal.
    """
    known = [str(settings.SECRET_KEY), *settings.SECRET_KEY_FALLBACKS]
    newer = read_secret_key(settings.PORTAL_KEYS)
    if newer in ("", *known):
        return False
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = newer, known
    return True


def decode_session(row: AbstractBaseSession) -> dict[str, Any]:
    """Open the content of a stored session."""
    return SessionStore(row.session_key).decode(row.session_data)


class Backend(AuthenticationBackend):
    """allauth's, which reads the membership of staff together with the user: every page asks for both."""

    def get_user(self, user_id: Any) -> User | None:
        user = User.objects.select_related("staff_member").filter(pk=user_id).first()
        return user if user and self.user_can_authenticate(user) else None


class SessionMiddleware(middleware.SessionMiddleware):
    """Django's own, except that the cookie carries the token and not the stored key, and is deleted by the request
    alone that ended its session.
    """

    def process_request(self, request: HttpRequest) -> None:
        token = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
        request.session = SessionStore.from_token(token)

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        answered: HttpResponse = super().process_response(request, response)
        cookie = answered.cookies.get(settings.SESSION_COOKIE_NAME)
        if cookie is not None and cookie.value:
            token = request.session.token  # type: ignore[attr-defined]
            cookie.set(settings.SESSION_COOKIE_NAME, token, token)
        elif cookie is not None and not request.session.modified:
            # Another tab may just have signed in or proved again: what asked under the old token meanwhile must not
            # take the new one away.
            del answered.cookies[settings.SESSION_COOKIE_NAME]
        return answered


class SessionRenewalMiddleware:
    """Give a session a new id whenever its user has proved again who they are (ASVS 7.2.4), as signing in does.

    Runs inside the session's middleware, which sends the new id to the browser.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        key = request.session.session_key
        proofs = list(request.session.get(AUTHENTICATION_METHODS_SESSION_KEY, [])) if key else []
        response = self.get_response(request)
        is_same = bool(key) and request.session.session_key == key and not request.session.is_empty()
        if is_same and request.session.get(AUTHENTICATION_METHODS_SESSION_KEY, []) != proofs:
            request.session.cycle_key()
            UserSession.objects.filter(session_key=key).update(session_key=request.session.session_key)
        return response


class EarlyAuthenticationMiddleware(AuthenticationMiddleware):
    """Django's own, except that the user is looked up at once: every page needs it, some thirty times."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)  # what remains for the page of an error, if the database is lost
        request.user = get_user(request)
