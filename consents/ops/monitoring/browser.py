"""A browser inside this process, which signs in without a password: for checking the portal by itself."""

from django.conf import settings
from django.http import HttpRequest
from django.test import Client

from consents.accounts.sessions import SessionStore


class Browser(Client):
    """Django's client takes a session's key for its cookie; ours carries a token, of which the key is the hash."""

    @property
    def session(self) -> SessionStore:
        cookie = self.cookies.get(settings.SESSION_COOKIE_NAME)
        if cookie:
            return SessionStore.from_token(cookie.value)
        session = SessionStore()
        session.save()
        self.set_token(session)
        return session

    def _set_login_cookies(self, request: HttpRequest) -> None:
        super()._set_login_cookies(request)  # type: ignore[misc]
        self.set_token(request.session)  # type: ignore[arg-type]

    def set_token(self, session: SessionStore) -> None:
        self.cookies[settings.SESSION_COOKIE_NAME] = session.token
